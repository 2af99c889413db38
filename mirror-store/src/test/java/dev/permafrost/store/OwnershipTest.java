package dev.permafrost.store;

import static dev.permafrost.store.Stores.bytes;
import static dev.permafrost.store.Stores.key;
import static dev.permafrost.store.Stores.put;
import static dev.permafrost.store.Stores.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Who owns a store, from when to when, and what it says afterwards. */
class OwnershipTest {
    @TempDir
    Path dir;

    @RegisterExtension
    final CheckedStores stores = new CheckedStores();

    private Path root = Path.of("");

    @BeforeEach
    void choose() {
        root = stores.checked(dir.resolve("store"));
    }

    private static void assertKind(FailureKind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    private int openElsewhere() throws Exception {
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LockChild.class.getName(),
                        root.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return child.exitValue();
    }

    /** A POSIX lock goes when any descriptor of its file is closed, so a refused opening must not touch the file. */
    @Test
    void anAttemptFromWithinDoesNotLetOthersIn() throws Exception {
        try (MirrorStore store = Stores.open(root)) {
            assertKind(FailureKind.STORE_LOCKED, () -> Stores.open(root));
            assertThat(openElsewhere()).isEqualTo(LockChild.REFUSED);
            put(store, "a", "a");
        }
        assertThat(openElsewhere()).isEqualTo(LockChild.OPENED);
    }

    @Test
    void anotherWayToTheSameFolderIsTheSameStore() throws Exception {
        try (MirrorStore store = Stores.open(root)) {
            Path link = Files.createSymbolicLink(dir.resolve("link"), root);
            assertKind(FailureKind.STORE_LOCKED, () -> Stores.open(link));
            put(store, "a", "a");
        }
    }

    @Test
    void theIndexAndTheLockStayUntilTheLastReaderHasGone() throws Exception {
        MirrorStore store = Stores.open(root);
        put(store, "a", "a");
        View view = store.view();
        assertThat(view.tryRetain()).isTrue();
        store.close();
        assertThat(view.lookup(key("a"))).isPresent();
        assertKind(FailureKind.SHUTTING_DOWN, () -> store.begin(key("b"), Set.of()));
        assertKind(FailureKind.STORE_LOCKED, () -> Stores.open(root));
        assertThat(openElsewhere()).isEqualTo(LockChild.REFUSED);
        view.release();
        assertThat(view.tryRetain()).isFalse();
        Stores.open(root).close();
    }

    @Test
    void closingTwiceIsClosingOnce() {
        MirrorStore store = Stores.open(root);
        assertThat(store.view().tryRetain()).isTrue();
        store.close();
        store.close();
        assertThat(store.view().references()).isEqualTo(1);
        store.view().release();
    }

    @Test
    void aClosedStoreSaysSo() {
        MirrorStore store = Stores.open(root);
        Incoming commit = store.begin(key("a"), Set.of());
        Incoming suspend = store.begin(key("b"), Set.of());
        Incoming discard = store.begin(key("c"), Set.of());
        store.close();
        assertKind(FailureKind.SHUTTING_DOWN, () -> commit.commit(Expectation.NOTHING, ""));
        assertKind(FailureKind.SHUTTING_DOWN, () -> suspend.suspend("", ""));
        discard.discard();
        assertKind(FailureKind.SHUTTING_DOWN, () -> store.resume(key("a"), Set.of()));
        assertKind(FailureKind.SHUTTING_DOWN, () -> store.freeze(new SnapshotId("x")));
        assertKind(FailureKind.SHUTTING_DOWN, () -> store.putDoc(new DocKey("a", "b", "c"), List.of()));
        assertKind(FailureKind.SHUTTING_DOWN, () -> store.view().lookup(key("a")));
        assertThat(root.resolve("staging")).isEmptyDirectory();
    }

    @Test
    void closingWhileOthersCommitLosesNothingAcknowledged() throws Exception {
        for (int round = 0; round < 5; round++) {
            MirrorStore store = Stores.open(root);
            List<String> acknowledged = Collections.synchronizedList(new ArrayList<>());
            List<Throwable> wrong = Collections.synchronizedList(new ArrayList<>());
            List<Thread> threads = new ArrayList<>();
            CountDownLatch eachHasOne = new CountDownLatch(4);
            for (int i = 0; i < 4; i++) {
                String prefix = round + "-" + i + "-";
                threads.add(new Thread(() -> {
                    try {
                        for (int n = 0; ; n++) {
                            put(store, prefix + n, prefix + n);
                            acknowledged.add(prefix + n);
                            if (n == 0) {
                                eachHasOne.countDown();
                            }
                        }
                    } catch (StoreException e) {
                        if (e.kind() != FailureKind.SHUTTING_DOWN) {
                            wrong.add(e);
                        }
                    } catch (RuntimeException e) {
                        wrong.add(e);
                    }
                }));
            }
            threads.forEach(Thread::start);
            assertThat(eachHasOne.await(30, TimeUnit.SECONDS)).isTrue();
            store.close();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(wrong).isEmpty();
            try (MirrorStore again = Stores.open(root)) {
                acknowledged.forEach(name -> assertThat(text(again, name)).isEqualTo(name));
            }
        }
    }

    @Test
    void aDiskFreshFromMkfsIsAnEmptyFolderAndACrashInTheFirstStepsIsNoObstacle() throws Exception {
        Files.createDirectories(root.resolve("lost+found"));
        Files.writeString(root.resolve(".permafrost-store.next"), "form");
        try (MirrorStore store = Stores.open(root)) {
            put(store, "a", bytes("a").array(), Expectation.NOTHING);
        }
    }

    @Test
    void aMarkerThatSaysNothingIsCorruptAndALaterFormatTooNew() throws Exception {
        Stores.open(root).close();
        Path marker = root.resolve("permafrost-store");
        for (byte[] bad :
                List.of(new byte[0], bytes("format").array(), bytes("format x").array(), new byte[] {-1, -2})) {
            Files.write(marker, bad);
            assertKind(FailureKind.STORE_CORRUPT, () -> Stores.open(root));
        }
        Files.writeString(marker, "format 2\n");
        assertKind(FailureKind.STORE_TOO_NEW, () -> Stores.open(root));
        Files.writeString(marker, "format 1\n");
    }
}
