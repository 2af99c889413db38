package dev.permafrost.store;

import static dev.permafrost.store.Stores.key;
import static dev.permafrost.store.Stores.put;
import static dev.permafrost.store.Stores.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Freezing while others commit, freeze, and read what is frozen. */
class FreezeTest {
    private static final int ROUNDS = 10;

    @TempDir
    Path dir;

    @RegisterExtension
    final CheckedStores stores = new CheckedStores();

    private final ExecutorService pool = Executors.newFixedThreadPool(4);
    private Path root = Path.of("");

    @BeforeEach
    void choose() {
        root = stores.checked(dir.resolve("store"));
    }

    @AfterEach
    void stop() {
        pool.shutdownNow();
    }

    @Test
    void whatIsAcknowledgedBeforeAFreezeIsInItWhoeverElseWrites() throws Exception {
        try (MirrorStore store = Stores.open(root)) {
            put(store, "first", "first");
            store.freeze(new SnapshotId("s"));
            Future<?> writer = pool.submit(() -> {
                for (int i = 0; !Thread.currentThread().isInterrupted() && i < 200; i++) {
                    put(store, "w" + i, "w" + i);
                }
            });
            Future<?> reader = pool.submit(() -> {
                for (int i = 0; i < 3 * ROUNDS; i++) {
                    try (MirrorStore frozen = MirrorStore.openFrozen(MirrorStore.Options.of(root), Optional.empty())) {
                        assertThat(text(frozen, "first")).isEqualTo("first");
                        assertThat(frozen.snapshots().list()).isNotEmpty();
                    }
                }
            });
            for (int i = 0; i < ROUNDS; i++) {
                put(store, "mine" + i, "mine" + i);
                SnapshotId id = new SnapshotId("s" + i);
                store.freeze(id);
                try (MirrorStore frozen = MirrorStore.openFrozen(MirrorStore.Options.of(root), Optional.of(id))) {
                    assertThat(text(frozen, "mine" + i)).isEqualTo("mine" + i);
                }
            }
            writer.get();
            reader.get();
        }
    }

    @Test
    void ofManyWhoTakeTheSameNameOneGetsIt() throws Exception {
        try (MirrorStore store = Stores.open(root)) {
            put(store, "a", "a");
            for (int round = 0; round < ROUNDS; round++) {
                SnapshotId id = new SnapshotId("s" + round);
                List<Future<Boolean>> all = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    all.add(pool.submit(() -> {
                        try {
                            return store.freeze(id).entries() == 1;
                        } catch (StoreException e) {
                            assertThat(e.kind()).isEqualTo(FailureKind.STORE_EXISTS);
                            return false;
                        }
                    }));
                }
                int got = 0;
                for (Future<Boolean> one : all) {
                    got += one.get() ? 1 : 0;
                }
                assertThat(got).isEqualTo(1);
            }
        }
    }

    @Test
    void manyCommitTheSameBytesUnderTheirOwnKeysAtOnce() throws Exception {
        try (MirrorStore store = Stores.open(root)) {
            for (int round = 0; round < ROUNDS; round++) {
                String content = "round " + round;
                List<Future<?>> all = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    String name = round + "/" + i;
                    all.add(pool.submit(() -> put(store, name, content)));
                }
                for (Future<?> one : all) {
                    one.get();
                }
                for (int i = 0; i < 4; i++) {
                    assertThat(text(store, round + "/" + i)).isEqualTo(content);
                }
            }
            assertThat(store.status().blobs()).isEqualTo(ROUNDS);
            assertThat(root.resolve("staging")).isEmptyDirectory();
        }
    }

    @Test
    void aListThatWasChangedIsNotedBeforeItIsCarried() throws Exception {
        try (MirrorStore store = Stores.open(root)) {
            put(store, "a", "a");
            SnapshotId id = new SnapshotId("s");
            store.freeze(id);
            Path list = root.resolve("snapshots/s/blobs.lst");
            String good = Files.readString(list);
            Files.writeString(list, good.replace(" 1\n", " 01\n"));
            assertThatThrownBy(() -> store.copySnapshot(id, dir.resolve("copy"), done -> {}))
                    .hasMessageContaining("blobs.lst")
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_CORRUPT));
            assertThat(MirrorStore.isStore(dir.resolve("copy"))).isFalse();
            Files.writeString(list, good);
            assertThat(store.view().lookup(key("a"))).isPresent();
        }
    }
}
