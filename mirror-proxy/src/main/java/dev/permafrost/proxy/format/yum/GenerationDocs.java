package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.Amendment;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What is known of a repository's directories, as documents of the store. Blocks. */
final class GenerationDocs {
    private static final String KIND = "yum-generations";
    private static final String SEALED = "yum-sealed";
    private static final String TWINS = "yum-twins";

    private final String repository;
    private final MirrorStore store;
    /** Directories of which a twin is being made: what nothing names there may be of it. Added to while amending. */
    private final Set<String> making = ConcurrentHashMap.newKeySet();

    GenerationDocs(String repository, MirrorStore store) {
        this.repository = repository;
        this.store = store;
    }

    /** The repositories that have generations. */
    static List<String> repositories(View view) {
        return view.catalog().docRepositories(KIND);
    }

    /** The generations of a directory, whose path is empty or ends in a slash; empty where none is held. */
    Optional<Kept> kept(View view, String dir) {
        return kept(view, dir, view.heldOnly());
    }

    /**
     * The same.
     *
     * @param heldOnly whether it is as it is served where nothing is fetched
     */
    Optional<Kept> kept(View view, String dir, boolean heldOnly) {
        List<byte[]> sealed = heldOnly ? view.catalog().doc(sealedKey(dir)) : List.of();
        return sealed.isEmpty() ? upstreams(view, dir) : Kept.of(sealed);
    }

    /** The generations of a directory as upstream has them, whatever view it is. */
    private Optional<Kept> upstreams(View view, String dir) {
        return Kept.of(view.catalog().doc(key(dir)));
    }

    /**
     * Has that served where nothing is fetched, in place of the newest generation.
     *
     * @param sealed all that it names is held
     * @param twin its twin, of which the same is true; null for none that is new
     */
    void seal(String dir, Generation sealed, @Nullable Generation twin) {
        replaceSealed(dir, List.of(sealed), twin);
    }

    /** Has the newest generation served where nothing is fetched; its twin is as that of {@link #seal}. */
    void unseal(String dir, @Nullable Generation twin) {
        replaceSealed(dir, List.of(), twin);
    }

    /** Has nothing of a directory served where nothing is fetched, since nobody can tell what is held of it. */
    void withhold(String dir) {
        store.putDoc(sealedKey(dir), List.of(new byte[0]));
    }

    private void replaceSealed(String dir, List<Generation> now, @Nullable Generation twin) {
        store.amend(() -> {
            Set<ArtifactKey> dropped = new HashSet<>();
            sealed(dir).forEach(one -> dropped.addAll(recordKeys(dir, one)));
            twins(store.view(), dir).forEach(one -> dropped.addAll(recordKeys(dir, one)));
            List<Generation> upstreams =
                    upstreams(store.view(), dir).map(Kept::all).orElse(List.of());
            List<Generation> named = new ArrayList<>(now);
            named.addAll(upstreams);
            List<Generation> twins = twinsOf(dir, named, twin);
            addLast(dir, upstreams, twins);
            named.addAll(twins);
            named.forEach(one -> dropped.removeAll(recordKeys(dir, one)));
            return new Amendment(Map.of(sealedKey(dir), chunks(now), twinsKey(dir), chunks(twins)), Map.of(), dropped);
        });
    }

    /** The {@linkplain TwinWriter twins} of generations of a directory, each of the same id as what it is the twin of. */
    List<Generation> twins(View view, String dir) {
        return Kept.of(view.catalog().doc(twinsKey(dir))).map(Kept::all).orElse(List.of());
    }

    /**
     * The twins of these generations.
     *
     * @param added one that there is from now on; null for none
     */
    private List<Generation> twinsOf(String dir, List<Generation> generations, @Nullable Generation added) {
        Set<Digest> ids = ids(generations);
        List<Generation> twins = new ArrayList<>();
        if (added != null && ids.remove(added.id())) {
            twins.add(added);
        }
        twins(store.view(), dir).stream()
                .filter(twin -> ids.contains(twin.id()))
                .forEach(twins::add);
        return twins;
    }

    /**
     * Adds the newest of the twins that are of nothing any more, where nothing that upstream has had lately is there for yum 3: it is given
     * that until there is another, and nothing older than before.
     */
    private void addLast(String dir, List<Generation> upstreams, List<Generation> twins) {
        Set<Digest> ids = ids(twins);
        if (upstreams.stream().noneMatch(one -> OldYum.reads(one) || ids.contains(one.id()))) {
            addOther(dir, twins);
        }
    }

