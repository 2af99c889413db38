package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import java.nio.ByteBuffer;
import java.nio.file.Path;
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

    private static Entry commit(MirrorStore store, int value) {
        var incoming = store.begin(new ArtifactKey("pypi", "demo/" + value), Set.of());
        incoming.staged().write(ByteBuffer.wrap(new byte[] {(byte) value}));
        return incoming.commit(Expectation.NOTHING, "http://h/x");
    }
}
