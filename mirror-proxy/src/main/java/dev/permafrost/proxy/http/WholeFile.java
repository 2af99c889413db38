package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.store.blob.OpenBlob;
import java.nio.channels.FileChannel;

/**
 * A held file, as one that grows no more.
 *
 * @param blob whose references it counts
 */
record WholeFile(OpenBlob blob) implements Tail {
    @Override
    public long lengthBytes() {
        return blob.sizeBytes();
    }

    @Override
    public long readableBytes() {
        return blob.sizeBytes();
    }

    @Override
    public State state() {
        return State.COMPLETE;
    }

    @Override
    public FileChannel channel() {
        return blob.channel();
    }

    @Override
    public Runnable onAdvance(Runnable listener) {
        return () -> {};
    }

    @Override
    public boolean tryRetain() {
        return blob.tryRetain();
    }

    @Override
    public void release() {
        blob.release();
    }
}
