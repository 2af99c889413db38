package dev.permafrost.store.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.store.blob.FaultyFileOps.Fault;
import dev.permafrost.store.blob.FaultyFileOps.Kind;
import dev.permafrost.store.blob.FaultyFileOps.Operation;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blobs as files, and the order of the steps that make them durable. */
class FileBlobStoreTest extends BlobStoreContract {
    private static final Digest HELLO =
            Digest.sha256("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");

    @TempDir
    Path root;

    private final FaultyFileOps ops = new FaultyFileOps();
    private BlobStore store = new MemoryBlobStore();

    @BeforeEach
    void open() {
        store = new FileBlobStore(root, ops);
    }

    @Override
    BlobStore store() {
        return store;
    }

    private StagedBlob staged(String text) {
        StagedBlob staged = store.stage(Set.of());
        staged.write(bytes(text));
        return staged;
    }

    private Path file() {
        return root.resolve(FileBlobStore.relativePath(HELLO));
    }

    @Test
    void aLinkedFileIsTheBlobItselfAndNobodyMayWriteToIt() throws IOException {
        Path file = Files.writeString(root.resolve("mine"), "hello");
        StagedBlob staged = store.stage(Set.of());
        assertThat(staged.take(file, Taking.LINK)).isEqualTo(Taking.LINK);
        assertThatThrownBy(() -> staged.write(bytes("more"))).isInstanceOf(IllegalStateException.class);
        staged.commit(Expectation.NOTHING);
        assertThat(Files.isSameFile(file, file())).isTrue();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .doesNotContain("w");
        Files.writeString(file, "hellO");
        try (OpenBlob blob = store.open(HELLO)) {
            assertThat(blob.isSound()).as("root may write all the same").isFalse();
        }
    }

    @Test
    void aLinkByASymbolicLinkIsToTheFileBehindIt() throws IOException {
        Path file = Files.writeString(root.resolve("mine"), "hello");
        Path named = Files.createSymbolicLink(root.resolve("named"), file);
        StagedBlob staged = store.stage(Set.of());
        assertThat(staged.take(named, Taking.LINK)).isEqualTo(Taking.LINK);
        staged.commit(Expectation.NOTHING);
        assertThat(Files.isSymbolicLink(file())).isFalse();
        assertThat(file()).hasContent("hello");
    }

    @Test
    void aFileOnAnotherFileSystemIsCopiedAndStaysWritable() throws IOException {
        Path memory = Path.of("/dev/shm");
        assumeTrue(Files.isWritable(memory) && !Files.getFileStore(memory).equals(Files.getFileStore(root)));
        Path file = Files.createTempFile(memory, "permafrost", "");
        try {
            Files.writeString(file, "hello");
            StagedBlob staged = store.stage(Set.of());
            assertThat(staged.take(file, Taking.LINK)).isEqualTo(Taking.COPY);
            staged.commit(Expectation.NOTHING);
            assertThat(file()).hasContent("hello");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .contains("w");
            assertThat(root.resolve("staging")).isEmptyDirectory();
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void theFileIsSyncedBeforeItIsNamedAndItsFolderAfter() {
        staged("hello").commit(Expectation.NOTHING);
        ops.takeAsked();
        store.delete(HELLO);
        ops.takeAsked();
        staged("hello").commit(Expectation.NOTHING);
        Path folder = root.resolve("blobs/sha256/2c/f2");
        List<Operation> asked = ops.takeAsked();
        Path staged = asked.get(0).file();
        assertThat(staged.getParent()).isEqualTo(root.resolve("staging"));
        assertThat(asked)
                .containsExactly(
                        new Operation(Kind.CREATE, staged),
                        new Operation(Kind.WRITE, staged),
                        new Operation(Kind.SYNC, staged),
                        new Operation(Kind.CLOSE, staged),
                        new Operation(Kind.RENAME, staged),
                        new Operation(Kind.SYNC_DIRECTORY, folder));
    }

    @Test
    void everyNewFolderIsMadeDurableInItsParentEvenIfACrashLeftIt() throws IOException {
        Files.createDirectories(file().getParent());
        staged("hello").commit(Expectation.NOTHING);
        assertThat(ops.takeAsked())
                .filteredOn(operation -> operation.kind() == Kind.SYNC_DIRECTORY)
                .extracting(operation -> root.relativize(operation.file()).toString())
                .containsExactly("", "", "blobs", "blobs/sha256", "blobs/sha256/2c", "blobs/sha256/2c/f2");
    }

    @Test
    void aBlobThatIsHeldKeepsItsFileButItsFolderIsSynced() throws IOException {
        staged("hello").commit(Expectation.NOTHING);
        Object inode = Files.getAttribute(file(), "unix:ino");
        ops.takeAsked();
        staged("hello").commit(Expectation.NOTHING);
        assertThat(Files.getAttribute(file(), "unix:ino")).isEqualTo(inode);
        assertThat(ops.takeAsked()).contains(new Operation(Kind.SYNC_DIRECTORY, root.resolve("blobs/sha256/2c/f2")));
        assertThat(root.resolve("staging")).isEmptyDirectory();
    }

    @Test
    void aFileOfTheWrongSizeUnderABlobsNameIsReplaced() throws IOException {
        Files.createDirectories(file().getParent());
        for (String wrong : List.of("", "hell", "hello, world")) {
            Files.writeString(file(), wrong);
            staged("hello").commit(Expectation.NOTHING);
            assertThat(file()).hasContent("hello");
        }
    }

    @Test
    void aBlobWhoseWriteFailedCannotBeCommitted() {
        StagedBlob staged = staged("hel");
        ops.failAt(0, Kind.WRITE, Fault.SHORT);
        assertThatThrownBy(() -> staged.write(bytes("XXXX")))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.DISK_FULL));
        assertThat(staged.writtenBytes()).isEqualTo(3);
        assertThatThrownBy(() -> staged.write(bytes("lo"))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> staged.commit(Expectation.NOTHING)).isInstanceOf(IllegalStateException.class);
        assertThat(list()).isEmpty();
        assertThat(root.resolve("staging")).isEmptyDirectory();
    }

