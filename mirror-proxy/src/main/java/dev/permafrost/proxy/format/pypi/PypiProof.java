package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.RepositoryProof;
import dev.permafrost.proxy.repo.Sealing;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Entry;
import java.util.List;
import java.util.Map;

/** Proves what a snapshot lists of Python packages. Its pages are made of what is held when they are asked for: nothing is to be sealed. */
public final class PypiProof implements Sealing {
    private static final String NOT_HELD = "nobody has asked for it";

    private final MirrorStore store;

    /** Of a store. */
    public PypiProof(MirrorStore store) {
        this.store = store;
    }

    @Override
    public List<RepositoryProof> prove(View sealed) {
        return ProjectDocs.repositories(sealed).stream()
                .map(repository -> prove(sealed, repository))
                .toList();
    }

    private RepositoryProof prove(View sealed, String repository) {
        RepositoryProof proof = new RepositoryProof(repository);
        ProjectDocs docs = new ProjectDocs(repository, store);
        sealed.catalog()
                .folders(
                        repository,
                        key -> Companions.suffix(key).isEmpty(),
                        folder -> prove(sealed, repository, docs, new ProjectName(folder), proof));
        return proof;
    }

    private static void prove(
            View sealed, String repository, ProjectDocs docs, ProjectName project, RepositoryProof proof) {
        ProjectDocs.Stored page = docs.page(sealed, project).orElse(null);
        if (page == null) {
            proof.wanting(
                    project.value(),
                    "its page is not known, so that none of its files is listed",
                    fetch(repository, "simple/" + project + "/"));
            return;
        }
        Map<String, Entry> held = docs.held(sealed, project);
        Holding holding = new Holding(docs, sealed, project);
        for (FileRecord file : page.files()) {
            proof.named();
            String name = project + "/" + file.filename();
            if (page.header().quarantined()) {
                proof.leftOut(name, "upstream has put the project into quarantine");
            } else if (holding.held(file) != null) {
                proof.listed();
            } else if (held.containsKey(file.filename())) {
                proof.wanting(
                        name,
                        "what is held is not what its page promises",
                        fetch(repository, "packages/" + file.path(project)));
            } else {
                proof.leftOut(name, NOT_HELD);
            }
        }
    }

    private static String fetch(String repository, String path) {
        return "curl -fsSo /dev/null http://127.0.0.1:8080/" + repository + "/" + path;
    }
}
