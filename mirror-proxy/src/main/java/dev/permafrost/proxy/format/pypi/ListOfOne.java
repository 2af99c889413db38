package dev.permafrost.proxy.format.pypi;

import dev.permafrost.store.View;

/**
 * The projects of a repository that stands for itself, as far as they are known here.
 *
 * @param own whether its files are our own, so that its pages have the numbers that its list has
 */
record ListOfOne(ProjectDocs docs, Admission admission, boolean own) implements LocalRootPages.Maker {
    @Override
    public Object stamp(View view) {
        return view.lastChange();
    }

    @Override
    public RootList.Stored list(View view, Runnable goesOn) {
        return docs.projects(view, own || view.heldOnly(), project -> {
            goesOn.run();
            return admission.names(project);
        });
    }
}
