package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.fetch.Confirmed;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.format.pypi.ProjectPage.Header;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.blob.StagedBlob;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Project pages and file names as rows of the store. A project's page is one document, its header first. A file whose name
 * does not tell its project has a document of its own that does. Everything blocks.
 */
final class ProjectDocs {
    private static final String PROJECT = "project";
    private static final String LINK = "link";
    private static final String ROOT = "root";
    private static final String GONE = "gone";
    private static final String NO_SIDECAR = "no-sidecar";
    private static final String UPSTREAM = "upstream";
    private static final int DOUBTED_MAX = 100_000;
    private static final Duration DOUBTED_TTL = Duration.ofDays(1);

    private final String repository;
    private final MirrorStore store;
    /** Sidecars that upstream promises and does not have, or not so. */
    private final Recall<ArtifactKey, Expectation> doubted = Recall.ofEntries(DOUBTED_MAX, DOUBTED_TTL);

    ProjectDocs(String repository, MirrorStore store) {
        this.repository = repository;
        this.store = store;
    }

    /** A page as rows, of one moment. */
    record Stored(Header header, List<byte[]> chunks) {
        /** The files, decoded a chunk at a time. */
        Iterable<FileRecord> files() {
            return () -> chunks.stream()
                    .skip(1)
                    .flatMap(chunk -> ProjectPageCodec.files(header.project(), chunk).stream())
                    .iterator();
        }
    }

    /** The repositories that have pages. */
    static List<String> repositories(View view) {
        return view.catalog().docRepositories(PROJECT);
    }

    /**
     * A file of a project.
     *
     * @param path the one below {@code packages/} by which it was asked for
     */
    record Located(ProjectName project, FileRecord file, String path) {}

    /** What is said of a project as a whole. */
    Optional<Header> header(View view, ProjectName project) {
        return view.catalog().docHead(key(project)).map(chunk -> ProjectPageCodec.header(project, chunk));
    }

    /** What is said of a project as a whole in what is live. */
    Optional<Header> header(ProjectName project) {
        View view = store.view();
        if (!view.tryRetain()) {
            return Optional.empty();
        }
        try {
            return header(view, project);
        } finally {
            view.release();
        }
    }

    /** A project's page. */
    Optional<Stored> page(View view, ProjectName project) {
        List<byte[]> chunks = view.catalog().doc(key(project));
        return chunks.isEmpty()
                ? Optional.empty()
                : Optional.of(new Stored(ProjectPageCodec.header(project, chunks.get(0)), chunks));
    }

    /** Replaces a project's page. */
    void put(ProjectPage page) {
        back(page.header().project());
        rows(page).forEach(store::putDoc);
        forgetUnlisted(page);
    }

    /** What upstream said of files is of no use once its page has them no more, or has their digests. */
    private void forgetUnlisted(ProjectPage page) {
        ProjectName project = page.header().project();
        Set<ArtifactKey> unproved = new HashSet<>();
        for (FileRecord file : page.files()) {
            if (file.digests().isEmpty()) {
                unproved.add(entryKey(project, file));
            }
            if (file.provenance() != null) {
                unproved.add(entryKey(project, file.filename() + Companions.PROVENANCE));
            }
        }
        Confirmed.retain(store, repository, project + "/", unproved::contains);
    }

    /** A project's page as documents, itself the last. */
    Map<DocKey, List<byte[]>> rows(ProjectPage page) {
        ProjectName project = page.header().project();
        Map<DocKey, List<byte[]>> rows = new LinkedHashMap<>();
        for (FileRecord file : page.files()) {
            if (!DistributionName.candidates(file.filename()).contains(project)) {
                DocKey link = new DocKey(repository, LINK, file.filename());
                rows.put(link, List.of(project.value().getBytes(UTF_8)));
            }
        }
        rows.put(key(project), ProjectPageCodec.encoded(page));
        return rows;
    }

    /** Replaces what is said of a project as a whole, and leaves its files. */
    void confirm(Header header) {
        back(header.project());
        store.putDocHead(key(header.project()), ProjectPageCodec.encoded(header));
    }

    /** Remembers that upstream has a project no more whose page is stored. */
    void gone(ProjectName project) {
        store.putDoc(goneKey(project), List.of(new byte[] {1}));
    }

