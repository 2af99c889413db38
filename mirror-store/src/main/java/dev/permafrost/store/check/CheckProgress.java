package dev.permafrost.store.check;

/** Takes word of how far something has come. */
@FunctionalInterface
public interface CheckProgress {
    /** Drops everything. */
    CheckProgress NONE = (text, done, total) -> {};

    /**
     * Says how far it is; must be quick.
     *
     * @param text what is being done
     * @param done how much of it is done, in the unit that the text implies
     * @param total how much there is; 0 where that is not known
     */
    void tell(String text, long done, long total);
}