    private void addOther(String dir, List<Generation> twins) {
        Set<Digest> ids = ids(twins);
        twins(store.view(), dir).stream()
                .filter(twin -> !ids.contains(twin.id()))
                .max(Comparator.comparingLong(twin -> twin.header().newest()))
                .ifPresent(twins::add);
    }

    private static Set<Digest> ids(List<Generation> generations) {
        Set<Digest> ids = new HashSet<>();
        generations.forEach(one -> ids.add(one.id()));
        return ids;
    }

    /** Keeps what nothing names of a directory, since a twin is being made there, until {@link #endTwin}. */
    void beginTwin(String dir) {
        store.amend(() -> {
            making.add(dir);
            return Amendment.NOTHING;
        });
    }

    /** The twin that was being made is there, or will not be. */
    void endTwin(String dir) {
        making.remove(dir);
    }

    /**
     * Gives yum 3 a twin from now on, in place of the one before of the same generation. The newest of those whose generation is gone stays,
     * since somebody may be reading it.
     *
     * @return false where its generation is gone, or a file that it names; then nothing is changed
     */
    boolean putTwin(String dir, Generation twin) {
        boolean[] done = {false};
        store.amend(() -> {
            List<Generation> named =
                    new ArrayList<>(upstreams(store.view(), dir).map(Kept::all).orElse(List.of()));
            if (!ids(named).contains(twin.id()) || !isHeld(dir, twin)) {
                return Amendment.NOTHING;
            }
            named.addAll(sealed(dir));
            List<Generation> twins = twinsOf(dir, named, twin);
            addOther(dir, twins);
            named.addAll(twins);
            Set<ArtifactKey> dropped = new HashSet<>();
            twins(store.view(), dir).forEach(one -> dropped.addAll(recordKeys(dir, one)));
            named.forEach(one -> dropped.removeAll(recordKeys(dir, one)));
            done[0] = true;
            return new Amendment(Map.of(twinsKey(dir), chunks(twins)), Map.of(), dropped);
        });
        return done[0];
    }

    private static List<byte[]> chunks(List<Generation> generations) {
        return generations.isEmpty() ? List.of() : new Kept(generations).chunks();
    }

    /** Whether all is held that a generation names. */
    boolean isHeld(String dir, Generation generation) {
        View view = store.view();
        return recordKeys(dir, generation).stream()
                .allMatch(key -> view.lookup(key).filter(store::isThere).isPresent());
    }

    private List<ArtifactKey> recordKeys(String dir, Generation generation) {
        return generation.header().records().stream()
                .map(record -> recordKey(dir, record))
                .toList();
    }

    /** Shows each directory that has generations, as upstream has them. */
    void each(View view, BiConsumer<String, Kept> visitor) {
        Set<String> dirs = new HashSet<>();
        view.catalog().docs(repository, KIND, (key, head) -> dirs.add(key.substring(1)));
        dirs.forEach(dir -> upstreams(view, dir).ifPresent(kept -> visitor.accept(dir, kept)));
    }

    /** Notes that upstream has said of the newest generation that it is so; the others stay as they are. */
    void confirm(String dir, Generation.Header header) {
        store.putDocHead(key(dir), Generation.encoded(header));
    }

    /**
     * Makes a generation the newest, at once with everything that it names, all of which is held; what none that is kept names goes, that
     * of drafts which came to nothing too.
     *
     * @param arriving entries of packages that move to where it lists them, in place of what is there, by where they have waited
     * @return what is kept from now on
     */
    Kept become(String dir, Generation newest, Map<ArtifactKey, ArtifactKey> arriving) {
        Kept[] now = new Kept[1];
        store.amend(() -> {
            Kept after = Kept.with(upstreams(store.view(), dir), newest);
            now[0] = after;
            List<Generation> named = new ArrayList<>(after.all());
            named.addAll(sealed(dir));
            List<Generation> twins = twinsOf(dir, named, null);
            addLast(dir, after.all(), twins);
            named.addAll(twins);
            Map<DocKey, List<byte[]>> docs = unnamedTables(dir, named);
            docs.put(key(dir), after.chunks());
            docs.put(twinsKey(dir), chunks(twins));
            return new Amendment(docs, Map.of(), arriving, leftFiles(dir, named));
        });
        return now[0];
    }

