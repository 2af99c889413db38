package dev.permafrost.store.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.io.ByteArrayOutputStream;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** Writes a row's value: a version byte, then fields; numbers as LEB128, texts and bytes with their length before them. */
final class RowWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(128);

    RowWriter(int version) {
        out.write(version);
    }

    RowWriter number(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            out.write((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    RowWriter text(String value) {
        byte[] bytes = value.getBytes(UTF_8);
        number(bytes.length);
        out.writeBytes(bytes);
        return this;
    }

    RowWriter instant(Instant value) {
        return number(value.toEpochMilli());
    }

    RowWriter digest(Digest value) {
        out.write(value.algorithm().code());
        out.writeBytes(value.bytes());
        return this;
    }

    RowWriter digests(Map<Algorithm, Digest> values) {
        number(values.size());
        new TreeMap<>(values).values().forEach(this::digest);
        return this;
    }

    byte[] bytes() {
        return out.toByteArray();
    }
}
