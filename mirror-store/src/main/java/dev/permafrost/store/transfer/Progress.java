package dev.permafrost.store.transfer;

/** Takes word of how far a transfer is; never blocks and never fails. */
@FunctionalInterface
public interface Progress {
    /** Drops everything. */
    Progress NONE = (text, done, total) -> {};

    /**
     * Says how far it is.
     *
     * @param text what is being done
     * @param done how much of it is done, in bytes where there is a total
     * @param total how much there is; 0 where that is not known
     */
    void at(String text, long done, long total);
}
