package dev.permafrost.store.model;

import java.util.regex.Pattern;

/**
 * A snapshot's name: 1 to 64 letters, digits, dots, dashes and underscores, beginning with a letter or a digit. Such a
 * name is safe as a folder, in a URL and on a command line. {@code current} is not one: it is the name that moves.
 */
public record SnapshotId(String name) {
    /** The word that means whichever snapshot was frozen or rolled back to last. */
    public static final String CURRENT = "current";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    /**
     * Checks the name.
     *
     * @throws StoreException of kind {@link FailureKind#BAD_REQUEST} for a name outside the pattern
     */
    public SnapshotId {
        if (!isName(name)) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "'" + name + "' can't be a snapshot's name: use 1 to 64 letters, digits, dots, dashes and"
                            + " underscores, beginning with a letter or a digit, and not '" + CURRENT + "'");
        }
    }

    /** Whether a snapshot can have that name. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches() && !name.equals(CURRENT);
    }

    @Override
    public String toString() {
        return name;
    }
}
