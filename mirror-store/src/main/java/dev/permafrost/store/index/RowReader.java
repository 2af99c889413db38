package dev.permafrost.store.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what {@link RowWriter} wrote; anything else is STORE_CORRUPT, a later version STORE_TOO_NEW. */
public final class RowReader {
    private final String what;
    private final byte[] row;
    private final int end;
    private int at;

    /** Opens a row of which this program knows the versions up to the given one. */
    public RowReader(String what, byte[] row, int newestVersion) {
        this(what, row, 0, row.length);
        int version = next();
        if (version > newestVersion) {
            throw new StoreException(
                    FailureKind.STORE_TOO_NEW,
                    "this store's " + what + " rows have version " + version + ", and this program knows up to "
                            + newestVersion + "; use the program that wrote it, or a newer one");
        }
        if (version < 1) {
            throw corrupt("version " + version);
        }
    }

    /** Opens a part of a row that has no version of its own. */
    public RowReader(String what, byte[] row, int start, int end) {
        this.what = what;
        this.row = row;
        this.at = start;
        this.end = end;
    }

    /** A number. */
    public long number() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int b = next();
            value |= (long) (b & 0x7F) << shift;
            if ((b & 0x80) == 0) {
                return value;
            }
        }
        throw corrupt("a number that does not end");
    }

    /** A number of things, never negative. */
    public long count() {
        long value = number();
        if (value < 0) {
            throw corrupt("a count of " + value);
        }
        return value;
    }

    /** A number of something of which there are at most so many. */
    public int count(int max) {
        long value = number();
        if (value < 0 || value > max) {
            throw corrupt("a count of " + value + ", which is out of range");
        }
        return (int) value;
    }

    /** A number of either sign. */
    public long signed() {
        long value = number();
        return (value >>> 1) ^ -(value & 1);
    }

    /** Bytes whose number the reader knows. */
    public byte[] raw(int length) {
        if (length > end - at) {
            throw corrupt("fewer than " + length + " bytes");
        }
        at += length;
        return Arrays.copyOfRange(row, at - length, at);
    }

    /** The next so many bytes, as a part of its own. */
    public RowReader section(int length) {
        if (length > end - at) {
            throw corrupt("a section of " + length + " bytes");
        }
        at += length;
        return new RowReader(what, row, at - length, at);
    }

    /** How many bytes have not been read. */
    public int remaining() {
        return end - at;
    }

    /** A text. */
    public String text() {
        long length = count();
        if (length > end - at) {
            throw corrupt("a text of " + length + " bytes");
        }
        String value = new String(row, at, (int) length, UTF_8);
        at += (int) length;
        return value;
    }

    /** A text that may be absent. */
    public @Nullable String optional() {
        return next() == 0 ? null : text();
    }

    /** A moment. */
    public Instant instant() {
        return Instant.ofEpochMilli(number());
    }

    /** A digest. */
    public Digest digest() {
        Algorithm algorithm = Algorithm.ofCode(next());
        return Digest.of(algorithm, raw(algorithm.lengthBytes()));
    }

    /** Digests by algorithm. */
    public Map<Algorithm, Digest> digests() {
        long n = count();
        if (n > Algorithm.values().length) {
            throw corrupt(n + " digests");
        }
        Map<Algorithm, Digest> values = new EnumMap<>(Algorithm.class);
        for (int i = 0; i < n; i++) {
            Digest digest = digest();
            values.put(digest.algorithm(), digest);
        }
        return values;
    }

    /** A byte. */
    public int next() {
        if (at >= end) {
            throw corrupt("an early end");
        }
        return row[at++] & 0xFF;
    }

    /** Checks that all of the row has been read. */
    public void end() {
        if (at < end) {
            throw corrupt(end - at + " bytes too many");
        }
    }

    /** That a row can't be read. */
    public StoreException corrupt(String found) {
        return new StoreException(
                FailureKind.STORE_CORRUPT, "the index has a " + what + " row that can't be read: " + found);
    }
}
