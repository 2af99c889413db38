package dev.permafrost.proxy.format.pypi;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Writes a row's values: numbers as LEB128, texts as UTF-8 after their length. */
final class RowWriter {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Writes an unsigned number, small ones in few bytes. */
    RowWriter number(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    /** Writes a number of either sign, those near zero in few bytes. */
    RowWriter signed(long value) {
        return number((value << 1) ^ (value >> 63));
    }

    /** Writes a text. */
    RowWriter text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        number(bytes.length);
        return raw(bytes);
    }

    /** Writes a text that may be absent. */
    RowWriter optional(@Nullable String value) {
        return value == null ? number(0) : number(1).text(value);
    }

    /** Writes bytes whose number the reader knows. */
    RowWriter raw(byte[] bytes) {
        out.writeBytes(bytes);
        return this;
    }

    /** Everything written. */
    byte[] bytes() {
        return out.toByteArray();
    }
}
