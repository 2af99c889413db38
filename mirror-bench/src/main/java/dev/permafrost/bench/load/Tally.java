package dev.permafrost.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Tells where an answer ends by counting alone, on one connection with one request at a time. */
interface Tally {
    /** An answer begins with the next byte. */
    void expect();

    /**
     * Counts the buffer's remaining bytes, which come next; its position stays as it may.
     *
     * @return whether the answer is whole
     * @throws IOException if what has come can't be that answer, or nothing was asked for
     */
    boolean take(ByteBuffer bytes) throws IOException;

    /** Whether an answer, or some of it, is still to come. */
    boolean isExpecting();

    /** How much of the answer has come, in words. */
    String progress();
}
