package dev.permafrost.proxy.repo;

import java.nio.ByteBuffer;

/** Takes the bytes of a body, in order, on a thread that may block. */
@FunctionalInterface
public interface ByteSink {
    /** Takes all that remains in the buffer, which is the caller's again when this returns. */
    void write(ByteBuffer bytes);
}
