package dev.permafrost.proxy.repo;

/**
 * What came of a file of a folder that is published.
 *
 * @param anew whether it was read for this; else it is what was found when it was read last, since when it has not changed
 * @param text the same in words
 */
public record Published(Outcome outcome, boolean anew, String text) {
    /** What can come of it. */
    public enum Outcome {
        /** The repository has it. */
        HERE,
        /** The repository does not take it. */
        REFUSED,
        /** Somebody is writing it, or adding another of its name: look again. */
        UNSETTLED
    }
}
