package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.repo.Coding;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.FileHead;
import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Standstill;
import dev.permafrost.store.Amendment;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What is known of a repository's directories, in memory for those that are asked for. */
final class Directories {
    private static final int DIRECTORIES_MAX = 10_000;
    private static final int DELETED_AT_ONCE = 1000;
    private static final Duration TTL = Duration.ofMinutes(10);

    private final MirrorStore store;
    private final GenerationDocs docs;
    private final Standstill standstill;
    private final Recall<Key, Known> memory = Recall.ofEntries(DIRECTORIES_MAX, TTL);
    private final AtomicLong changes = new AtomicLong();
    private volatile Consumer<String> watcher = dir -> {};

    private record Key(String view, String dir) {
        static Key of(View view, String dir) {
            return new Key(view.snapshot().map(Object::toString).orElse(""), dir);
        }
    }

    /**
     * A directory.
     *
     * @param kept its generations; null where none is held
     * @param page the {@code repomd.xml} of the newest, as it is sent; null where none is held
     * @param twins what there is for yum 3 alone: of its generations, and where it is not held only, of some before these
     */
    record Known(@Nullable Kept kept, @Nullable RenderedPage page, List<Twin> twins) {
        /** Copies the list. */
        Known {
            twins = List.copyOf(twins);
        }

        Optional<Kept> generations() {
            return Optional.ofNullable(kept);
        }

        /** The twin of the generation of that id; null where it has none. */
        @Nullable Twin twin(Digest id) {
            return twins.stream()
                    .filter(one -> one.generation().id().equals(id))
                    .findFirst()
                    .orElse(null);
        }

        static Known of(@Nullable Kept kept, List<Generation> twins) {
            return kept == null
                    ? new Known(null, null, List.of())
                    : new Known(
                            kept,
                            Directories.page(kept.newest().repomd(), "repomd.xml", OldYum.vary(kept.newest())),
                            twins.stream().map(Twin::of).toList());
        }
    }

    /**
     * What {@linkplain OldYum yum 3} is given in place of a generation.
     *
     * @param page its {@code repomd.xml}, as it is sent
     */
    record Twin(Generation generation, RenderedPage page) {
        private static Twin of(Generation generation) {
            return new Twin(generation, Directories.page(generation.repomd(), "repomd.xml", OldYum.VARY));
        }
    }

    /**
     * Directories of a repository.
     *
     * @param standstill while which no generation is replaced
     */
    Directories(MirrorStore store, GenerationDocs docs, Standstill standstill) {
        this.store = store;
        this.standstill = standstill;
        this.docs = docs;
    }

    GenerationDocs docs() {
        return docs;
    }

    /** What is known of a directory, if that is in memory. */
    @Nullable Known now(View view, String dir) {
        return memory.get(Key.of(view, dir));
    }

    /** What is known of a directory. Blocks. */
    Known known(View view, String dir) {
        Known now = now(view, dir);
        if (now != null) {
            return now;
        }
        Known read = memory.update(Key.of(view, dir), old -> old != null ? old : read(view, dir));
        return read == null ? Known.of(null, List.of()) : read;
    }

    private Known read(View view, String dir) {
        Kept kept = docs.kept(view, dir).orElse(null);
        List<Generation> twins = docs.twins(view, dir);
        return Known.of(
                kept,
                kept == null || !view.heldOnly()
                        ? twins
                        : twins.stream()
                                .filter(twin -> kept.all().stream()
                                        .anyMatch(one -> one.id().equals(twin.id())))
                                .toList());
    }

    /** What is not frozen. */
    View live() {
        return store.view();
    }

    /** A number that is another one whenever a generation has been replaced. */
    long changes() {
        return changes.get();
    }

    /** Notes that upstream has said of the newest generation that it is so. Blocks. */
    Kept confirm(String dir, Kept known, Generation.Header header) {
        docs.confirm(dir, header);
        Kept kept = known.withNewest(known.newest().with(header));
        memory.update(
                live(dir),
                old -> old == null
                        ? Known.of(kept, docs.twins(live(), dir))
                        : new Known(kept, old.page(), old.twins()));
        return kept;
    }

