package dev.permafrost.proxy.format.yum;

import java.util.ArrayList;
import java.util.List;

/**
 * A pattern for whole texts, as rpm and dnf take it: {@code *} stands for any characters, {@code ?} for one, {@code [ab]} and {@code [a-z]} for
 * one of those, {@code [!ab]} for one of no other.
 */
final class Wildcards {
    private static final int CHARS_MAX = 1024;

    private final List<Part> parts = new ArrayList<>();

    private sealed interface Part {
        record Any() implements Part {}

        /** One character: of these ranges, two characters each, or of none of them. */
        record One(String ranges, boolean isNegated) implements Part {
            boolean fits(char c) {
                for (int i = 0; i < ranges.length(); i += 2) {
                    if (c >= ranges.charAt(i) && c <= ranges.charAt(i + 1)) {
                        return !isNegated;
                    }
                }
                return isNegated;
            }
        }
    }

    /**
     * A pattern.
     *
     * @throws IllegalArgumentException saying what is wrong with it
     */
    Wildcards(String pattern) {
        if (pattern.isEmpty() || pattern.length() > CHARS_MAX) {
            throw new IllegalArgumentException("is empty, or has more than " + CHARS_MAX + " characters");
        }
        for (int at = 0; at < pattern.length(); at++) {
            char c = pattern.charAt(at);
            int close = c == '[' ? closing(pattern, at) : -1;
            if (c == '*') {
                parts.add(new Part.Any());
            } else if (c == '?') {
                parts.add(new Part.One("", true));
            } else if (close >= 0) {
                parts.add(set(pattern.substring(at + 1, close)));
                at = close;
            } else {
                parts.add(new Part.One("" + c + c, false));
            }
        }
    }

    /** Where a set of characters ends; a bracket that does so at once is one of them. -1 where it does not end, and is a plain bracket. */
    private static int closing(String pattern, int open) {
        int first = open + 1;
        if (first < pattern.length() && (pattern.charAt(first) == '!' || pattern.charAt(first) == '^')) {
            first++;
        }
        return pattern.indexOf(']', first + 1);
    }

    private static Part set(String inside) {
        boolean isNegated = inside.charAt(0) == '!' || inside.charAt(0) == '^';
        String all = isNegated ? inside.substring(1) : inside;
        StringBuilder ranges = new StringBuilder();
        for (int i = 0; i < all.length(); i++) {
            boolean isRange = i + 2 < all.length() && all.charAt(i + 1) == '-';
            ranges.append(all.charAt(i)).append(all.charAt(isRange ? i + 2 : i));
            i += isRange ? 2 : 0;
        }
        return new Part.One(ranges.toString(), isNegated);
    }

    /** Whether a text fits. Takes no longer than the product of both lengths. */
    boolean fits(String text) {
        int at = 0;
        int star = -1;
        int resume = 0;
        int i = 0;
        while (i < text.length()) {
            Part part = at < parts.size() ? parts.get(at) : null;
            if (part instanceof Part.Any) {
                star = at++;
                resume = i;
            } else if (part instanceof Part.One one && one.fits(text.charAt(i))) {
                at++;
                i++;
            } else if (star >= 0) {
                // the last star takes one character more
                at = star + 1;
                i = ++resume;
            } else {
                return false;
            }
        }
        while (at < parts.size() && parts.get(at) instanceof Part.Any) {
            at++;
        }
        return at == parts.size();
    }
}
