package dev.permafrost.store;

import static dev.permafrost.store.Stores.put;
import static dev.permafrost.store.Stores.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.Snapshots;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot is deleted for good where that takes nothing from anybody, and the name that moves goes back and forward. */
class SnapshotsAreDroppedTest {
    private static final SnapshotId OLD = new SnapshotId("old");
    private static final SnapshotId NEW = new SnapshotId("new");

    @TempDir
    Path dir;

    @RegisterExtension
    final CheckedStores stores = new CheckedStores();

    private Path root = Path.of("");
    private MirrorStore store;
    private Snapshots snapshots;

    @BeforeEach
    void freezeTwice() {
        root = stores.checked(dir.resolve("store"));
        store = Stores.open(root);
        snapshots = store.snapshots();
        put(store, "a", "a");
        store.freeze(OLD);
        put(store, "b", "b");
        store.freeze(NEW);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private MirrorStore frozen(SnapshotId id) {
        return MirrorStore.openFrozen(MirrorStore.Options.of(root), Optional.of(id));
    }

    private static void assertRefused(FailureKind kind, String why, ThrowingCallable call) {
        assertThatThrownBy(call)
                .hasMessageContaining(why)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void oneThatIsDroppedIsGoneAndItsNameIsFree() throws Exception {
        snapshots.drop(OLD);
        assertThat(root.resolve("snapshots/old")).doesNotExist();
        assertRefused(FailureKind.STORE_MISSING, "it has: new", () -> frozen(OLD));
        assertRefused(FailureKind.STORE_MISSING, "it has: new", () -> snapshots.drop(OLD));
        try (var left = Files.list(root.resolve("snapshots"))) {
            assertThat(left.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder("new", ".lock-new");
        }
        store.freeze(OLD);
        try (MirrorStore again = frozen(OLD)) {
            assertThat(text(again, "b")).isEqualTo("b");
        }
    }

    @Test
    void theCurrentOneStaysAndSoDoesOneThatIsPinned() {
        assertRefused(FailureKind.BAD_REQUEST, "is the current one", () -> snapshots.drop(NEW));
        snapshots.pin(OLD);
        snapshots.pin(OLD);
        assertRefused(FailureKind.BAD_REQUEST, "permafrost snapshot unpin old", () -> snapshots.drop(OLD));
        snapshots.unpin(OLD);
        snapshots.unpin(OLD);
        snapshots.drop(OLD);
        assertRefused(FailureKind.STORE_MISSING, "there is no snapshot 'old'", () -> snapshots.pin(OLD));
        assertRefused(FailureKind.STORE_MISSING, "there is no snapshot 'old'", () -> snapshots.unpin(OLD));
    }

    @Test
    void oneThatIsReadHereStaysUntilItsLastReaderHasGone() {
        MirrorStore one = frozen(OLD);
        MirrorStore other = frozen(OLD);
        one.close();
        assertRefused(FailureKind.STORE_LOCKED, "is being read by this process", () -> snapshots.drop(OLD));
        assertThat(text(other, "a")).isEqualTo("a");
        other.close();
        snapshots.drop(OLD);
    }

    @Test
    void oneThatAnotherProcessReadsStaysUntilThatHasEnded() throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ReaderChild.class.getName(),
                        root.toString(),
                        OLD.name())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            BufferedReader said =
                    new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
            assertThat(said.readLine()).isEqualTo("open");
            // a reader of ours that comes and goes does not give up what the other one holds
            frozen(OLD).close();
            assertRefused(FailureKind.STORE_LOCKED, "--frozen", () -> snapshots.drop(OLD));
            child.getOutputStream().close();
            assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            child.destroyForcibly();
        }
        snapshots.drop(OLD);
    }

    @Test
    void theNameThatMovesGoesBackAndForward() {
        assertThat(snapshots.rollTo(OLD).id()).isEqualTo(OLD);
        try (MirrorStore current = MirrorStore.openFrozen(MirrorStore.Options.of(root), Optional.empty())) {
            assertThat(current.view().snapshot()).contains(OLD);
            assertThat(current.view().lookup(Stores.key("b"))).isEmpty();
        }
        assertRefused(FailureKind.BAD_REQUEST, "is the current one", () -> snapshots.drop(OLD));
        snapshots.rollTo(NEW);
        assertThat(snapshots.current()).contains(NEW);
        assertRefused(FailureKind.STORE_MISSING, "it has: new, old", () -> snapshots.rollTo(new SnapshotId("none")));
        assertThat(snapshots.current()).contains(NEW);
    }

    @Test
    void oneThatCannotBeOpenedDoesNotBecomeTheCurrentOneAndCanBeDropped() throws Exception {
        Files.delete(root.resolve("snapshots/old/index/CURRENT"));
        assertThatThrownBy(() -> snapshots.rollTo(OLD)).isInstanceOf(StoreException.class);
        assertThat(snapshots.current()).contains(NEW);
        Files.writeString(root.resolve("snapshots/old/manifest.json"), "{");
        snapshots.drop(OLD);
        assertThat(root.resolve("snapshots/old")).doesNotExist();
    }

    @Test
    void whatADropThatWasCutShortLeftIsGoneAfterTheNextStart() throws Exception {
        store.close();
        Files.move(root.resolve("snapshots/old"), root.resolve("snapshots/.dropping-old"));
        store = Stores.open(root);
        assertThat(root.resolve("snapshots/.dropping-old")).doesNotExist();
        assertThat(root.resolve("snapshots/.lock-old")).doesNotExist();
        assertThat(store.snapshots().list()).hasSize(1);
    }

    @Test
    void aSnapshotsOwnBytesAreThoseThatNothingElseHas() {
        assertThat(snapshots.size(OLD).ownBytes()).isPositive();
        assertThat(store.soleBlobs(OLD).blobs()).isZero();
        store.amend(() -> new Amendment(Map.of(), Map.of(), Set.of(Stores.key("a"), Stores.key("b"))));
        assertThat(store.soleBlobs(OLD).blobs()).isZero();
        assertThat(store.soleBlobs(NEW).blobs()).isEqualTo(1);
        assertThat(store.soleBlobs(NEW).bytes()).isEqualTo(1);
        snapshots.drop(OLD);
        assertThat(store.soleBlobs(NEW).blobs()).isEqualTo(2);
    }
}