    /** Makes a generation the newest, as {@link GenerationDocs#become} does, of which all is at its place. Blocks. */
    Kept become(String dir, Generation newest) {
        return become(dir, newest, Map.of());
    }

    /**
     * Makes a generation of packages of our own the newest. The one before was that until now, and somebody may have begun to read it.
     * Blocks.
     *
     * @param arriving as {@link GenerationDocs#become} has it
     */
    Kept replace(String dir, Generation newest, Map<ArtifactKey, ArtifactKey> arriving, Instant now) {
        docs.kept(live(), dir, false)
                .ifPresent(kept -> confirm(dir, kept, kept.newest().header().confirmed(now, null, null)));
        return become(dir, newest, arriving);
    }

    private Kept become(String dir, Generation newest, Map<ArtifactKey, ArtifactKey> arriving) {
        Kept kept = standstill
                .change(() -> docs.become(dir, newest, arriving))
                .orElseThrow(() -> new FetchException(
                        FailureKind.OVERLOADED,
                        "the store is being frozen; the new " + dir + Repodata.REPOMD + " is taken afterwards"));
        memory.update(live(dir), old -> Known.of(kept, docs.twins(live(), dir)));
        changes.incrementAndGet();
        watcher.accept(dir);
        return kept;
    }

    /** Tells of each directory that has another newest generation, from now on; what is told must not block. */
    void onReplaced(Consumer<String> told) {
        watcher = told;
    }

    /**
     * Gives yum 3 a twin from now on, as {@link GenerationDocs#putTwin} does. Blocks.
     *
     * @return whether it is so; empty while the store is being frozen
     */
    Optional<Boolean> putTwin(String dir, Generation twin) {
        return standstill.change(() -> {
            boolean done = docs.putTwin(dir, twin);
            if (done) {
                memory.update(live(dir), old -> read(live(), dir));
            }
            return done;
        });
    }

    /** Has nothing served of a directory any more. Blocks. */
    void drop(String dir) {
        docs.drop(dir);
        memory.put(live(dir), Known.of(null, List.of()));
        changes.incrementAndGet();
    }

    /** Lets go of what drafts of before have left, as {@link GenerationDocs#tidy} does, unless the store is being frozen. Blocks. */
    void tidy(String dir, List<Generation> drafts) {
        var unused = standstill.change(() -> {
            docs.tidy(dir, drafts);
            return true;
        });
    }

    /** Lets go of files, and of what is remembered of them, unless the store is being frozen. Blocks. */
    void delete(List<ArtifactKey> files) {
        delete(files, file -> true);
    }

    /**
     * The same.
     *
     * @param goes whether one is to go still, asked while nothing is added
     */
    void delete(List<ArtifactKey> files, Predicate<ArtifactKey> goes) {
        for (int at = 0; at < files.size(); at += DELETED_AT_ONCE) {
            Set<ArtifactKey> some = Set.copyOf(files.subList(at, Math.min(files.size(), at + DELETED_AT_ONCE)));
            var unused = standstill
                    .change(() -> {
                        store.amend(() -> new Amendment(
                                Map.of(), Map.of(), some.stream().filter(goes).collect(Collectors.toSet())));
                        return true;
                    })
                    .orElseThrow(() -> new FetchException(
                            FailureKind.OVERLOADED, "the store is being frozen, and nothing is deleted meanwhile"));
            changes.incrementAndGet();
        }
    }

    private Key live(String dir) {
        return Key.of(live(), dir);
    }

    /**
     * A small file as it is sent.
     *
     * @param vary the header field that decides what a client is given, besides the URL; null for none
     */
    static RenderedPage page(byte[] bytes, String name, @Nullable String vary) {
        ByteBuffer body = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        return new RenderedPage(
                body,
                FileHead.etagOf(GenerationBuild.sha256(bytes)),
                Coding.IDENTITY,
                Repodata.contentType(name),
                vary,
                -1);
    }
}
