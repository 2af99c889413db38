package dev.permafrost.store;

import static dev.permafrost.store.BundleSites.ONE;
import static dev.permafrost.store.BundleSites.TWO;
import static dev.permafrost.store.BundleSites.answers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.transfer.BundleImport;
import dev.permafrost.store.transfer.ExportReport;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bundle on several volumes, or through a pipe. */
class BundlesComeInPartsTest {
    private static final SnapshotId LARGE = new SnapshotId("large");
    private static final SnapshotId TWENTY = new SnapshotId("twenty");
    private static final long VOLUME_BYTES = 1 << 20;

    @TempDir
    static Path outside;

    @TempDir
    Path dir;

    private BundleSites sites;

    @BeforeAll
    static void fill(@TempDir Path nowhere) {
        BundleSites sites = BundleSites.in(outside, nowhere).filled();
        try (MirrorStore store = Stores.open(sites.sender())) {
            Random random = new Random(7);
            for (int i = 0; i < 20; i++) {
                byte[] content = new byte[100_000 + random.nextInt(60_000)];
                random.nextBytes(content);
                Stores.put(store, "large-" + i, content, Expectation.NOTHING);
            }
            store.freeze(TWENTY);
            // more than one volume takes
            byte[] content = new byte[2_500_000];
            random.nextBytes(content);
            Stores.put(store, "largest", content, Expectation.NOTHING);
            store.freeze(LARGE);
        }
    }

    @BeforeEach
    void choose() {
        sites = BundleSites.in(outside, dir);
    }

    private void assertSame(SnapshotId id) {
        StoreInvariants.check(sites.receiver());
        assertThat(answers(sites.receiver(), id)).isEqualTo(answers(sites.sender(), id));
    }

    @Test
    void volumesAreTakenInAnyOrder() throws IOException {
        ExportReport sent =
                sites.exporting(LARGE, null, VOLUME_BYTES, FileOps.system()).to(sites.bundle("parts"));
        assertThat(sent.volumes()).isGreaterThan(4);
        for (int volume = 1; volume <= sent.volumes(); volume++) {
            try (Stream<Path> files = Files.walk(sites.bundle("parts").resolve("volume-" + volume))) {
                assertThat(files.filter(Files::isRegularFile)
                                .mapToLong(file -> file.toFile().length())
                                .sum())
                        .isLessThanOrEqualTo(VOLUME_BYTES);
            }
        }
        Path[] backwards = new Path[sent.volumes()];
        for (int volume = 1; volume <= sent.volumes(); volume++) {
            backwards[sent.volumes() - volume] = sites.bundle("parts").resolve("volume-" + volume);
        }
        Path[] without =
                Stream.of(backwards).filter(path -> !path.endsWith("volume-2")).toArray(Path[]::new);
        assertThatThrownBy(() -> sites.receive(without))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("volume 2 of the bundle is missing");
        assertThat(MirrorStore.isStore(sites.receiver())).isFalse();
        assertThat(sites.receive(backwards).blobsTaken()).isLessThan(sent.blobs());
        assertSame(LARGE);
    }

    @Test
    void volumesAreTakenOneAfterTheOther() throws IOException {
        ExportReport sent =
                sites.exporting(TWENTY, null, VOLUME_BYTES, FileOps.system()).to(sites.bundle("parts"));
        assertThat(sent.volumes()).isGreaterThan(2);
        for (int volume = sent.volumes(); volume > 1; volume--) {
            Path alone = sites.bundle("parts").resolve("volume-" + volume);
            assertThatThrownBy(() -> sites.receive(alone))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("volume 1 of the bundle is missing");
            FaultsTest.deleteTree(alone);
        }
        sites.receive(sites.bundle("parts"));
        assertSame(TWENTY);
    }

    @Test
    void aFolderWithAllVolumesWillDo() {
        sites.exporting(LARGE, null, VOLUME_BYTES, FileOps.system()).to(sites.bundle("parts"));
        sites.receive(sites.bundle("parts"));
        assertSame(LARGE);
    }

    @Test
    void volumesOfTwoBundlesAreNotMixed() {
        sites.export(ONE, sites.bundle("one"));
        sites.export(TWO, sites.bundle("two"));
        assertThatThrownBy(() -> sites.receive(sites.bundle("one"), sites.bundle("two")))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("not of the same bundle");
    }

    @Test
    void aPipeCarriesTheSameAsATarArchive() throws Exception {
        ByteArrayOutputStream pipe = new ByteArrayOutputStream();
        sites.exporting(LARGE, null, 0, FileOps.system()).to(pipe);
        ReceivingStore.take(
                sites.receiver(),
                FileOps.system(),
                sites.keys(),
                BundleImport.Wanted.ALL,
                (text, done, total) -> {},
                arriving -> arriving.from(new ByteArrayInputStream(pipe.toByteArray())));
        assertSame(LARGE);
        Path unpacked = Files.createDirectories(dir.resolve("unpacked"));
        Process tar = new ProcessBuilder("tar", "-x", "-C", unpacked.toString())
                .redirectErrorStream(true)
                .start();
        try (var in = tar.getOutputStream()) {
            in.write(pipe.toByteArray());
        }
        assertThat(tar.waitFor()).isZero();
        FaultsTest.deleteTree(sites.receiver());
        sites.receive(unpacked);
        assertSame(LARGE);
    }

    @Test
    void aPipeThatBreaksLeavesNoStoreAndTheNextGoesOn() throws IOException {
        ByteArrayOutputStream pipe = new ByteArrayOutputStream();
        sites.exporting(LARGE, null, 0, FileOps.system()).to(pipe);
        byte[] all = pipe.toByteArray();
        for (int cut : new int[] {0, 300, 5_000, all.length / 3, all.length - 40_000}) {
            assertThatThrownBy(() -> receive(Arrays.copyOf(all, cut)))
                    .as("after %d of %d", cut, all.length)
                    .isInstanceOf(StoreException.class);
            assertThat(MirrorStore.isStore(sites.receiver())).isFalse();
        }
        receive(all);
        assertSame(LARGE);
    }

    private void receive(byte[] pipe) {
        ReceivingStore.take(
                sites.receiver(),
                FileOps.system(),
                sites.keys(),
                BundleImport.Wanted.ALL,
                (text, done, total) -> {},
                arriving -> arriving.from(new ByteArrayInputStream(pipe)));
    }
}
