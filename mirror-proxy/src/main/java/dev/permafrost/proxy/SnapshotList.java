package dev.permafrost.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.admin.SnapshotVerbs;
import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.http.OwnAnswer;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.snapshot.SnapshotManifest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** {@code /-/snapshots/}: which snapshots there are; JSON for programs, and a page with links for people. */
final class SnapshotList implements OwnAnswer {
    static final String PATH = "/-/snapshots/";

    private final MirrorStore store;
    private final List<RepositoryConfig> repositories;
    private final Blocking blocking;

    SnapshotList(MirrorStore store, Iterable<RepositoryConfig> repositories, Blocking blocking) {
        this.store = store;
        List<RepositoryConfig> all = new ArrayList<>();
        repositories.forEach(all::add);
        this.repositories = List.copyOf(all);
        this.blocking = blocking;
    }

    @Override
    public Mono<Reply> answer(@Nullable String accept) {
        boolean forPeople = accept != null && accept.contains("text/html");
        return blocking.call(() -> forPeople ? page() : json());
    }

    private String current() {
        return store.snapshots().current().map(SnapshotId::name).orElse("");
    }

    private Reply json() {
        List<Object> all = new ArrayList<>();
        store.snapshots().list().forEach(manifest -> all.add(SnapshotVerbs.describe(manifest)));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("current", current());
        result.put("snapshots", all);
        return new Reply.Text("application/json", (Verbs.json(result) + "\n").getBytes(UTF_8));
    }

    /** Names of snapshots and repositories have no characters that mean anything in HTML. */
    private Reply page() {
        StringBuilder page = new StringBuilder("<!DOCTYPE html>\n<title>Snapshots</title>\n<h1>Snapshots</h1>\n<ul>\n");
        String current = current();
        for (SnapshotManifest manifest : store.snapshots().list()) {
            String name = manifest.id().name();
            page.append("<li>")
                    .append(name)
                    .append(name.equals(current) ? " (current), " : ", ")
                    .append(manifest.createdAt())
                    .append(", ")
                    .append(manifest.entries())
                    .append(" files:");
            for (RepositoryConfig repository : repositories) {
                String below = name + "/" + repository.name() + "/";
                if (repository.isYum()) {
                    page.append(" ").append(below);
                } else {
                    page.append(" <a href=\"")
                            .append(below)
                            .append("simple/\">")
                            .append(below)
                            .append("simple/</a>");
                }
            }
            page.append("</li>\n");
        }
        return new Reply.Text(
                "text/html; charset=utf-8", page.append("</ul>\n").toString().getBytes(UTF_8));
    }
}
