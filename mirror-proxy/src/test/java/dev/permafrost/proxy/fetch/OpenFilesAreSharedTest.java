package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file that is asked for again is open already, and one that had to make room closes when its last reader has gone. */
class OpenFilesAreSharedTest {
    @TempDir
    Path data;

    @Test
    void oneDescriptorForAllWhoReadAFile() {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data))) {
            Entry entry = commit(store, 1);
            BlobHandles handles = new BlobHandles(store, 10);
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
    void aReaderKeepsAFileOpenThatHadToMakeRoom() {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data))) {
            BlobHandles handles = new BlobHandles(store, 1);
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
                BlobHandles handles = new BlobHandles(store, 10)) {
            byte[] small = new byte[BlobHandles.MEMORY_FILE_BYTES_MAX];
            new Random(7).nextBytes(small);
            try (OpenBlob inMemory = handles.open(commit(store, 1, small));
                    OpenBlob onDisk = handles.open(commit(store, 2, new byte[small.length + 1]));
                    OpenBlob empty = handles.open(commit(store, 3, new byte[0]))) {
                assertThat(inMemory.memory()).isEqualTo(ByteBuffer.wrap(small));
                assertThat(onDisk.memory()).isNull();
                assertThat(empty.memory()).isEqualTo(ByteBuffer.allocate(0));
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
