package dev.permafrost.store;

import static dev.permafrost.store.Stores.put;
import static dev.permafrost.store.Stores.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.SnapshotCopy.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What is carried away: copies of snapshots, on every sort of disk, read from one that nobody can write to. */
class CarryTest {
    private static final SnapshotId ONE = new SnapshotId("one");

    @TempDir
    Path dir;

    @RegisterExtension
    final Mount mount = new Mount();

    private Path root = Path.of("");

    @BeforeEach
    void choose() {
        root = dir.resolve("store");
    }

    private static MirrorStore openFrozen(Path folder) {
        return MirrorStore.openFrozen(MirrorStore.Options.of(folder), Optional.empty());
    }

    private Method copy(Path target) {
        try (MirrorStore store = Stores.open(root)) {
            put(store, "a", "a bytes");
            put(store, "b", "b bytes");
            put(store, "b-again", "b bytes");
            store.freeze(ONE);
            put(store, "later", "later bytes");
            return store.copySnapshot(ONE, target, done -> {});
        }
    }

    private static void assertCarried(Path copy) {
        StoreInvariants.check(copy);
        try (MirrorStore frozen = openFrozen(copy)) {
            assertThat(text(frozen, "a")).isEqualTo("a bytes");
            assertThat(text(frozen, "b-again")).isEqualTo("b bytes");
            assertThat(frozen.view().lookup(Stores.key("later"))).isEmpty();
            assertThat(frozen.status().blobs()).isEqualTo(2);
        }
    }

    @Test
    void onTheSameDiskNothingIsCopied() {
        Path copy = dir.resolve("deep/down/copy");
        assertThat(copy(copy)).isIn(Method.HARD_LINK, Method.REFLINK);
        assertCarried(copy);
    }

    @Test
    void toAnotherDiskBytesAreCopied() throws IOException {
        Path disk = mount.tmpfs(dir.resolve("disk"), 32);
        Files.createDirectory(disk.resolve("lost+found"));
        assertThat(copy(disk)).isEqualTo(Method.COPY);
        assertCarried(disk);
    }

    @Test
    void whereTheDiskCanShareBlocksItDoes() throws IOException {
        Path disk = mount.loop(dir.resolve("disk"), "xfs", 320);
        root = disk.resolve("store");
        assertThat(copy(disk.resolve("copy"))).isEqualTo(Method.REFLINK);
        assertCarried(disk.resolve("copy"));
    }

    @Test
    void aFrozenStoreIsServedFromADiskThatCannotBeWrittenTo() throws IOException {
        Path copy = dir.resolve("copy");
        copy(copy);
        Path readOnly = mount.readOnly(copy, dir.resolve("ro"));
        assertThatThrownBy(() -> Files.createFile(readOnly.resolve("x"))).hasMessageContaining("Read-only");
        assertCarried(readOnly);
        assertThatThrownBy(() -> Stores.open(readOnly))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_READ_ONLY));
    }

    @Test
    void aConnectedStoreOnADiskThatCannotBeWrittenToSaysHowToServeIt() throws IOException {
        copy(dir.resolve("copy"));
        Path readOnly = mount.readOnly(root, dir.resolve("ro"));
        assertThatThrownBy(() -> Stores.open(readOnly))
                .hasMessageContaining("--frozen")
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_READ_ONLY));
        try (MirrorStore frozen = openFrozen(readOnly)) {
            assertThat(text(frozen, "a")).isEqualTo("a bytes");
        }
    }

    @Test
    void aCopyCutShortIsNoStoreAndTheNextAttemptFinishesIt() throws IOException {
        Path copy = dir.resolve("copy");
        copy(dir.resolve("elsewhere"));
        try (MirrorStore store = Stores.open(root)) {
            assertThatThrownBy(() -> store.copySnapshot(ONE, copy, done -> {
                        throw new IllegalStateException("pulled out");
                    }))
                    .hasMessage("pulled out");
            assertThat(MirrorStore.isStore(copy)).isFalse();
            assertThatThrownBy(() -> openFrozen(copy))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_MISSING));
            store.copySnapshot(ONE, copy, done -> {});
            assertCarried(copy);
            assertThatThrownBy(() -> store.copySnapshot(ONE, copy, done -> {}))
                    .hasMessageContaining("not empty")
                    .hasMessageContaining("--to");
        }
        assertCarried(copy);
    }

    @Test
    void aFolderWithOtherThingsInItStaysAsItIs() throws IOException {
        Path target = Files.createDirectories(dir.resolve("home"));
        Files.writeString(target.resolve("thesis.txt"), "precious");
        assertThatThrownBy(() -> copy(target)).hasMessageContaining("thesis.txt");
        try (var files = Files.list(target)) {
            assertThat(files.map(Path::getFileName)).containsExactly(Path.of("thesis.txt"));
        }
    }

    @Test
    void anEmptyStoreCanBeFrozenAndCarried() {
        Path copy = dir.resolve("copy");
        try (MirrorStore store = Stores.open(root)) {
            assertThat(store.freeze(ONE).entries()).isZero();
            store.copySnapshot(ONE, copy, done -> {});
        }
        StoreInvariants.check(root);
        StoreInvariants.check(copy);
        try (MirrorStore frozen = openFrozen(copy)) {
            assertThat(frozen.status().blobs()).isZero();
        }
    }

    @Test
    void aDamagedOrMissingBlobIsNotCarriedSilently() throws IOException {
        copy(dir.resolve("good"));
        try (MirrorStore store = Stores.open(root)) {
            Path blob = root.resolve(FileBlobStore.relativePath(
                    store.view().lookup(Stores.key("a")).orElseThrow().digest()));
            Files.delete(blob);
            assertThatThrownBy(() -> store.copySnapshot(ONE, dir.resolve("bad"), done -> {}))
                    .hasMessageContaining(blob.getFileName().toString())
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_CORRUPT));
            assertThat(MirrorStore.isStore(dir.resolve("bad"))).isFalse();
        }
    }
}
