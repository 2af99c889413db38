package dev.permafrost.store;

import static dev.permafrost.store.Stores.key;
import static dev.permafrost.store.Stores.put;
import static dev.permafrost.store.Stores.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.Deletions;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.check.CheckProgress;
import dev.permafrost.store.check.GcReport;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What no live entry and no snapshot names is deleted, and nothing else. */
class BlobsThatNothingNamesAreDeletedTest {
    @TempDir
    Path dir;

    @RegisterExtension
    final CheckedStores stores = new CheckedStores();

    private Path root() {
        return stores.checked(dir.resolve("store"));
    }

    static GcReport gc(MirrorStore store) {
        return store.collectGarbage(false, Duration.ZERO, CheckProgress.NONE);
    }

    static void forget(MirrorStore store, String name) {
        store.amend(() -> new Amendment(Map.of(), Map.of(), Set.of(key(name))));
    }

    static boolean isThere(MirrorStore store, Digest digest) {
        return Files.exists(store.root().resolve(FileBlobStore.relativePath(digest)));
    }

    @Test
    void whatWasReplacedGoesAndWhatIsNamedStays() {
        try (MirrorStore store = Stores.open(root())) {
            Digest old = put(store, "a", "old bytes").digest();
            put(store, "a", "new bytes");
            put(store, "b", "others");
            GcReport report = gc(store);
            assertThat(isThere(store, old)).isFalse();
            assertThat(report.deleted()).isEqualTo(1);
            assertThat(report.deletedBytes()).isEqualTo("old bytes".length());
            assertThat(report.named()).isEqualTo(2);
            assertThat(report.missing()).isZero();
            assertThat(store.view().catalog().blob(old)).isEmpty();
            assertThat(text(store, "a")).isEqualTo("new bytes");
            assertThat(text(store, "b")).isEqualTo("others");
            assertThat(gc(store).deleted()).isZero();
        }
    }

    @Test
    void bytesThatTwoKeysNameGoWithTheSecond() {
        try (MirrorStore store = Stores.open(root())) {
            Digest shared = put(store, "a", "shared").digest();
            put(store, "b", "shared");
            forget(store, "a");
            assertThat(gc(store).deleted()).isZero();
            assertThat(text(store, "b")).isEqualTo("shared");
            forget(store, "b");
            assertThat(gc(store).deleted()).isEqualTo(1);
            assertThat(isThere(store, shared)).isFalse();
        }
    }

    @Test
    void whatASnapshotNamesStaysAsLongAsThereIsThatSnapshot() throws IOException {
        try (MirrorStore store = Stores.open(root())) {
            Entry entry = put(store, "a", "sealed bytes");
            put(store, "b", "others");
            store.freeze(new SnapshotId("one"));
            forget(store, "a");
            store.freeze(new SnapshotId("two"));
            GcReport report = gc(store);
            assertThat(report.snapshots()).isEqualTo(2);
            assertThat(report.deleted()).isZero();
            assertThat(StoreInvariants.read(store, entry)).isEqualTo("sealed bytes".getBytes(UTF_8));
            FaultsTest.deleteTree(store.root().resolve("snapshots/one"));
            assertThat(gc(store).deleted()).isEqualTo(1);
            assertThat(isThere(store, entry.digest())).isFalse();
        }
    }

    @Test
    void whatIsYoungStaysAndADryRunDeletesNothing() {
        try (MirrorStore store = Stores.open(root())) {
            Digest digest = put(store, "a", "bytes").digest();
            forget(store, "a");
            GcReport young = store.collectGarbage(false, Duration.ofHours(24), CheckProgress.NONE);
            assertThat(young.young()).isEqualTo(1);
            assertThat(young.youngBytes()).isEqualTo(5);
            assertThat(young.deleted()).isZero();
            GcReport dry = store.collectGarbage(true, Duration.ZERO, CheckProgress.NONE);
            assertThat(dry.deleted()).isEqualTo(1);
            assertThat(dry.dryRun()).isTrue();
            assertThat(isThere(store, digest)).isTrue();
            assertThat(gc(store).deleted()).isEqualTo(1);
        }
    }

