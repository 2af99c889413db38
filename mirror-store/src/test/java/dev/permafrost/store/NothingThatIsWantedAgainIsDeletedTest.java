package dev.permafrost.store;

import static dev.permafrost.store.BlobsThatNothingNamesAreDeletedTest.forget;
import static dev.permafrost.store.BlobsThatNothingNamesAreDeletedTest.gc;
import static dev.permafrost.store.BlobsThatNothingNamesAreDeletedTest.isThere;
import static dev.permafrost.store.Stores.bytes;
import static dev.permafrost.store.Stores.key;
import static dev.permafrost.store.Stores.put;
import static dev.permafrost.store.Stores.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.Deletions;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.blob.StagedBlob;
import dev.permafrost.store.blob.Suspect;
import dev.permafrost.store.check.GcReport;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Commits, seals and deletions of the same bytes, in each order in which their steps can come. */
class NothingThatIsWantedAgainIsDeletedTest {
    private static final long SECONDS_MAX = 30;

    @TempDir
    Path dir;

    @RegisterExtension
    final CheckedStores stores = new CheckedStores();

    private final Halts halts = new Halts();
    private MirrorStore store;
    /** Two contents, in the order in which their blobs are looked at. */
    private String first;

    private String second;

    @BeforeEach
    void open() {
        store = MirrorStore.open(MirrorStore.Options.of(stores.checked(dir.resolve("store")))
                .withOps(halts.in(FileOps.class, FileOps.system()))
                .withIndex((path, cache) -> halts.in(Index.class, RocksIndex.open(path, cache))));
        TreeMap<Digest, String> byDigest = new TreeMap<>();
        for (String content : new String[] {"some bytes", "other bytes"}) {
            byDigest.put(put(store, content, content).digest(), content);
            forget(store, content);
        }
        first = byDigest.firstEntry().getValue();
        second = byDigest.lastEntry().getValue();
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static <T> Future<T> begin(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "other");
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private static <T> T end(Future<T> task) throws Exception {
        return task.get(SECONDS_MAX, TimeUnit.SECONDS);
    }

    private static void assertWaits(Future<?> task) {
        assertThatThrownBy(() -> task.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
    }

    private static Digest digest(String content) {
        try {
            return Digest.of(
                    Algorithm.SHA256, MessageDigest.getInstance("SHA-256").digest(content.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private Halts.Halt atDeletionOf(String content) {
        Path file = store.root().resolve(FileBlobStore.relativePath(digest(content)));
        return halts.at("delete", file::equals);
    }

    @Test
    void whatIsCommittedBetweenTheSearchAndItsDeletionStays() throws Exception {
        Halts.Halt deletion = atDeletionOf(first);
        Future<GcReport> gc = begin(() -> gc(store));
        deletion.await();
        put(store, "again", second);
        deletion.goOn();
        GcReport report = end(gc);
        assertThat(report.deleted()).isEqualTo(1);
        assertThat(report.wantedAgain()).isEqualTo(1);
        assertThat(text(store, "again")).isEqualTo(second);
        assertThat(store.view().catalog().blob(digest(second))).isPresent();
    }

    @Test
    void whatIsCommittedWhileItIsDeletedGetsItsFileAnew() throws Exception {
        Halts.Halt deletion = atDeletionOf(second);
        Future<GcReport> gc = begin(() -> gc(store));
        deletion.await();
        Future<?> commit = begin(() -> put(store, "again", second));
        assertWaits(commit);
        deletion.goOn();
        end(commit);
        assertThat(end(gc).deleted()).isEqualTo(2);
        assertThat(text(store, "again")).isEqualTo(second);
        assertThat(gc(store).deleted()).isZero();
        assertThat(store.view().catalog().blob(digest(second))).isPresent();
    }

    @Test
    void whatHasItsFileBeforeTheSearchAndItsRowAfterItStays() throws Exception {
        Halts.Halt row = halts.at("write", any -> true);
        Future<?> commit = begin(() -> put(store, "again", second));
        row.await();
        Future<GcReport> gc = begin(() -> gc(store));
        assertWaits(gc);
        row.goOn();
        end(commit);
        assertThat(end(gc).deleted()).isEqualTo(1);
        assertThat(text(store, "again")).isEqualTo(second);
    }

    @Test
    void aNewFileWhoseRowIsWrittenAfterTheSearchStays() throws Exception {
        Halts.Halt deletion = atDeletionOf(first);
        Future<GcReport> gc = begin(() -> gc(store));
        deletion.await();
        Halts.Halt row = halts.at("write", any -> true);
        Future<?> commit = begin(() -> put(store, "new", "new bytes"));
        row.await();
        deletion.goOn();
        end(gc);
        row.goOn();
        end(commit);
        assertThat(text(store, "new")).isEqualTo("new bytes");
        assertThat(store.view().catalog().blob(digest("new bytes"))).isPresent();
    }

    @Test
    void aCommitThatFailsIsNotWaitedForAnyMore() throws Exception {
        var incoming = store.begin(key("bad"), Set.of());
        incoming.staged().write(bytes("short"));
        assertThatThrownBy(() -> incoming.commit(Expectation.NOTHING.withSize(100), ""))
                .isInstanceOf(StoreException.class);
        assertThatThrownBy(() -> store.amend(() -> {
                    throw new IllegalArgumentException("no");
                }))
                .hasMessage("no");
        assertThat(end(begin(() -> gc(store))).deleted()).isEqualTo(2);
    }

    @Test
    void whatOnlyASnapshotNamesThatIsBeingSealedStays() throws Exception {
        put(store, "again", second);
        Halts.Halt rename = halts.at("rename", from -> from.toString().contains(".building-"));
        Future<?> seal = begin(() -> store.freeze(new SnapshotId("one")));
        rename.await();
        forget(store, "again");
        Future<GcReport> gc = begin(() -> gc(store));
        assertWaits(gc);
        rename.goOn();
        end(seal);
        assertThat(end(gc).deleted()).isEqualTo(1);
        assertHeldIn("one");
    }

    @Test
    void whatOnlyASnapshotNamesThatWasSealedAfterTheSearchStays() throws Exception {
        Halts.Halt deletion = atDeletionOf(first);
        Future<GcReport> gc = begin(() -> gc(store));
        deletion.await();
        put(store, "again", second);
        store.freeze(new SnapshotId("one"));
        forget(store, "again");
        deletion.goOn();
        assertThat(end(gc).deleted()).isEqualTo(1);
        assertHeldIn("one");
    }

    @Test
    void whatASnapshotNamesThatIsSealedBetweenTheRowsAndTheSnapshotsStays() throws Exception {
        put(store, "again", second);
        // the search has begun to look at rows; what it has seen of them is of this moment
        Halts.Halt search = halts.at("scan", any -> true);
        Future<GcReport> gc = begin(() -> gc(store));
        search.await();
        store.freeze(new SnapshotId("one"));
        forget(store, "again");
        search.goOn();
        assertThat(end(gc).deleted()).isEqualTo(1);
        assertHeldIn("one");
    }

    private void assertHeldIn(String snapshot) {
        try (MirrorStore frozen =
                MirrorStore.openFrozen(MirrorStore.Options.of(store.root()), Optional.of(new SnapshotId(snapshot)))) {
            assertThat(text(frozen, "again")).isEqualTo(second);
        }
    }

    @Test
    void aSearchThatIsUnderWayEndsWhereSomebodyCountsOnWhatNothingNames() throws Exception {
        Halts.Halt deletion = atDeletionOf(first);
        Future<GcReport> gc = begin(() -> gc(store));
        deletion.await();
        Future<Deletions.Keeping> keeping = begin(() -> store.keepAllBlobs());
        assertWaits(keeping);
        deletion.goOn();
        end(keeping);
        GcReport report = end(gc);
        assertThat(report.stopped()).contains("carried");
        assertThat(isThere(store, digest(second))).isTrue();
        keeping.get().close();
        assertThat(gc(store).deleted()).isEqualTo(1);
    }

    @Test
    void thereIsOneSearchAtATime() throws Exception {
        Halts.Halt deletion = atDeletionOf(first);
        Future<GcReport> gc = begin(() -> gc(store));
        deletion.await();
        assertThatThrownBy(() -> gc(store)).hasMessageContaining("already");
        deletion.goOn();
        end(gc);
    }

    @Test
    void goodBytesThatComeWhileABlobIsFoundDamagedTakeItsPlace() throws Exception {
        put(store, "again", second);
        Path file = store.root().resolve(FileBlobStore.relativePath(digest(second)));
        Files.write(file, second.toUpperCase(Locale.ROOT).getBytes(UTF_8));
        FileBlobStore blobs = new FileBlobStore(store.root(), FileOps.system());
        try (Suspect suspect = blobs.suspect(digest(second)).orElseThrow()) {
            StagedBlob staged = blobs.stage(Set.of());
            staged.write(bytes(second));
            staged.commit(Expectation.NOTHING);
            assertThat(suspect.takeAway(null)).isFalse();
        }
        assertThat(text(store, "again")).isEqualTo(second);
        // trusted again: found held from now on
        Object key = Files.getAttribute(file, "unix:ino");
        StagedBlob staged = blobs.stage(Set.of());
        staged.write(bytes(second));
        staged.commit(Expectation.NOTHING);
        assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(key);
    }
}
