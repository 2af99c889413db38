package dev.permafrost.proxy.format.yum.rpm;

import java.util.function.IntConsumer;

/**
 * The memory that what one package says may take, all lists and all that is kept to make them together. Headers say much in few bytes, since
 * entries may share them, and folders are said once for many files; so what comes of a header is counted, not what it has.
 */
final class Allowance {
    /** Most bytes of a package; the largest known ones take 20 MiB, and whoever reads lists takes no longer element. */
    static final int BYTES_MAX = 64 << 20;

    /** What a string that is kept takes besides its characters, with what it is kept in. */
    private static final int STRING_BYTES = 72;

    private static final int STEP_BYTES = 256 << 10;

    private final String title;
    private final IntConsumer admission;
    private long taken;
    private long admitted;

    /**
     * The one of a package.
     *
     * @param title which file it is of, as a message may say it
     * @param admission is told of bytes before they are taken, and may wait until there are so many
     */
    Allowance(String title, IntConsumer admission) {
        this.title = title;
        this.admission = admission;
    }

    /** Takes bytes. */
    void take(long bytes) throws BadRpmException {
        if (bytes > BYTES_MAX - taken) {
            throw BadRpmException.tooLarge(title, "what it says would be more than " + BYTES_MAX + " bytes of lists");
        }
        taken += bytes;
        if (taken > admitted) {
            int step = (int) Math.max(STEP_BYTES, taken - admitted);
            admitted += step;
            admission.accept(step);
        }
    }

    /** Takes what a string takes, that is kept. */
    void takeString(String text) throws BadRpmException {
        take(STRING_BYTES + 2L * text.length());
    }

    /** Gives back bytes that were taken and not used. */
    void giveBack(long bytes) {
        taken -= bytes;
    }
}
