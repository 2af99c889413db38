package dev.permafrost.store.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes a row's value: a version byte, then fields; numbers as LEB128, texts and bytes with their length before them. */
public final class RowWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(128);

    /** A row of that version of its kind. */
    public RowWriter(int version) {
        out.write(version);
    }

    /** A part of a row, without a version of its own. */
    public RowWriter() {}

    /** Writes a number. */
    public RowWriter number(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    /** Writes a number of either sign, those near zero in few bytes. */
    public RowWriter signed(long value) {
        return number((value << 1) ^ (value >> 63));
    }

    /** Writes a text. */
    public RowWriter text(String value) {
        byte[] bytes = value.getBytes(UTF_8);
        number(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    /** Writes a text that may be absent. */
    public RowWriter optional(@Nullable String value) {
        if (value == null) {
            out.write(0);
            return this;
        }
        out.write(1);
        return text(value);
    }

    /** Writes a moment. */
    public RowWriter instant(Instant value) {
        return number(value.toEpochMilli());
    }

    /** Writes a digest. */
    public RowWriter digest(Digest value) {
        out.write(value.algorithm().code());
        out.writeBytes(value.bytes());
        return this;
    }

    /** Writes digests. */
    public RowWriter digests(Map<Algorithm, Digest> values) {
        number(values.size());
        new TreeMap<>(values).values().forEach(this::digest);
        return this;
    }

    /** Appends bytes whose number the reader knows, or what another has written, its version included. */
    public RowWriter append(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** What has been written. */
    public byte[] bytes() {
        return out.toByteArray();
    }
}
