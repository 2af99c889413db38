package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.Amendment;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;

/** What is known of a repository's directories, as documents of the store. Blocks. */
final class GenerationDocs {
    private static final String KIND = "yum-generations";

    private final String repository;
    private final MirrorStore store;

    GenerationDocs(String repository, MirrorStore store) {
        this.repository = repository;
        this.store = store;
    }

    /** The generations of a directory, whose path is empty or ends in a slash; empty where none is held. */
    Optional<Kept> kept(View view, String dir) {
        return Kept.of(view.catalog().doc(key(dir)));
    }

    /** Shows each directory that has generations. */
    void each(View view, BiConsumer<String, Kept> visitor) {
        Set<String> dirs = new HashSet<>();
        view.catalog().docs(repository, KIND, (key, head) -> dirs.add(key.substring(1)));
        dirs.forEach(dir -> kept(view, dir).ifPresent(kept -> visitor.accept(dir, kept)));
    }

    /** Notes that upstream has said of the newest generation that it is so; the others stay as they are. */
    void confirm(String dir, Generation.Header header) {
        store.putDocHead(key(dir), Generation.encoded(header));
    }

    /**
     * Makes a generation the newest, at once with everything that it names, all of which is held; what was named by those alone that are
     * not kept any longer goes.
     *
     * @return what is kept from now on
     */
    Kept become(String dir, Generation newest) {
        Kept[] now = new Kept[1];
        store.amend(() -> {
            Optional<Kept> before = kept(store.view(), dir);
            Kept after = Kept.with(before, newest);
            now[0] = after;
            Set<ArtifactKey> dropped = new HashSet<>();
            Map<DocKey, List<byte[]>> docs = new HashMap<>();
            before.ifPresent(kept -> kept.all().forEach(one -> {
                one.header().records().forEach(record -> dropped.add(recordKey(dir, record)));
                docs.put(packagesKey(one.header().packages()), List.of());
            }));
            after.all().forEach(one -> {
                one.header().records().forEach(record -> dropped.remove(recordKey(dir, record)));
                docs.remove(packagesKey(one.header().packages()));
            });
            docs.put(key(dir), after.chunks());
            return new Amendment(docs, Map.of(), dropped);
        });
        return now[0];
    }

    /** What a record is held under: the directory, its checksum, and its name. */
    ArtifactKey recordKey(String dir, Generation.Item record) {
        String href = record.upstreamHref();
        String name = href.substring(href.lastIndexOf('/') + 1);
        return new ArtifactKey(
                repository, dir + "repodata/@" + record.checksum().hex() + "/" + name);
    }

    /** What a file is held under. */
    ArtifactKey fileKey(String path) {
        return new ArtifactKey(repository, path);
    }

    /** The table of the packages of a directory that a primary document of that checksum lists. */
    static String packages(String dir, Digest primary) {
        return "/" + dir + "@" + primary.hex();
    }

    DocKey packagesKey(String packages) {
        return new DocKey(repository, PackageTable.KIND, packages);
    }

    private DocKey key(String dir) {
        return new DocKey(repository, KIND, "/" + dir);
    }
}
