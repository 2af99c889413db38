package dev.permafrost.proxy.admin;

/** Takes word of how far a verb has come. */
@FunctionalInterface
public interface ProgressSink {
    /** Drops everything. */
    ProgressSink NONE = (text, done, total) -> {};

    /**
     * Says how far it is. Never blocks and never fails: a listener that can't keep up misses some.
     *
     * @param text what is being done
     * @param done how much of it is done, in whatever unit the text implies
     * @param total how much there is; 0 where that is not known
     */
    void progress(String text, long done, long total);
}
