package dev.permafrost.proxy.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Collects what is wrong with a configuration, so that all of it is reported at once. */
final class Problems {
    private static final int PROBLEMS_MAX = 100;
    private static final int VALUE_LENGTH_MAX = 200;
    private static final Pattern USERINFO = Pattern.compile("(?s)^([^/@]*//)?.*@");

    private final List<String> found = new ArrayList<>();

    /** Notes a problem: where it was written, the key's dotted path (empty for the whole), what is wrong. */
    void add(String origin, String path, String message) {
        if (found.size() < PROBLEMS_MAX) {
            found.add(origin + ": " + (path.isEmpty() ? "" : printable(path) + ": ") + message);
        }
    }

    /**
     * Ends the reading.
     *
     * @throws ConfigException if anything was noted
     */
    void throwIfAny() {
        if (!found.isEmpty()) {
            throw new ConfigException(found);
        }
    }

    /** A value as it may be shown: quoted, on one line, not endless, without the password of a URL. */
    static String quoted(String value) {
        String masked = USERINFO.matcher(value).replaceAll("$1***@");
        boolean isLong = masked.length() > VALUE_LENGTH_MAX;
        return '"' + printable(isLong ? masked.substring(0, VALUE_LENGTH_MAX) + "…" : masked) + '"';
    }

    private static String printable(String text) {
        return text.codePoints()
                .map(c -> Character.isISOControl(c) ? '\uFFFD' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