    /** Lets go of all generations of a directory, and of what they name. */
    void drop(String dir) {
        store.amend(() -> {
            Map<DocKey, List<byte[]>> docs = unnamedTables(dir, List.of());
            docs.put(key(dir), List.of());
            docs.put(sealedKey(dir), List.of());
            docs.put(twinsKey(dir), List.of());
            return new Amendment(docs, Map.of(), unnamedFiles(dir, List.of()));
        });
    }

    /** Lets go of what drafts of before have left; what these name stays, for the next try. */
    void tidy(String dir, List<Generation> drafts) {
        store.amend(() -> {
            List<Generation> named = new ArrayList<>(drafts);
            upstreams(store.view(), dir).ifPresent(kept -> named.addAll(kept.all()));
            named.addAll(sealed(dir));
            named.addAll(twins(store.view(), dir));
            return new Amendment(unnamedTables(dir, named), Map.of(), leftFiles(dir, named));
        });
    }

    /** What is served of a directory where nothing is fetched; empty where that is what upstream has. */
    List<Generation> sealed(String dir) {
        return Kept.of(store.view().catalog().doc(sealedKey(dir)))
                .map(Kept::all)
                .orElse(List.of());
    }

    /** What nothing names, and nobody is making use of; the next change takes what this one leaves. */
    private Set<ArtifactKey> leftFiles(String dir, List<Generation> named) {
        return making.contains(dir) ? Set.of() : unnamedFiles(dir, named);
    }

    private Set<ArtifactKey> unnamedFiles(String dir, List<Generation> named) {
        Set<ArtifactKey> keep = new HashSet<>();
        named.forEach(one -> keep.addAll(recordKeys(dir, one)));
        Set<ArtifactKey> dropped = new HashSet<>();
        String prefix = recordPrefix(dir);
        store.view().catalog().entries(repository, prefix, (key, entry) -> {
            String rest = key.key().substring(prefix.length());
            boolean isRecord = rest.indexOf('/') == rest.lastIndexOf('/');
            if (isRecord && !keep.contains(key)) {
                dropped.add(key);
            }
        });
        return dropped;
    }

    private Map<DocKey, List<byte[]>> unnamedTables(String dir, List<Generation> named) {
        Map<DocKey, List<byte[]>> dropped = new HashMap<>();
        String prefix = tablePrefix(dir);
        store.view().catalog().docs(repository, PackageTable.KIND, prefix, (key, head) -> {
            if (key.indexOf('/', prefix.length()) < 0) {
                dropped.put(packagesKey(key), List.of());
            }
            return true;
        });
        named.forEach(one -> tables(dir, one.header()).forEach(dropped::remove));
        return dropped;
    }

    /** What a record is held under: the directory, its checksum, and its name. */
    ArtifactKey recordKey(String dir, Generation.Item record) {
        String href = record.upstreamHref();
        String name = href.substring(href.lastIndexOf('/') + 1);
        return new ArtifactKey(repository, recordPrefix(dir) + record.checksum().hex() + "/" + name);
    }

    private static String recordPrefix(String dir) {
        return dir + "repodata/@";
    }

    /** What a file is held under. */
    ArtifactKey fileKey(String path) {
        return new ArtifactKey(repository, path);
    }

    /** The table of the packages of a directory that a primary document of that checksum lists. */
    static String packages(String dir, Digest primary) {
        return tablePrefix(dir) + primary.hex();
    }

    private static String tablePrefix(String dir) {
        return "/" + dir + "@";
    }

    /** The tables of a generation: that of its packages first, then those of its delta RPMs. */
    List<DocKey> tables(String dir, Generation.Header header) {
        List<DocKey> all = new ArrayList<>();
        all.add(packagesKey(header.packages()));
        header.records().stream()
                .filter(record -> DeltaReader.TYPES.contains(record.type()))
                .forEach(record -> all.add(packagesKey(packages(dir, record.checksum()))));
        return all;
    }

    DocKey packagesKey(String packages) {
        return new DocKey(repository, PackageTable.KIND, packages);
    }

    private DocKey sealedKey(String dir) {
        return new DocKey(repository, SEALED, "/" + dir);
    }

    private DocKey twinsKey(String dir) {
        return new DocKey(repository, TWINS, "/" + dir);
    }

    private DocKey key(String dir) {
        return new DocKey(repository, KIND, "/" + dir);
    }
}
