package dev.permafrost.proxy.cli;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Numbers of bytes as people write them. */
final class Sizes {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,15})\\s*([KMGT]?)(?:I?B)?");
    private static final String UNITS = "KMGT";

    private Sizes() {}

    /** A size such as {@code 64M}, by powers of 1024; BAD_REQUEST for anything else. */
    static long bytes(String option, String text) {
        Matcher parts = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (!parts.matches()) {
            throw notASize(option, text);
        }
        int shift = 10 * (parts.group(2).isEmpty() ? 0 : UNITS.indexOf(parts.group(2)) + 1);
        try {
            return Math.multiplyExact(Long.parseLong(parts.group(1)), 1L << shift);
        } catch (ArithmeticException e) {
            throw notASize(option, text);
        }
    }

    private static StoreException notASize(String option, String text) {
        return new StoreException(
                FailureKind.BAD_REQUEST, option + " is '" + text + "', and no size; write one such as 64M or 4G");
    }
}
