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
import dev.permafrost.store.model.FailureKind;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
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
     */
    record Known(@Nullable Kept kept, @Nullable RenderedPage page) {
        Optional<Kept> generations() {
            return Optional.ofNullable(kept);
        }

        static Known of(@Nullable Kept kept) {
            return new Known(
                    kept, kept == null ? null : Directories.page(kept.newest().repomd(), "repomd.xml"));
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
        Known read = memory.update(
                Key.of(view, dir),
                old -> old != null ? old : Known.of(docs.kept(view, dir).orElse(null)));
        return read == null ? Known.of(null) : read;
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
                live(dir), old -> new Known(kept, old == null ? Known.of(kept).page() : old.page()));
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
        memory.put(live(dir), Known.of(kept));
        changes.incrementAndGet();
        return kept;
    }

    /** Has nothing served of a directory any more. Blocks. */
    void drop(String dir) {
        docs.drop(dir);
        memory.put(live(dir), Known.of(null));
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

    /** A small file as it is sent. */
    static RenderedPage page(byte[] bytes, String name) {
        ByteBuffer body = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        return new RenderedPage(
                body,
                FileHead.etagOf(GenerationBuild.sha256(bytes)),
                Coding.IDENTITY,
                Repodata.contentType(name),
                null,
                -1);
    }
}
