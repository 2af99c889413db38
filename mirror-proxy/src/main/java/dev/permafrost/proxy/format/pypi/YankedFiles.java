package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.Withdrawals;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import java.util.HashSet;
import java.util.Set;

/** What was yanked of Python packages, or is so no more. A project at a time is in memory. */
public final class YankedFiles implements Withdrawals {
    private final MirrorStore store;

    /** Of a store. */
    public YankedFiles(MirrorStore store) {
        this.store = store;
    }

    @Override
    public void between(View before, View after, Visitor visitor) {
        for (String repository : ProjectDocs.repositories(after)) {
            ProjectDocs docs = new ProjectDocs(repository, store);
            after.catalog()
                    .folders(
                            repository,
                            key -> Companions.suffix(key).isEmpty(),
                            folder -> compare(repository, docs, new ProjectName(folder), before, after, visitor));
        }
    }

    private static void compare(
            String repository, ProjectDocs docs, ProjectName project, View before, View after, Visitor visitor) {
        Set<String> was = yanked(docs, before, project);
        Set<String> is = yanked(docs, after, project);
        if (was.equals(is)) {
            return;
        }
        Set<String> held = docs.held(after, project).keySet();
        held.stream().sorted().forEach(file -> {
            if (was.contains(file) != is.contains(file)) {
                visitor.visit(repository, project.value(), file, is.contains(file));
            }
        });
    }

    private static Set<String> yanked(ProjectDocs docs, View view, ProjectName project) {
        Set<String> yanked = new HashSet<>();
        docs.page(view, project).ifPresent(page -> {
            for (FileRecord file : page.files()) {
                if (file.yanked() != null) {
                    yanked.add(file.filename());
                }
            }
        });
        return yanked;
    }
}
