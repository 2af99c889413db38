package dev.permafrost.proxy.http;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A Unix socket to listen at.
 *
 * @param path the socket's file, absolute
 * @param mode who may connect: whoever may write to the file
 */
public record UnixAddress(Path path, Set<PosixFilePermission> mode) implements Endpoint {
    static final String SCHEME = "unix:";
    /** The system's limit. */
    private static final int PATH_BYTES_MAX = 107;

    private static final Set<PosixFilePermission> DEFAULT_MODE = PosixFilePermissions.fromString("rw-rw----");
    private static final Pattern MODE = Pattern.compile("0?[0-7]{3}");

    /** Copies the set. */
    public UnixAddress {
        mode = Collections.unmodifiableSet(EnumSet.copyOf(mode));
    }

    /**
     * Reads {@code unix:/path}, with mode 0660.
     *
     * @throws IllegalArgumentException for anything else, saying what is wrong and what was expected
     */
    public static UnixAddress parse(String text) {
        String file = text.substring(SCHEME.length());
        Path path;
        try {
            path = Path.of(file);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("is not a path (" + e.getReason() + ")", e);
        }
        if (!path.isAbsolute()) {
            throw new IllegalArgumentException(
                    "is not absolute; write unix: and the whole path, such as" + " unix:/run/permafrost/http.sock");
        }
        if (file.getBytes(StandardCharsets.UTF_8).length > PATH_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "is longer than the " + PATH_BYTES_MAX + " bytes that the system allows for a socket");
        }
        return new UnixAddress(path, DEFAULT_MODE);
    }

    /**
     * Reads a mode such as 0660.
     *
     * @throws IllegalArgumentException for anything else, and for a mode by which nobody could connect
     */
    public static Set<PosixFilePermission> mode(String text) {
        int bits = MODE.matcher(text).matches() ? Integer.parseInt(text, 8) : 0;
        Set<PosixFilePermission> mode = EnumSet.noneOf(PosixFilePermission.class);
        int bit = 0400;
        // they are listed from the owner's reading to the others' executing, as the bits are from the left
        for (PosixFilePermission permission : PosixFilePermission.values()) {
            if ((bits & bit) != 0) {
                mode.add(permission);
            }
            bit >>= 1;
        }
        if (!mode.contains(PosixFilePermission.OWNER_WRITE)) {
            throw new IllegalArgumentException(
                    "is not a mode by which its owner may connect; write one such as \"0660\"");
        }
        return mode;
    }

    /** The same, for those that the mode permits. */
    public UnixAddress withMode(Set<PosixFilePermission> permitted) {
        return new UnixAddress(path, permitted);
    }

    /** The form that {@link #parse} reads. */
    @Override
    public String toString() {
        return SCHEME + path;
    }
}
