package dev.permafrost.bench.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** Writes one RPM: a lead, a header of signatures with nothing but a size, a header, and any bytes for a payload (rpm's docs/manual/format.md). */
final class RpmFile {
    private static final int LEAD_BYTES = 96;
    private static final int ENTRY_BYTES = 16;
    private static final int REGION = 63;
    private static final int REGION_OF_SIGNATURES = 62;
    private static final int SIGNATURE_SIZE = 1000;
    private static final int INT16 = 3;
    private static final int INT32 = 4;
    private static final int STRING = 6;
    private static final int BINARY = 7;
    private static final int STRINGS = 8;
    private static final int TRANSLATED = 9;
    private static final int FILL_BYTES = 1 << 20;

    private final Map<Integer, Entry> header = new TreeMap<>();

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Entry(int type, int count, byte[] bytes) {}

    /** Has a string. */
    RpmFile string(int tag, String value) {
        return put(tag, STRING, 1, joined(List.of(value)));
    }

    /** Has a string that could be translated. */
    RpmFile translated(int tag, String value) {
        return put(tag, TRANSLATED, 1, joined(List.of(value)));
    }

    /** Has strings. */
    RpmFile strings(int tag, List<String> values) {
        return put(tag, STRINGS, values.size(), joined(values));
    }

    /** Has numbers of 16 bits. */
    RpmFile shorts(int tag, List<Integer> values) {
        return put(tag, INT16, values.size(), bytes(values, Short.BYTES, (to, v) -> to.putShort(v.shortValue())));
    }

    /** Has numbers of 32 bits. */
    RpmFile ints(int tag, List<Integer> values) {
        return put(tag, INT32, values.size(), bytes(values, Integer.BYTES, ByteBuffer::putInt));
    }

    /** Writes the file, of that length or as much longer as its header needs. */
    void write(Path file, long lengthBytes, long seed) throws IOException {
        byte[] head = head();
        long payloadBytes = Math.max(0, lengthBytes - head.length);
        Content payload = new Content(seed, payloadBytes);
        try (FileChannel to = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            writeAll(to, ByteBuffer.wrap(head));
            for (long at = 0; at < payloadBytes; at += FILL_BYTES) {
                ByteBuffer part = ByteBuffer.allocate((int) Math.min(FILL_BYTES, payloadBytes - at));
                payload.fill(at, part);
                writeAll(to, part.flip());
            }
        }
    }

    private static void writeAll(FileChannel to, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            to.write(bytes);
        }
    }

    private byte[] head() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(LEAD_BYTES)
                .putInt(0xedabeedb)
                .put((byte) 3)
                .put((byte) 0)
                .putShort((short) 0)
                .putShort((short) 1)
                .putShort(76, (short) 1)
                .putShort(78, (short) 5)
                .array());
        out.writeBytes(header(
                Map.of(SIGNATURE_SIZE, new Entry(INT32, 1, new byte[Integer.BYTES])), REGION_OF_SIGNATURES));
        out.writeBytes(new byte[-out.size() & 7]);
        out.writeBytes(header(header, REGION));
        return out.toByteArray();
    }

    /** A header, with the region around all of it that rpm signs. */
    private static byte[] header(Map<Integer, Entry> entries, int regionTag) {
        ByteArrayOutputStream index = new ByteArrayOutputStream();
        ByteArrayOutputStream store = new ByteArrayOutputStream();
        entries.forEach((tag, entry) -> {
            int alignment = entry.type == INT16 ? Short.BYTES : entry.type == INT32 ? Integer.BYTES : 1;
            store.writeBytes(new byte[-store.size() & (alignment - 1)]);
            index.writeBytes(numbers(tag, entry.type, store.size(), entry.count));
            store.writeBytes(entry.bytes);
        });
        byte[] region = numbers(regionTag, BINARY, store.size(), ENTRY_BYTES);
        int count = entries.size() + 1;
        store.writeBytes(numbers(regionTag, BINARY, -ENTRY_BYTES * count, ENTRY_BYTES));
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(numbers(0x8eade801, 0, count, store.size()));
        whole.writeBytes(region);
        whole.writeBytes(index.toByteArray());
        whole.writeBytes(store.toByteArray());
        return whole.toByteArray();
    }

    private RpmFile put(int tag, int type, int count, byte[] bytes) {
        if (count > 0) {
            header.put(tag, new Entry(type, count, bytes));
        }
        return this;
    }

    private static byte[] numbers(int... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * numbers.length);
        for (int number : numbers) {
            bytes.putInt(number);
        }
        return bytes.array();
    }

    private static byte[] bytes(List<Integer> values, int size, BiConsumer<ByteBuffer, Integer> put) {
        ByteBuffer bytes = ByteBuffer.allocate(size * values.size());
        values.forEach(value -> put.accept(bytes, value));
        return bytes.array();
    }

    private static byte[] joined(List<String> values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String value : values) {
            bytes.writeBytes(value.getBytes(UTF_8));
            bytes.write(0);
        }
        return bytes.toByteArray();
    }
}