    @Test
    void aBlobWhoseWriteFailedCanBeSuspendedAtItsLastWholeByte() throws IOException {
        StagedBlob staged = staged("hel");
        ops.failAt(0, Kind.WRITE, Fault.SHORT);
        assertThatThrownBy(() -> staged.write(bytes("XXXX"))).hasMessageContaining("staging");
        String name = staged.suspend();
        assertThat(Files.size(root.resolve("staging").resolve(name))).isEqualTo(5);
        StagedBlob again = store.resume(name, staged.writtenBytes(), Set.of());
        again.write(bytes("lo"));
        assertThat(again.commit(Expectation.of(HELLO)).sizeBytes()).isEqualTo(5);
    }

    @Test
    void aFailedSyncDiscardsWhatWasStaged() {
        ops.failAt(0, Kind.SYNC, Fault.IO_ERROR);
        StagedBlob staged = staged("hello");
        assertThatThrownBy(() -> staged.commit(Expectation.of(HELLO)))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.DISK_FAILED));
        assertThat(root.resolve("staging")).isEmptyDirectory();
        assertThat(store.size(HELLO)).isEmpty();
        ops.failAt(0, Kind.SYNC, Fault.IO_ERROR);
        StagedBlob suspended = staged("hello");
        assertThatThrownBy(suspended::suspend).hasMessageContaining("keeping");
        assertThat(root.resolve("staging")).isEmptyDirectory();
    }

    @Test
    void aFailedReHashLeavesTheSuspendedFile() {
        String name = staged("hel").suspend();
        ops.failAt(0, Kind.APPEND, Fault.IO_ERROR);
        assertThatThrownBy(() -> store.resume(name, 3, Set.of())).hasMessageContaining(name);
        assertThat(root.resolve("staging").resolve(name)).hasContent("hel");
    }

    @Test
    void strangeFilesAmongTheBlobsAreNotListed() throws IOException {
        staged("hello").commit(Expectation.NOTHING);
        Files.writeString(root.resolve("blobs/sha256/README"), "hands off");
        Files.writeString(root.resolve("blobs/sha256/2c/notes"), "");
        Files.writeString(file().resolveSibling("z".repeat(64)), "");
        Files.writeString(file().resolveSibling(HELLO.hex() + ".bak"), "");
        assertThat(list()).containsExactly(HELLO);
    }

    @Test
    void aReaderKeepsItsBytesWhenTheBlobIsDeleted() throws IOException {
        staged("hello").commit(Expectation.NOTHING);
        try (OpenBlob open = store.open(HELLO)) {
            store.delete(HELLO);
            assertThat(read(open.channel())).isEqualTo("hello");
        }
    }

    @Test
    void aReaderMayGoOnWhileAnotherGivesItBack() throws IOException {
        staged("hello").commit(Expectation.NOTHING);
        OpenBlob open = store.open(HELLO);
        assertThat(open.tryRetain()).isTrue();
        open.release();
        assertThat(read(open.channel())).isEqualTo("hello");
        open.release();
        assertThat(open.tryRetain()).isFalse();
        assertThat(open.channel().isOpen()).isFalse();
    }

    @Test
    void aGrowingFileIsNeverShownBeyondItsMark() throws Exception {
        StagedBlob staged = store.stage(Set.of());
        Thread writer = new Thread(() -> {
            for (int i = 0; i < 2000; i++) {
                staged.write(bytes("0123456789"));
            }
        });
        writer.start();
        try (FileChannel channel = staged.inspect()) {
            while (writer.isAlive()) {
                long mark = staged.writtenBytes();
                assertThat(channel.size()).isGreaterThanOrEqualTo(mark);
            }
        }
        writer.join();
        assertThat(read(staged.inspect())).isEqualTo("0123456789".repeat(2000));
        staged.discard();
    }
}