    @Test
    void aRowThatACrashLeftGoesAndAFileThatNobodyKnowsToo() throws IOException {
        Path root = root();
        Digest digest;
        try (MirrorStore store = Stores.open(root)) {
            digest = put(store, "a", "bytes").digest();
            Files.delete(root.resolve(FileBlobStore.relativePath(digest)));
            forget(store, "a");
            Digest orphan = Digest.sha256("00".repeat(32));
            Path file = root.resolve(FileBlobStore.relativePath(orphan));
            Files.createDirectories(file.getParent());
            Files.write(file, new byte[10]);
            GcReport report = gc(store);
            assertThat(report.rows()).isEqualTo(1);
            assertThat(report.deleted()).isEqualTo(1);
            assertThat(file).doesNotExist();
            assertThat(store.view().catalog().blob(digest)).isEmpty();
        }
    }

    @Test
    void aFileThatIsNoBlobIsLeftAlone() throws IOException {
        Path root = dir.resolve("with-strangers");
        try (MirrorStore store = Stores.open(root)) {
            Digest digest = put(store, "a", "bytes").digest();
            Path blob = root.resolve(FileBlobStore.relativePath(digest));
            Path note = Files.writeString(blob.resolveSibling("README"), "mine");
            Path elsewhere = Files.writeString(blob.resolveSibling("ff".repeat(32)), "in the wrong folder");
            assertThat(gc(store).deleted()).isZero();
            assertThat(note).exists();
            assertThat(elsewhere).exists();
        }
    }

    @Test
    void whoReadsABlobGoesOnReadingIt() throws IOException {
        try (MirrorStore store = Stores.open(root())) {
            try (OpenBlob blob = store.open(put(store, "a", "bytes"))) {
                forget(store, "a");
                assertThat(gc(store).deleted()).isEqualTo(1);
                ByteBuffer read = ByteBuffer.allocate(5);
                blob.channel().read(read, 0);
                assertThat(read.array()).isEqualTo("bytes".getBytes(UTF_8));
            }
        }
    }

    @Test
    void aSnapshotThatCantSayWhatItNamesHasNothingDeleted() throws IOException {
        Path root = dir.resolve("damaged");
        try (MirrorStore store = Stores.open(root)) {
            put(store, "a", "bytes");
            put(store, "b", "others");
            store.freeze(new SnapshotId("one"));
            forget(store, "a");
            forget(store, "b");
            Path list = root.resolve("snapshots/one/blobs.lst");
            String lines = Files.readString(list);
            Files.writeString(list, lines.substring(0, lines.indexOf('\n') + 1));
            assertThatThrownBy(() -> gc(store))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_CORRUPT))
                    .hasMessageContaining("blobs.lst");
            Files.writeString(list, lines);
            GcReport report = gc(store);
            assertThat(report.named()).isEqualTo(2);
            assertThat(report.deleted()).isZero();
        }
    }

    @Test
    void whoCountsOnBlobsThatNothingNamesHasNoneDeleted() {
        try (MirrorStore store = Stores.open(root())) {
            put(store, "a", "bytes");
            forget(store, "a");
            Deletions.Keeping keeping = store.keepAllBlobs();
            assertThatThrownBy(() -> gc(store))
                    .hasMessageContaining("carried")
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.OVERLOADED));
            keeping.close();
            // once is enough
            keeping.close();
            assertThat(gc(store).deleted()).isEqualTo(1);
        }
    }

    @Test
    void whatIsNamedAndNotThereIsCounted() throws IOException {
        Path root = dir.resolve("dangling");
        try (MirrorStore store = Stores.open(root)) {
            Digest digest = put(store, "a", "bytes").digest();
            put(store, "b", "bytes");
            put(store, "c", "others");
            Files.delete(root.resolve(FileBlobStore.relativePath(digest)));
            assertThat(gc(store).missing()).isEqualTo(1);
        }
    }

    @Test
    void aStoreOfWhichNothingIsHeldHasNothingDeleted() {
        try (MirrorStore store = Stores.open(root())) {
            assertThat(gc(store).deleted()).isZero();
        }
    }
}
