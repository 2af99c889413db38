package dev.permafrost.store;

import static dev.permafrost.store.BlobsThatNothingNamesAreDeletedTest.forget;
import static dev.permafrost.store.Stores.key;
import static dev.permafrost.store.Stores.put;
import static dev.permafrost.store.Stores.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.check.CheckProgress;
import dev.permafrost.store.check.ScrubOptions;
import dev.permafrost.store.check.ScrubReport;
import dev.permafrost.store.check.ScrubState;
import dev.permafrost.store.check.Trouble;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every blob that anything names is read again; what is not what it is to be is found, told and taken away. */
class BlobsAreReadAgainTest {
    private static final ScrubOptions LOOK = new ScrubOptions(0, 2, false, false);
    private static final ScrubOptions REPAIR = new ScrubOptions(0, 2, true, false);

    @TempDir
    Path dir;

    private MirrorStore open() {
        return Stores.open(dir.resolve("store"));
    }

    private static Path file(MirrorStore store, Digest digest) {
        return store.root().resolve(FileBlobStore.relativePath(digest));
    }

    private static ScrubReport scrub(MirrorStore store, ScrubOptions options) {
        return store.scrub(options, CheckProgress.NONE);
    }

    private static void flipABit(Path file) throws IOException {
        byte[] content = Files.readAllBytes(file);
        content[content.length / 2] ^= 1;
        Files.write(file, content);
    }

    @Test
    void aSoundStoreIsReadWholeAndNothingIsTold() throws IOException {
        try (MirrorStore store = open()) {
            long bytes = 0;
            for (int i = 0; i < 100; i++) {
                byte[] content = Stores.random(i, 50_000);
                bytes += content.length;
                put(store, "a" + i, content, Expectation.NOTHING);
            }
            // larger than the buffer
            put(store, "large", new byte[3_000_001], Expectation.NOTHING);
            put(store, "empty", new byte[0], Expectation.NOTHING);
            ScrubReport report = scrub(store, LOOK);
            assertThat(report.troubled()).isZero();
            assertThat(report.blobs()).isEqualTo(102);
            assertThat(report.bytes()).isEqualTo(bytes + 3_000_001);
            assertThat(report.orphans()).isZero();
            assertThat(StoreInvariants.violations(store)).isEmpty();
            assertThat(store.scrubbed().map(ScrubState::endedAt)).isPresent();
            // and again, from the beginning, since that one came to its end
            assertThat(scrub(store, LOOK).blobs()).isEqualTo(102);
        }
    }

    @Test
    void aBitThatIsNoMoreWhatItWasIsFoundAndToldWithAllThatNamesIt() throws IOException {
        try (MirrorStore store = open()) {
            Digest digest = put(store, "a", "some bytes").digest();
            put(store, "b", "some bytes");
            put(store, "c", "others");
            store.freeze(new SnapshotId("one"));
            flipABit(file(store, digest));
            ScrubReport report = scrub(store, LOOK);
            assertThat(report.troubled()).isEqualTo(1);
            Trouble trouble = report.troubles().get(0);
            assertThat(trouble.fault()).isEqualTo(Trouble.Fault.DAMAGED);
            assertThat(trouble.digest()).isEqualTo(digest);
            assertThat(trouble.entries()).containsExactly(key("a"), key("b"));
            assertThat(trouble.origins()).containsExactly("http://upstream/a", "http://upstream/b");
            assertThat(trouble.snapshots()).containsExactly("one");
            assertThat(trouble.takenAway()).isFalse();
            assertThat(file(store, digest)).exists();
        }
    }

    @Test
    void repairedADamagedBlobIsMovedAwaySoThatTheSameBytesCanComeAnew() throws IOException {
        try (MirrorStore store = open()) {
            Digest digest = put(store, "a", "some bytes").digest();
            flipABit(file(store, digest));
            List<Digest> gone = new ArrayList<>();
            store.onGone(gone::add);
            Trouble trouble = scrub(store, REPAIR).troubles().get(0);
            assertThat(trouble.takenAway()).isTrue();
            assertThat(gone).containsExactly(digest);
            assertThat(file(store, digest)).doesNotExist();
            assertThat(store.root().resolve("quarantine").resolve(digest.hex())).hasSize(10);
            assertThat(scrub(store, REPAIR).troubles())
                    .extracting(Trouble::fault)
                    .containsExactly(Trouble.Fault.MISSING);
            put(store, "b", "some bytes");
            assertThat(scrub(store, LOOK).troubled()).isZero();
            assertThat(text(store, "a")).isEqualTo("some bytes");
            assertThat(StoreInvariants.violations(store)).isEmpty();
        }
    }

    @Test
    void whatIsLostAndWhatHasAnotherLengthIsTold() throws IOException {
        try (MirrorStore store = open()) {
            Digest lost = put(store, "lost", "lost bytes").digest();
            Digest cut = put(store, "cut", "cut short").digest();
            Files.delete(file(store, lost));
            Files.writeString(file(store, cut), "cut");
            assertThat(scrub(store, LOOK).troubles())
                    .extracting(trouble -> trouble.fault() + " " + trouble.entries())
                    .containsExactlyInAnyOrder("MISSING [" + key("lost") + "]", "DAMAGED [" + key("cut") + "]");
        }
    }

