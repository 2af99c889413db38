package dev.permafrost.store;

import static dev.permafrost.store.BundleSites.ONE;
import static dev.permafrost.store.BundleSites.TWO;
import static dev.permafrost.store.BundleSites.answers;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.transfer.BundleImport;
import dev.permafrost.store.transfer.ExportReport;
import dev.permafrost.store.transfer.ImportReport;
import dev.permafrost.store.transfer.ImportReport.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot goes to a store that it has no line to, whole or as what is new, and answers there as it did. */
class BundlesCarrySnapshotsTest {
    @TempDir
    static Path outside;

    @TempDir
    Path dir;

    private BundleSites sites;

    @BeforeAll
    static void fill(@TempDir Path nowhere) {
        BundleSites.in(outside, nowhere).filled();
    }

    @BeforeEach
    void choose() {
        sites = BundleSites.in(outside, dir);
    }

    private void assertSame(SnapshotId id) {
        assertThat(answers(sites.receiver(), id)).isNotEmpty().isEqualTo(answers(sites.sender(), id));
    }

    private String current() {
        try (MirrorStore frozen = MirrorStore.openFrozen(MirrorStore.Options.of(sites.receiver()), Optional.empty())) {
            return frozen.view().snapshot().orElseThrow().name();
        }
    }

    @Test
    void aWholeSnapshotMakesAStoreThatAnswersTheSame() {
        ExportReport sent = sites.export(ONE, sites.bundle("full"));
        assertThat(sent.blobs()).isEqualTo(3);
        assertThat(sent.repositories()).containsExactly("pypi");
        ImportReport got = sites.receive(sites.bundle("full"));
        assertThat(got.outcome()).isEqualTo(Outcome.TAKEN);
        assertThat(got.isCurrent()).isTrue();
        assertThat(got.entriesPut()).isEqualTo(4);
        assertThat(got.blobsTaken()).isEqualTo(3);
        assertThat(got.bytesTaken()).isEqualTo(14);
        assertThat(MirrorStore.isFrozenByNature(sites.receiver())).isTrue();
        StoreInvariants.check(sites.receiver());
        assertSame(ONE);
        assertThat(sites.receiver().resolve(".permafrost-importing")).doesNotExist();
        assertThat(sites.receiver().resolve("snapshots")).isDirectoryContaining(path -> path.endsWith("one"));
    }

    @Test
    void whatIsNewTravelsAlone() throws IOException {
        sites.export(ONE, sites.bundle("full"));
        sites.receive(sites.bundle("full"));
        ExportReport sent = sites.export(TWO, ONE, sites.bundle("delta"));
        assertThat(sent.blobs()).isEqualTo(2);
        assertThat(sent.blobBytes()).isEqualTo(7016);
        assertThat(sent.blobsRemoved()).isEqualTo(2);
        ImportReport got = sites.receive(sites.bundle("delta"));
        assertThat(got.entriesPut()).isEqualTo(2);
        assertThat(got.entriesDeleted()).isEqualTo(2);
        assertThat(current()).isEqualTo("two");
        StoreInvariants.check(sites.receiver());
        assertSame(TWO);
        assertSame(ONE);
        try (var left = Files.list(sites.receiver().resolve("snapshots"))) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("one", "two", ".lock-one", ".lock-two");
        }
    }

    @Test
    void theSameBundleTwiceIsTakenOnce() {
        sites.export(ONE, sites.bundle("full"));
        sites.receive(sites.bundle("full"));
        ImportReport again = sites.receive(sites.bundle("full"));
        assertThat(again.outcome()).isEqualTo(Outcome.THERE_ALREADY);
        assertThat(again.isCurrent()).isTrue();
        assertThat(again.blobsTaken()).isZero();
        StoreInvariants.check(sites.receiver());
    }

    @Test
    void whatIsOlderDoesNotBecomeCurrent() {
        sites.export(ONE, sites.bundle("one"));
        sites.export(TWO, sites.bundle("two"));
        sites.receive(sites.bundle("two"));
        ImportReport older = sites.receive(sites.bundle("one"));
        assertThat(older.isCurrent()).isFalse();
        assertThat(older.blobsTaken()).isEqualTo(2);
        assertThat(current()).isEqualTo("two");
        assertSame(ONE);
    }

    @Test
    void aStoreThatFillsTakesASnapshotBesideWhatItHas() {
        sites.export(ONE, sites.bundle("full"));
        try (MirrorStore store = Stores.open(sites.receiver())) {
            Stores.put(store, "own", "own bytes");
            new BundleImport(
                            store.root(),
                            FileOps.system(),
                            sites.keys(),
                            new BundleImport.Wanted(false, false, false),
                            (text, done, total) -> {},
                            () -> {})
                    .from(List.of(sites.bundle("full")));
            assertThat(Stores.text(store, "own")).isEqualTo("own bytes");
            assertThat(store.snapshots().current()).isEmpty();
        }
        StoreInvariants.check(sites.receiver());
        assertSame(ONE);
        assertThatThrownBy(() -> {
                    sites.export(TWO, sites.bundle("two"));
                    sites.receive(sites.bundle("two"));
                })
                .hasMessageContaining("live index");
    }

    @Test
    void aDryRunReadsAllAndWritesNothing() {
        assertThat(sites.exporting(ONE, null, 0, FileOps.system()).plan().blobs())
                .isEqualTo(3);
        assertThat(sites.bundle("full")).doesNotExist();
        sites.export(ONE, sites.bundle("full"));
        ImportReport told =
                sites.receive(FileOps.system(), new BundleImport.Wanted(true, true, false), sites.bundle("full"));
        assertThat(told.outcome()).isEqualTo(Outcome.CHECKED);
        assertThat(told.entriesPut()).isEqualTo(4);
        assertThat(sites.receiver()).doesNotExist();
    }

    @Test
    void theSumsAreReadBySha256sum() throws Exception {
        sites.export(TWO, sites.bundle("full"));
        Process sums = new ProcessBuilder("sha256sum", "--strict", "-c", "SHA256SUMS")
                .directory(sites.bundle("full").toFile())
                .redirectErrorStream(true)
                .start();
        String told = new String(sums.getInputStream().readAllBytes(), UTF_8);
        assertThat(sums.waitFor()).as(told).isZero();
        try (var files = Files.walk(sites.bundle("full"))) {
            assertThat(told.lines().count())
                    .isEqualTo(files.filter(Files::isRegularFile).count() - 1);
        }
    }

    @Test
    void aBundleIsNotWrittenAmongOtherThings() throws IOException {
        Path home = Files.createDirectories(sites.bundle("home"));
        Files.writeString(home.resolve("thesis.txt"), "precious");
        assertThatThrownBy(() -> sites.export(ONE, home)).hasMessageContaining("thesis.txt");
        sites.export(ONE, sites.bundle("full"));
        assertThatThrownBy(() -> sites.export(ONE, sites.bundle("full"))).hasMessageContaining("not empty");
    }
}
