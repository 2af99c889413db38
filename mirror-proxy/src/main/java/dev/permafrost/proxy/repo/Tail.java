package dev.permafrost.proxy.repo;

import java.nio.channels.FileChannel;

/**
 * A file that grows while it is read. Its readers never see its last byte before all of it has been verified: whoever got
 * them all has the right bytes. Reference-counted by {@link #tryRetain} and {@link #release}.
 */
public interface Tail {
    /** Whether more is to come. */
    enum State {
        /** More is to come. */
        GROWING,
        /** All of it is here and verified. */
        COMPLETE,
        /** It will never be complete; readers must make their clients know it. */
        FAILED
    }

    /** Its length in bytes, -1 where it is not known before the end. */
    long lengthBytes();

    /** How many bytes may be read at this moment; never falls. Read {@link #state} before it, not after. */
    long readableBytes();

    /** Whether more is to come. */
    State state();

    /** The file; read it by position only, and not beyond {@link #readableBytes}. */
    FileChannel channel();

    /**
     * Has a listener called, on any thread, after more has become readable (at most each 256 KiB or 50 ms) and after the state
     * has changed.
     *
     * @return what ends it
     */
    Runnable onAdvance(Runnable listener);

    /** Takes a reference; false if it is closed. */
    boolean tryRetain();

    /** Gives a reference back. */
    void release();
}
