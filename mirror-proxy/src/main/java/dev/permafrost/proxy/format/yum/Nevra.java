package dev.permafrost.proxy.format.yum;

import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What identifies a package: name, epoch, version, release, architecture.
 *
 * @param epoch 0 where none is said
 */
record Nevra(String name, long epoch, String version, String release, String arch) {
    /** By epoch, version and release, as rpm compares them, the oldest first; two may be neither newer without being equal. */
    static final Comparator<Nevra> BY_AGE = Comparator.<Nevra>comparingLong(Nevra::epoch)
            .thenComparing(Nevra::version, Nevra::compareVersions)
            .thenComparing(Nevra::release, Nevra::compareVersions);

    private static final String SUFFIX = ".rpm";
    private static final long EPOCH_MAX = (1L << 32) - 1;

    /**
     * A package by the name of its file, {@code name-version-release.arch.rpm}, or the same without the suffix; an epoch may be before the
     * version or the name, with a colon. Empty where it is no such name.
     */
    static Optional<Nevra> parse(String text) {
        String rest = text.endsWith(SUFFIX) ? text.substring(0, text.length() - SUFFIX.length()) : text;
        int dot = rest.lastIndexOf('.');
        int dash = dot < 0 ? -1 : rest.lastIndexOf('-', dot);
        int dashBefore = dash <= 0 ? -1 : rest.lastIndexOf('-', dash - 1);
        if (dashBefore < 0) {
            return Optional.empty();
        }
        String name = rest.substring(0, dashBefore);
        String version = rest.substring(dashBefore + 1, dash);
        String release = rest.substring(dash + 1, dot);
        String arch = rest.substring(dot + 1);
        String epoch = "0";
        if (version.indexOf(':') >= 0) {
            epoch = version.substring(0, version.indexOf(':'));
            version = version.substring(epoch.length() + 1);
        } else if (name.indexOf(':') >= 0) {
            epoch = name.substring(0, name.indexOf(':'));
            name = name.substring(epoch.length() + 1);
        }
        OptionalLong number = epoch(epoch);
        if (number.isEmpty() || name.isEmpty() || version.isEmpty() || release.isEmpty() || arch.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Nevra(name, number.getAsLong(), version, release, arch));
    }

    /** An epoch as it is written, which is a number of 32 bits; empty for anything else. */
    static OptionalLong epoch(String text) {
        OptionalLong number = text.indexOf('.') >= 0 ? OptionalLong.empty() : Numbers.parse(text);
        return number.isPresent() && number.getAsLong() > EPOCH_MAX ? OptionalLong.empty() : number;
    }

    /**
     * Compares two versions, or two releases, as rpm does: by runs of digits and of letters, a number being newer than a word; {@code ~} is
     * older than the end, {@code ^} newer than the end but older than anything else; all other characters only separate.
     *
     * @return less than, equal to or more than 0 as the first is older than, as old as or newer than the other
     */
    static int compareVersions(String a, String b) {
        int i = 0;
        int j = 0;
        while (i < a.length() || j < b.length()) {
            i = skipSeparators(a, i);
            j = skipSeparators(b, j);
            char first = at(a, i);
            char second = at(b, j);
            if (first == '~' || second == '~') {
                if (first != second) {
                    return first == '~' ? -1 : 1;
                }
                i++;
                j++;
                continue;
            }
            if (first == '^' || second == '^') {
                if (first != second) {
                    return caret(first, second);
                }
                i++;
                j++;
                continue;
            }
            if (i == a.length() || j == b.length()) {
                break;
            }
            boolean isNumber = isDigit(first);
            int end = endOfRun(a, i, isNumber);
            int otherEnd = endOfRun(b, j, isNumber);
            if (j == otherEnd) {
                return isNumber ? 1 : -1;
            }
            int order = isNumber
                    ? compareNumbers(a.substring(i, end), b.substring(j, otherEnd))
                    : a.substring(i, end).compareTo(b.substring(j, otherEnd));
            if (order != 0) {
                return order;
            }
            i = end;
            j = otherEnd;
        }
        return Boolean.compare(i < a.length(), j < b.length());
    }

    /** One of the two is a caret; 0 stands for the end. */
    private static int caret(char first, char second) {
        if (first == 0) {
            return -1;
        }
        if (second == 0) {
            return 1;
        }
        return first == '^' ? -1 : 1;
    }

    private static int compareNumbers(String a, String b) {
        String one = withoutZeros(a);
        String two = withoutZeros(b);
        return one.length() == two.length() ? one.compareTo(two) : Integer.compare(one.length(), two.length());
    }

    private static String withoutZeros(String digits) {
        int start = 0;
        while (start < digits.length() && digits.charAt(start) == '0') {
            start++;
        }
        return digits.substring(start);
    }

    private static char at(String text, int i) {
        return i < text.length() ? text.charAt(i) : 0;
    }

    private static int skipSeparators(String text, int from) {
        int i = from;
        while (i < text.length() && !isDigit(text.charAt(i)) && !isLetter(text.charAt(i)) && !isMark(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static int endOfRun(String text, int from, boolean ofDigits) {
        int i = from;
        while (i < text.length() && (ofDigits ? isDigit(text.charAt(i)) : isLetter(text.charAt(i)))) {
            i++;
        }
        return i;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isLetter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private static boolean isMark(char c) {
        return c == '~' || c == '^';
    }

    /** What its file is called, by custom. */
    String filename() {
        return name + "-" + version + "-" + release + "." + arch + SUFFIX;
    }

    /** {@code name-epoch:version-release.arch}, the epoch left out where it is 0. */
    @Override
    public String toString() {
        return name + "-" + (epoch == 0 ? "" : epoch + ":") + version + "-" + release + "." + arch;
    }
}