    @Test
    void whatASnapshotAloneNamesIsReadToo() throws IOException {
        try (MirrorStore store = open()) {
            Digest digest = put(store, "a", "sealed bytes").digest();
            store.freeze(new SnapshotId("one"));
            forget(store, "a");
            flipABit(file(store, digest));
            Trouble trouble = scrub(store, LOOK).troubles().get(0);
            assertThat(trouble.entries()).isEmpty();
            assertThat(trouble.snapshots()).containsExactly("one");
        }
    }

    @Test
    void whatNothingNamesIsCountedAndNotRead() throws IOException {
        try (MirrorStore store = open()) {
            Digest digest = put(store, "a", "old bytes").digest();
            forget(store, "a");
            flipABit(file(store, digest));
            ScrubReport report = scrub(store, LOOK);
            assertThat(report.troubled()).isZero();
            assertThat(report.orphans()).isEqualTo(1);
            assertThat(report.orphanBytes()).isEqualTo(9);
            assertThat(report.blobs()).isZero();
        }
    }

    /** Breaks the first run off in the middle, by a thread that is interrupted, at a rate at which it has noted how far it was. */
    @Test
    void aRunThatWasBrokenOffIsGoneOnWith() throws Exception {
        TreeMap<Digest, String> blobs = new TreeMap<>();
        try (MirrorStore store = open()) {
            for (int i = 0; i < 40; i++) {
                byte[] content = new byte[100_000 + i];
                blobs.put(put(store, "a" + i, content, Expectation.NOTHING).digest(), "a" + i);
            }
            flipABit(file(store, blobs.firstKey()));
            Thread reading = new Thread(() -> assertThatThrownBy(() -> store.scrub(
                            // 40 files in ten seconds
                            new ScrubOptions(400_000, 1, false, false), (text, done, total) -> {
                                if (store.scrubbed().isPresent()) {
                                    Thread.currentThread().interrupt();
                                }
                            }))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("next"));
            reading.start();
            reading.join(30_000);
            ScrubState half = store.scrubbed().orElseThrow();
            assertThat(half.endedAt()).isNull();
            assertThat(half.blobs()).isBetween(1L, 39L);
            assertThat(half.damaged()).containsExactly(blobs.firstKey());
        }
        try (MirrorStore store = open()) {
            ScrubReport rest = scrub(store, LOOK);
            assertThat(rest.resumedFrom()).isBetween(1L, 39L);
            assertThat(rest.blobs()).isEqualTo(40);
            // found by the first run, and told by the one that ends
            assertThat(rest.troubles()).extracting(Trouble::digest).containsExactly(blobs.firstKey());
            assertThat(scrub(store, LOOK).resumedFrom()).isZero();
        }
    }

    @Test
    void aFrozenStoreIsReadAndNothingIsWritten() throws IOException {
        Path copy = dir.resolve("copy");
        Digest digest;
        try (MirrorStore store = open()) {
            digest = put(store, "a", "sealed bytes").digest();
            put(store, "b", "others");
            store.freeze(new SnapshotId("one"));
            store.copySnapshot(new SnapshotId("one"), copy, done -> {});
        }
        try (MirrorStore frozen = MirrorStore.openFrozen(MirrorStore.Options.of(copy), Optional.empty())) {
            assertThat(scrub(frozen, LOOK).troubled()).isZero();
            // the copy may share its bytes with the store
            Path file = file(frozen, digest);
            Files.delete(file);
            Files.writeString(file, "sealed bites");
            assertThat(scrub(frozen, LOOK).troubles())
                    .extracting(trouble -> trouble.digest() + " " + trouble.entries())
                    .containsExactly(digest + " [" + key("a") + "]");
            assertThatThrownBy(() -> scrub(frozen, REPAIR)).hasMessageContaining("frozen");
            assertThat(frozen.scrubbed()).isEmpty();
        }
    }

    @Test
    void thereIsOneRunAtATime() {
        try (MirrorStore store = open()) {
            put(store, "a", "bytes");
            store.scrub(LOOK, (text, done, total) -> {
                if (text.startsWith("reading")) {
                    assertThatThrownBy(() -> scrub(store, LOOK)).hasMessageContaining("already");
                }
            });
            assertThat(scrub(store, LOOK).blobs()).isEqualTo(1);
        }
    }

    @Test
    void itReadsNoFasterThanItMay() {
        try (MirrorStore store = open()) {
            for (int i = 0; i < 10; i++) {
                put(store, "a" + i, new byte[20_000 + i], Expectation.NOTHING);
            }
            long begun = System.nanoTime();
            scrub(store, new ScrubOptions(400_000, 3, false, false));
            assertThat((System.nanoTime() - begun) / 1e9).isGreaterThan(0.4);
        }
    }
}
