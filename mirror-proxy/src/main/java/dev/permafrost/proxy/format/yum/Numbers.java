package dev.permafrost.proxy.format.yum;

import java.util.OptionalLong;

/** Numbers as metadata writes them. */
final class Numbers {
    private static final int DIGITS_MAX = 18;

    private Numbers() {}

    /** A number of 0 or more; what is after a decimal point is left off, since old tools wrote times with one. Empty for anything else. */
    static OptionalLong parse(String text) {
        int point = text.indexOf('.');
        String whole = point < 0 ? text : text.substring(0, point);
        if (whole.isEmpty() || whole.length() > DIGITS_MAX || !isDigits(whole)) {
            return OptionalLong.empty();
        }
        return point < 0 || isDigits(text.substring(point + 1))
                ? OptionalLong.of(Long.parseLong(whole))
                : OptionalLong.empty();
    }

    private static boolean isDigits(String text) {
        return text.chars().allMatch(c -> c >= '0' && c <= '9');
    }
}
