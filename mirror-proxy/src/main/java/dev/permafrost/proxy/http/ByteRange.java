package dev.permafrost.proxy.http;

import org.jspecify.annotations.Nullable;

/**
 * What a Range field asks of a representation (RFC 9110 §14).
 *
 * @param start first byte
 * @param end byte after the last; equal to {@code start} where nothing of it can be had
 * @param whole whether the field is absent, malformed, of another unit, or asks for several ranges: then the answer is the
 *     whole representation, which is always allowed
 */
record ByteRange(long start, long end, boolean whole) {
    private static final String UNIT = "bytes=";

    /** The range that a field asks of that many bytes. */
    static ByteRange of(@Nullable String field, long lengthBytes) {
        ByteRange all = new ByteRange(0, lengthBytes, true);
        if (field == null || !field.regionMatches(true, 0, UNIT, 0, UNIT.length()) || field.indexOf(',') >= 0) {
            return all;
        }
        String spec = field.substring(UNIT.length()).trim();
        int dash = spec.indexOf('-');
        if (dash < 0) {
            return all;
        }
        long first = number(spec.substring(0, dash));
        long last = number(spec.substring(dash + 1));
        if (dash == 0) {
            return last < 0 ? all : suffix(last, lengthBytes);
        }
        boolean open = dash == spec.length() - 1;
        if (first < 0 || (!open && (last < first))) {
            return all;
        }
        if (first >= lengthBytes) {
            return new ByteRange(lengthBytes, lengthBytes, false);
        }
        return new ByteRange(first, open ? lengthBytes : Math.min(lengthBytes, last + 1), false);
    }

    /** Number of bytes. */
    long count() {
        return end - start;
    }

    /** Whether it asks for what is not there (416). */
    boolean unsatisfiable() {
        return !whole && start == end;
    }

    private static ByteRange suffix(long count, long lengthBytes) {
        return new ByteRange(Math.max(0, lengthBytes - count), lengthBytes, false);
    }

    /** The number of a run of digits, capped far above any file; -1 for anything else. */
    private static long number(String digits) {
        if (digits.isEmpty()) {
            return -1;
        }
        long value = 0;
        for (int i = 0; i < digits.length(); i++) {
            char c = digits.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = Math.min(Long.MAX_VALUE / 100, value * 10 + (c - '0'));
        }
        return value;
    }
}
