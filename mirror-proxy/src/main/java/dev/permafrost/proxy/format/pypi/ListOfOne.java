package dev.permafrost.proxy.format.pypi;

import dev.permafrost.store.View;

/**
 * The projects of a repository that stands for itself, as far as they are known here.
 *
 * @param withSerials whether the serial numbers of pages are ours
 */
record ListOfOne(ProjectDocs docs, Admission admission, boolean withSerials) implements LocalRootPages.Maker {
    @Override
    public Object stamp(View view) {
        return view.lastChange();
    }

    @Override
    public RootList.Stored list(View view, Runnable goesOn) {
        return docs.projects(view, withSerials, project -> {
            goesOn.run();
            return admission.names(project);
        });
    }
}
