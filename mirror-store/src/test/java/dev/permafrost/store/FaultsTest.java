package dev.permafrost.store;

import static dev.permafrost.store.Stores.bytes;
import static dev.permafrost.store.Stores.key;
import static dev.permafrost.store.Stores.put;
import static dev.permafrost.store.Stores.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.FaultyFileOps;
import dev.permafrost.store.blob.FaultyFileOps.Fault;
import dev.permafrost.store.blob.FaultyFileOps.Kind;
import dev.permafrost.store.blob.FaultyFileOps.Operation;
import dev.permafrost.store.check.CheckProgress;
import dev.permafrost.store.check.GcReport;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every file operation of what a store does is made to fail in every way: the failure is told, nothing bad is kept, nothing
 * good is lost, and once the fault is lifted the store goes on.
 */
class FaultsTest {
    @TempDir
    Path dir;

    /** Something a store does, and what must be true of it if it failed or not. */
    private interface Deed {
        /** Does it; throws if it fails. */
        void run(MirrorStore store);
    }

    private void everyFault(String name, Deed prepare, Deed deed, Deed afterwards) throws IOException {
        everyFault(List.of(Fault.values()), name, prepare, deed, afterwards);
    }

    private void everyFault(List<Fault> faults, String name, Deed prepare, Deed deed, Deed afterwards)
            throws IOException {
        int failed = 0;
        for (Fault fault : faults) {
            for (int n = 0; ; n++) {
                Path root = dir.resolve(name + "-" + fault + "-" + n);
                FaultyFileOps ops = new FaultyFileOps();
                Operation operation;
                try (MirrorStore store = Stores.open(root, ops)) {
                    put(store, "good", "good bytes");
                    prepare.run(store);
                    ops.failAt(n, (Kind) null, fault);
                    int before = ops.failures();
                    StoreException told = tell(store, deed);
                    ops.heal();
                    operation = ops.failed();
                    if (ops.failures() == before || operation == null) {
                        assertThat(told).isNull();
                        afterwards.run(store);
                        break;
                    }
                    failed++;
                    assertTold(told, fault, operation);
                    assertThat(StoreInvariants.violations(store))
                            .as("%s: %s at %s, while open", name, fault, operation)
                            .isEmpty();
                    assertThat(text(store, "good")).isEqualTo("good bytes");
                    deed.run(store);
                    afterwards.run(store);
                    put(store, "more", "more bytes");
                }
                try (MirrorStore store = Stores.open(root)) {
                    assertThat(StoreInvariants.violations(store))
                            .as("%s: %s at %s, reopened", name, fault, operation)
                            .isEmpty();
                    afterwards.run(store);
                    assertThat(text(store, "good")).isEqualTo("good bytes");
                    assertThat(text(store, "more")).isEqualTo("more bytes");
                }
            }
        }
        System.out.println(name + ": " + failed + " faults");
        assertThat(failed).isGreaterThan(3);
    }

    private static @Nullable StoreException tell(MirrorStore store, Deed deed) {
        try {
            deed.run(store);
            return null;
        } catch (StoreException e) {
            return e;
        }
    }

    /** A failure to clean up is only logged; every other one is told, with its kind and its file. */
    private static void assertTold(@Nullable StoreException told, Fault fault, Operation operation) {
        if (told == null) {
            assertThat(operation.kind()).isIn(Kind.DELETE, Kind.CLOSE);
            return;
        }
        assertThat(told.kind())
                .as(told.getMessage())
                .isEqualTo(fault == Fault.IO_ERROR ? FailureKind.DISK_FAILED : FailureKind.DISK_FULL);
        assertThat(told)
                .hasMessageContaining(fault.reason())
                .hasMessageMatching("(?s).*/(staging|journal|snapshots|blobs|current|copy).*");
    }

    @Test
    void everyFaultInACommit() throws IOException {
        everyFault(
                "commit",
                store -> {},
                store -> put(store, "new", "new bytes"),
                store -> assertThat(text(store, "new")).isEqualTo("new bytes"));
    }

    @Test
    void everyFaultInACommitOfBytesThatAreHeld() throws IOException {
        everyFault(
                "held",
                store -> {},
                store -> put(store, "second-name", "good bytes"),
                store -> assertThat(text(store, "second-name")).isEqualTo("good bytes"));
    }

    @Test
    void everyFaultInASuspensionAndInGoingOn() throws IOException {
        everyFault(
                "suspend",
                store -> {},
                store -> {
                    Incoming incoming = store.begin(key("broken"), Set.of());
                    try {
                        incoming.staged().write(bytes("first "));
                        incoming.suspend("http://upstream/broken", "\"v1\"");
                    } finally {
                        incoming.discard();
                    }
                    Incoming again = store.resume(key("broken"), Set.of()).orElseThrow();
                    try {
                        again.staged().write(bytes("second"));
                        again.commit(new Expectation(12, Map.of()), "http://upstream/broken");
                    } finally {
                        again.discard();
                    }
                },
                store -> assertThat(text(store, "broken")).isEqualTo("first second"));
    }

    @Test
    void everyFaultInAFreeze() throws IOException {
        int[] n = {0};
        everyFault(
                "freeze",
                store -> {},
                store -> store.freeze(new SnapshotId("s" + n[0]++)),
                store -> assertThat(store.snapshots().current()).isPresent());
    }