    /** Whether upstream said last that it has a project no more. */
    boolean isGone(View view, ProjectName project) {
        return view.catalog().docHead(goneKey(project)).isPresent();
    }

    private void back(ProjectName project) {
        if (isGone(store.view(), project)) {
            store.putDoc(goneKey(project), List.of());
        }
    }

    private DocKey goneKey(ProjectName project) {
        return new DocKey(repository, GONE, project.value());
    }

    /** Upstream's list of all projects. */
    Optional<RootList.Stored> root(View view) {
        List<byte[]> chunks = view.catalog().doc(rootKey());
        return chunks.isEmpty()
                ? Optional.empty()
                : Optional.of(new RootList.Stored(RootList.header(chunks.get(0)), chunks));
    }

    /** What is said of upstream's list as a whole. */
    Optional<RootList.Header> rootHeader(View view) {
        return view.catalog().docHead(rootKey()).map(RootList::header);
    }

    /** Replaces upstream's list by these rows. */
    void putRoot(List<byte[]> rows) {
        store.putDoc(rootKey(), rows);
    }

    /** Replaces what is said of upstream's list as a whole. */
    void confirmRoot(RootList.Header header) {
        store.putDocHead(rootKey(), RootList.encoded(header));
    }

    /** A file for a while, which no crash leaves behind: it loses its name before anybody reads it. */
    StagedBlob scratch() {
        return store.scratch();
    }

    /** The projects that a file at that path may belong to, the likeliest first. */
    Set<ProjectName> candidates(View view, String path) {
        int slash = path.indexOf('/');
        String filename = path.substring(path.lastIndexOf('/') + 1);
        Set<ProjectName> candidates = new LinkedHashSet<>();
        if (slash > 0 && slash == path.lastIndexOf('/')) {
            ProjectName.parse(path.substring(0, slash)).ifPresent(candidates::add);
        }
        candidates.addAll(DistributionName.candidates(filename));
        view.catalog()
                .docHead(new DocKey(repository, LINK, filename))
                .flatMap(name -> ProjectName.parse(new String(name, UTF_8)))
                .ifPresent(candidates::add);
        return candidates;
    }

    /** The file that a project's page has at a path below {@code packages/}. */
    Optional<Located> locate(View view, ProjectName project, String path) {
        Stored page = page(view, project).orElse(null);
        if (page == null || page.header().quarantined()) {
            return Optional.empty();
        }
        for (FileRecord file : page.files()) {
            if (file.isAt(project, path)) {
                return Optional.of(new Located(project, file, path));
            }
        }
        return Optional.empty();
    }

    /** The file of that name that a project's page has. */
    Optional<FileRecord> file(View view, ProjectName project, String filename) {
        Stored page = page(view, project).orElse(null);
        if (page != null) {
            for (FileRecord file : page.files()) {
                if (file.filename().equals(filename)) {
                    return Optional.of(file);
                }
            }
        }
        return Optional.empty();
    }

    /** What is held of a project, by file name. */
    Map<String, Entry> held(View view, ProjectName project) {
        Map<String, Entry> held = new HashMap<>();
        String prefix = project + "/";
        view.catalog()
                .entries(repository, prefix, (key, entry) -> held.put(key.key().substring(prefix.length()), entry));
        return held;
    }

    /** The first projects of which something is held, behind that one ("" for all), in the order of their rows. */
    List<ProjectName> heldBehind(View view, String project, int most) {
        List<ProjectName> found = new ArrayList<>();
        view.catalog()
                .folders(repository, project, key -> Companions.suffix(key).isEmpty(), folder -> {
                    found.add(new ProjectName(folder));
                    return found.size() < most;
                });
        return found;
    }

    /** Every project whose name is known, some of them twice. */
    Iterable<Listed> known(View view) {
        RootList.Stored here = projects(view, false, name -> true);
        RootList.Stored list = view.heldOnly() ? null : root(view).orElse(null);
        if (list == null) {
            return here.projects();
        }
        return () -> Stream.of(here, list)
                .flatMap(part -> StreamSupport.stream(part.projects().spliterator(), false))
                .iterator();
    }

