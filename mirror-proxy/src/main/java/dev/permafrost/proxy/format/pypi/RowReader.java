package dev.permafrost.proxy.format.pypi;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads what {@link RowWriter} wrote; throws IllegalArgumentException where a row does not say what it must. */
final class RowReader {
    private final byte[] row;
    private final int end;
    private int position;

    /** Reads that part of the row. */
    RowReader(byte[] row, int start, int end) {
        this.row = row;
        this.position = start;
        this.end = end;
    }

    /** Reads an unsigned number. */
    long number() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            require(position < end, "it ends within a number");
            byte b = row[position++];
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than ten bytes");
    }

    /** Reads a number that counts or indexes something of which there are at most so many. */
    int count(int max) {
        long value = number();
        require(value >= 0 && value <= max, "a count out of range");
        return (int) value;
    }

    /** Reads a number of either sign. */
    long signed() {
        long value = number();
        return (value >>> 1) ^ -(value & 1);
    }

    /** Reads a text. */
    String text() {
        int length = count(end);
        require(length <= end - position, "it ends within a text");
        String text = new String(row, position, length, StandardCharsets.UTF_8);
        position += length;
        return text;
    }

    /** Reads a text that may be absent. */
    @Nullable String optional() {
        return count(1) == 0 ? null : text();
    }

    /** Reads that many bytes. */
    byte[] raw(int length) {
        require(length <= end - position, "it ends within a digest");
        position += length;
        return Arrays.copyOfRange(row, position - length, position);
    }

    /** What is left, as a reader of its own, for a section of that length at the beginning of it. */
    RowReader section(int length) {
        require(length <= end - position, "it ends within a section");
        position += length;
        return new RowReader(row, position - length, position);
    }

    /** Number of bytes not read yet. */
    int remaining() {
        return end - position;
    }

    private static void require(boolean sound, String otherwise) {
        if (!sound) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