    @Test
    void everyFaultInADrop() throws IOException {
        everyFault(
                List.of(Fault.IO_ERROR),
                "drop",
                store -> {
                    store.freeze(new SnapshotId("old"));
                    put(store, "later", "later");
                    store.freeze(new SnapshotId("new"));
                },
                store -> {
                    if (ids(store).contains("old")) {
                        store.snapshots().drop(new SnapshotId("old"));
                    }
                },
                store -> {
                    assertThat(ids(store)).containsExactly("new");
                    assertThat(store.snapshots().current()).contains(new SnapshotId("new"));
                });
    }

    @Test
    void everyFaultInARollback() throws IOException {
        everyFault(
                List.of(Fault.NO_SPACE),
                "rollback",
                store -> {
                    store.freeze(new SnapshotId("old"));
                    store.freeze(new SnapshotId("new"));
                },
                store -> store.snapshots().rollTo(new SnapshotId("old")),
                store -> {
                    assertThat(ids(store)).containsExactly("old", "new");
                    assertThat(store.snapshots().current()).contains(new SnapshotId("old"));
                });
    }

    private static List<String> ids(MirrorStore store) {
        return store.snapshots().list().stream()
                .map(manifest -> manifest.id().name())
                .toList();
    }

    void everyFaultInTheDeletionOfWhatNothingNames() throws IOException {
        everyFault(
                "gc",
                store -> {
                    for (int i = 0; i < 6; i++) {
                        put(store, "replaced", "bytes " + i);
                    }
                },
                store -> {
                    GcReport report = store.collectGarbage(false, Duration.ZERO, CheckProgress.NONE);
                    assertThat(report.missing()).isZero();
                },
                store -> {
                    assertThat(text(store, "replaced")).isEqualTo("bytes 5");
                    assertThat(store.collectGarbage(true, Duration.ZERO, CheckProgress.NONE)
                                    .deleted())
                            .isZero();
                });
    }

    @Test
    void aCopyThatFailedCanBeMadeAgainInTheSameFolder() throws IOException {
        for (Fault fault : Fault.values()) {
            for (int n = 0; ; n++) {
                Path root = dir.resolve("copied-" + fault + "-" + n);
                Path copy = dir.resolve("copy-" + fault + "-" + n);
                FaultyFileOps ops = new FaultyFileOps();
                try (MirrorStore store = Stores.open(root, ops)) {
                    put(store, "good", "good bytes");
                    put(store, "more", "more bytes");
                    store.freeze(new SnapshotId("one"));
                    ops.failAt(n, (Kind) null, fault);
                    int before = ops.failures();
                    StoreException told = tell(store, s -> s.copySnapshot(new SnapshotId("one"), copy, done -> {}));
                    ops.heal();
                    Operation operation = ops.failed();
                    if (ops.failures() == before || operation == null) {
                        assertThat(told).isNull();
                        break;
                    }
                    boolean whole = MirrorStore.isStore(copy);
                    if (!whole) {
                        assertThat(told).as("%s at %s", fault, operation).isNotNull();
                        assertThatThrownBy(() -> MirrorStore.openFrozen(MirrorStore.Options.of(copy), Optional.empty()))
                                .isInstanceOf(StoreException.class);
                        store.copySnapshot(new SnapshotId("one"), copy, done -> {});
                    }
                }
                assertThat(StoreInvariants.violations(copy)).isEmpty();
                assertThat(MirrorStore.isFrozenByNature(copy)).isTrue();
            }
        }
    }

    @Test
    void everyFaultWhileAStoreIsMadeOrOpened() throws IOException {
        for (Fault fault : List.of(Fault.IO_ERROR, Fault.SHORT)) {
            for (int n = 0; ; n++) {
                Path root = dir.resolve("new-" + fault + "-" + n + "/a/b");
                FaultyFileOps ops = new FaultyFileOps();
                ops.failAt(n, (Kind) null, fault);
                try (MirrorStore store = Stores.open(root, ops)) {
                    put(store, "x", "x");
                } catch (StoreException e) {
                    assertThat(e.kind())
                            .isEqualTo(fault == Fault.IO_ERROR ? FailureKind.DISK_FAILED : FailureKind.DISK_FULL);
                }
                try (MirrorStore store = Stores.open(root)) {
                    put(store, "x", "x");
                    assertThat(StoreInvariants.violations(store)).isEmpty();
                }
                if (ops.failures() == 0) {
                    break;
                }
            }
        }
    }

    @Test
    void aJournalThatFailedGoesOnInANewFileAndLosesNothing() throws IOException {
        Path root = dir.resolve("journal");
        FaultyFileOps ops = new FaultyFileOps();
        try (MirrorStore store = Stores.open(root, ops)) {
            put(store, "a", "a");
            for (Fault fault : List.of(Fault.SHORT, Fault.NO_SPACE)) {
                ops.failAt(0, o -> o.kind() == Kind.WRITE && o.file().toString().endsWith(".log"), fault);
                assertThatThrownBy(() -> put(store, "b", "b"))
                        .hasMessageContaining("journal")
                        .hasMessageContaining("No space");
                put(store, "c" + fault, "c");
            }
        }
        deleteTree(root.resolve("index"));
        try (MirrorStore store = Stores.open(root)) {
            assertThat(text(store, "a")).isEqualTo("a");
            assertThat(text(store, "cSHORT")).isEqualTo("c");
            assertThat(text(store, "cNO_SPACE")).isEqualTo("c");
            assertThat(store.view().lookup(key("b"))).isEmpty();
        }
    }

    static void deleteTree(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }
}
