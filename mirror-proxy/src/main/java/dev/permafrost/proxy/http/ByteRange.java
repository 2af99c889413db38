package dev.permafrost.proxy.http;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of a representation (RFC 9110 §14).
 *
 * @param start first byte
 * @param end byte after the last
 */
record ByteRange(long start, long end) {
    /** How many ranges one request may ask for; whoever asks for more gets everything. */
    static final int PARTS_MAX = 256;

    private static final String UNIT = "bytes=";
    /** A range that can't be had of this representation. */
    private static final ByteRange NOTHING = new ByteRange(0, 0);

    /** Number of bytes. */
    long count() {
        return end - start;
    }

    /**
     * What a Range field asks of that many bytes: in the order asked for, but sorted and merged where some of them overlap.
     * Empty where none can be had (416).
     *
     * @return null where the field is absent, malformed, of another unit, or asks for more than {@link #PARTS_MAX} ranges: then
     *     the answer is the whole representation, which is always allowed
     */
    static @Nullable List<ByteRange> of(@Nullable String field, long lengthBytes) {
        if (field == null || !field.regionMatches(true, 0, UNIT, 0, UNIT.length())) {
            return null;
        }
        List<ByteRange> ranges = new ArrayList<>(1);
        int from = UNIT.length();
        int asked = 0;
        while (from <= field.length()) {
            int comma = field.indexOf(',', from);
            int to = comma < 0 ? field.length() : comma;
            String spec = field.substring(from, to).trim();
            from = to + 1;
            if (spec.isEmpty()) {
                // RFC 9110 §5.6.1.2: empty elements of a list are not counted
                continue;
            }
            ByteRange range = ++asked > PARTS_MAX ? null : one(spec, lengthBytes);
            if (range == null) {
                return null;
            }
            if (range.count() > 0) {
                ranges.add(range);
            }
        }
        return asked == 0 ? null : merged(ranges);
    }

    /** One range as it is written; null for what is none. */
    private static @Nullable ByteRange one(String spec, long lengthBytes) {
        int dash = spec.indexOf('-');
        if (dash < 0) {
            return null;
        }
        boolean open = dash == spec.length() - 1;
        long first = number(spec.substring(0, dash));
        long last = number(spec.substring(dash + 1));
        if (dash == 0) {
            return last < 0 ? null : last == 0 ? NOTHING : new ByteRange(Math.max(0, lengthBytes - last), lengthBytes);
        }
        if (first < 0 || (!open && last < first)) {
            return null;
        }
        if (first >= lengthBytes) {
            return NOTHING;
        }
        return new ByteRange(first, open ? lengthBytes : Math.min(lengthBytes, last + 1));
    }

    private static List<ByteRange> merged(List<ByteRange> ranges) {
        List<ByteRange> sorted = new ArrayList<>(ranges);
        sorted.sort(Comparator.comparingLong(ByteRange::start));
        List<ByteRange> merged = new ArrayList<>(sorted.size());
        for (ByteRange range : sorted) {
            int at = merged.size() - 1;
            if (at >= 0 && range.start < merged.get(at).end) {
                ByteRange before = merged.get(at);
                merged.set(at, new ByteRange(before.start, Math.max(before.end, range.end)));
            } else {
                merged.add(range);
            }
        }
        return merged.size() == ranges.size() ? ranges : merged;
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
