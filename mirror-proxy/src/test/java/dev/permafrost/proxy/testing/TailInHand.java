package dev.permafrost.proxy.testing;

import dev.permafrost.proxy.repo.Tail;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A growing file that grows, on the caller's thread, as it is told to. It counts its references, of which it has one of its own. */
public final class TailInHand implements Tail {
    private final long lengthBytes;
    private final @Nullable FileChannel channel;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private State state = State.GROWING;
    private long readable;
    private int references = 1;

    /**
     * One of which nothing has come yet.
     *
     * @param lengthBytes its length, -1 where that is not known before the end
     * @param channel its bytes; null where nobody reads them
     */
    public TailInHand(long lengthBytes, @Nullable FileChannel channel) {
        this.lengthBytes = lengthBytes;
        this.channel = channel;
    }

    /** Has so many bytes readable from now on, and is in that state, of which its listeners are told. */
    public void grow(long toBytes, State then) {
        readable = toBytes;
        state = then;
        listeners.forEach(Runnable::run);
    }

    /** How many listen. */
    public int listeners() {
        return listeners.size();
    }

    /** How many references are out, its own among them. */
    public int references() {
        return references;
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
    }

    @Override
    public long readableBytes() {
        return readable;
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public FileChannel channel() {
        if (channel == null) {
            throw new AssertionError("nobody was to read it");
        }
        return channel;
    }

    @Override
    public Runnable onAdvance(Runnable listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public boolean tryRetain() {
        references++;
        return true;
    }

    @Override
    public void release() {
        references--;
    }
}
