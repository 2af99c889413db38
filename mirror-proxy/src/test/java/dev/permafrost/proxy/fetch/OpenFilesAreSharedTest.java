package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Records;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is asked for again is open already, and one that had to make room closes when its last reader has gone. */
@SuppressWarnings("NullAway") // what goes wrong here is a failed test
class OpenFilesAreSharedTest {
    @TempDir
    Path data;

    @Test
    void oneDescriptorForAllWhoReadAFile() {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data))) {
            Entry entry = commit(store, 1);
            BlobHandles handles = new BlobHandles(store, 10, Runnable::run);
            assertThat(handles.cached(entry.digest())).isNull();
            OpenBlob one = handles.open(entry);
            OpenBlob two = handles.open(entry);
            OpenBlob three = handles.cached(entry.digest());
            assertThat(one).isSameAs(two).isSameAs(three);
            assertThat(one.references()).isEqualTo(4);
            one.release();
            one.release();
            one.release();
            handles.close();
            assertThat(one.references()).isZero();
            assertThat(one.channel().isOpen()).isFalse();
        }
    }

    @Test
    void eachRepositoryHasAnEqualPartOfThemAndOneAtLeast() {
        FetchConfig all = FetchConfig.defaults();
        assertThat(all.sharedAmong(1)).isEqualTo(all);
        assertThat(all.sharedAmong(3)).isEqualTo(Records.with(all, "openFilesMax", all.openFilesMax() / 3));
        assertThat(all.sharedAmong(10_000).openFilesMax()).isEqualTo(1);
    }

    @Test
    void aReaderKeepsAFileOpenThatHadToMakeRoom() {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data))) {
            BlobHandles handles = new BlobHandles(store, 1, Runnable::run);
            OpenBlob first = handles.open(commit(store, 1));
            for (int i = 2; i < 20; i++) {
                handles.open(commit(store, i)).release();
            }
            handles.close();
            assertThat(first.channel().isOpen()).isTrue();
            assertThat(first.references()).isEqualTo(1);
            first.release();
            assertThat(first.channel().isOpen()).isFalse();
        }
    }

    @Test
    void theBytesOfSmallFilesAreInMemory() {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data));
                BlobHandles handles = new BlobHandles(store, 10, Runnable::run)) {
            byte[] small = new byte[BlobHandles.MEMORY_FILE_BYTES_MAX];
            new Random(7).nextBytes(small);
            try (OpenBlob inMemory = handles.open(commit(store, 1, small));
                    OpenBlob onDisk = handles.open(commit(store, 2, new byte[small.length + 1]));
                    OpenBlob empty = handles.open(commit(store, 3, new byte[0]))) {
                // once may be a scan; twice is worth the memory
                assertThat(inMemory.memory()).isNull();
                for (OpenBlob blob : List.of(inMemory, onDisk, empty)) {
                    try (OpenBlob again = handles.cached(blob.digest())) {
                        assertThat(again).isSameAs(blob);
                    }
                }
                assertThat(inMemory.memory()).isEqualTo(ByteBuffer.wrap(small));
                assertThat(onDisk.memory()).isNull();
                assertThat(empty.memory()).isEqualTo(ByteBuffer.allocate(0));
            }
        }
    }

    /** Direct memory is one for the whole process: 32 MiB of it are for small files. */
    @Test
    void smallFilesTakeNoMoreMemoryThanThereIsForThem() {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data));
                BlobHandles handles = new BlobHandles(store, 10_000, Runnable::run)) {
            int inMemory = 0;
            for (int i = 0; i < 600; i++) {
                byte[] bytes = new byte[BlobHandles.MEMORY_FILE_BYTES_MAX];
                ByteBuffer.wrap(bytes).putInt(i);
                Entry entry = commit(store, i, bytes);
                handles.open(entry).release();
                handles.cached(entry.digest()).release();
                try (OpenBlob blob = handles.cached(entry.digest())) {
                    inMemory += blob.memory() == null ? 0 : 1;
                }
            }
            assertThat(inMemory).isBetween(1, (32 << 20) / BlobHandles.MEMORY_FILE_BYTES_MAX);
        }
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data));
                BlobHandles handles = new BlobHandles(store, 10, Runnable::run)) {
            Entry entry = commit(store, 1, new byte[100]);
            handles.open(entry).release();
            handles.cached(entry.digest()).release();
            try (OpenBlob blob = handles.cached(entry.digest())) {
                assertThat(blob.memory())
                        .as("what was closed gave its room back")
                        .isNotNull();
            }
        }
    }

    private static Entry commit(MirrorStore store, int value) {
        return commit(store, value, new byte[] {(byte) value});
    }

    private static Entry commit(MirrorStore store, int value, byte[] bytes) {
        var incoming = store.begin(new ArtifactKey("pypi", "demo/" + value), Set.of());
        incoming.staged().write(ByteBuffer.wrap(bytes));
        return incoming.commit(Expectation.NOTHING, "http://h/x");
    }
}