    /**
     * Every project that has a page, or, where only what is held counts, a file that is held, in the order of their rows. A pass over
     * much of the index: seconds for as many projects as PyPI has, and ten bytes of memory for each.
     *
     * @param withSerials whether to look at each page for its serial number
     * @param wanted which of them; what it throws ends the pass
     */
    RootList.Stored projects(View view, boolean withSerials, Predicate<ProjectName> wanted) {
        RootList.Writer list = new RootList.Writer();
        long[] last = {-1};
        BiConsumer<ProjectName, Supplier<Optional<Header>>> add = (name, header) -> {
            if (wanted.test(name)) {
                long serial = withSerials ? header.get().map(Header::lastSerial).orElse(-1L) : -1;
                last[0] = Math.max(last[0], serial);
                list.add(new Listed(name, serial));
            }
        };
        if (view.heldOnly()) {
            Set<String> gone = new HashSet<>();
            view.catalog().docs(repository, GONE, (key, head) -> gone.add(key));
            view.catalog().folders(repository, key -> Companions.suffix(key).isEmpty(), folder -> {
                ProjectName name = new ProjectName(folder);
                if (!gone.contains(folder)) {
                    add.accept(name, () -> header(view, name));
                }
            });
        } else {
            view.catalog().docs(repository, PROJECT, (key, head) -> {
                ProjectName name = new ProjectName(key);
                add.accept(name, () -> Optional.of(ProjectPageCodec.header(name, head.get())));
                return true;
            });
        }
        RootList.Header header = new RootList.Header(last[0], null, null, Instant.EPOCH, list.count(), null);
        return new RootList.Stored(header, list.rows(header));
    }

    /** The bytes of a small file that is held. */
    byte[] bytes(Entry entry) {
        OpenBlob blob = store.open(entry);
        try {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(blob.sizeBytes()));
            while (bytes.hasRemaining() && blob.channel().read(bytes, bytes.position()) >= 0) {}
            return bytes.array();
        } catch (IOException e) {
            throw new StoreException(
                    FailureKind.DISK_FAILED, "reading blob " + entry.digest().hex() + ": " + e.getMessage(), e);
        } finally {
            blob.release();
        }
    }

    /** What a file is held under. */
    ArtifactKey entryKey(ProjectName project, FileRecord file) {
        return entryKey(project, file.filename());
    }

    /** What a file of that name is held under. */
    ArtifactKey entryKey(ProjectName project, String filename) {
        return new ArtifactKey(repository, project + "/" + filename);
    }

    /** What its metadata sidecar is. */
    ArtifactKey sidecarKey(ProjectName project, FileRecord file) {
        return new ArtifactKey(repository, project + "/" + file.filename() + Sidecars.SUFFIX);
    }

    /** Remembers that a source distribution has no metadata that could be served, so that it is not unpacked again for it. */
    void putNoSidecar(ArtifactKey key, Entry distribution) {
        store.putDoc(
                new DocKey(repository, NO_SIDECAR, key.key()),
                List.of(distribution.digest().hex().getBytes(UTF_8)));
    }

    /** Whether that is known of these bytes of it. */
    boolean hasNoSidecar(View view, ArtifactKey key, Entry distribution) {
        return view.catalog()
                .docHead(new DocKey(repository, NO_SIDECAR, key.key()))
                .filter(hex ->
                        new String(hex, UTF_8).equals(distribution.digest().hex()))
                .isPresent();
    }

    /** Remembers that upstream does not have what its page promises. */
    void doubt(ArtifactKey key, Expectation promised) {
        doubted.put(key, promised);
    }

    /** Forgets that. */
    void trust(ArtifactKey key) {
        doubted.forget(key);
    }

    /** Whether upstream turned out not to have what its page promises, and promises the same still. */
    boolean isDoubted(ArtifactKey key, Expectation promised) {
        return promised.equals(doubted.get(key));
    }

    /** What upstream's index promises of a file. */
    static Expectation expectation(FileRecord file) {
        return new Expectation(file.sizeBytes(), file.digests());
    }

    private DocKey rootKey() {
        return new DocKey(repository, ROOT, UPSTREAM);
    }

    /** What a project's page is kept under. */
    DocKey key(ProjectName project) {
        return new DocKey(repository, PROJECT, project.value());
    }
}
