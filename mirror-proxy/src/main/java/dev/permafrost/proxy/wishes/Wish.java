package dev.permafrost.proxy.wishes;

import dev.permafrost.proxy.repo.PlainText;
import java.time.Instant;

/**
 * Something that clients asked for where it is not held and nothing is fetched.
 *
 * @param repository of which
 * @param what as its {@link dev.permafrost.proxy.repo.Format} has it: a project, a file's name, a path, a package
 * @param times how many times it was asked for; 0 where somebody has added it by hand
 * @param first when it was asked for first
 * @param last when it was asked for last
 * @param clients about how many addresses have asked
 */
public record Wish(String repository, String what, long times, Instant first, Instant last, long clients) {
    /** Most characters of a wish. What is longer nobody has. */
    public static final int CHARS_MAX = 512;

    /** Whether a text can be a wish: one line of some length. */
    public static boolean isOne(String what) {
        return !what.isBlank()
                && what.length() <= CHARS_MAX
                && what.chars().noneMatch(c -> PlainText.isInvisible((char) c) || Character.isSurrogate((char) c));
    }

    /** Its repository and itself, with a colon between. */
    public String title() {
        return repository + ":" + what;
    }
}
