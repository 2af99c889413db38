package dev.permafrost.proxy.repo;

/**
 * Takes a body that may break off, on threads that may block, one call at a time. After the last byte {@link #end} is called,
 * or, where that never comes or a call has failed, {@link #abandon}; after either, nothing more.
 */
public interface BodySink extends ByteSink {
    /** That was all of it. */
    void end();

    /** It will never be all of it: forget what came. Never throws. */
    void abandon();
}
