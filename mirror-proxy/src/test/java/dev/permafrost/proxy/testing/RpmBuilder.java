package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes RPMs whose headers say anything, and whose payload is any bytes. */
public final class RpmBuilder {
    /** The region that rpm has around what it signs, in a header, and in one of signatures. */
    private static final int REGION = 63;

    private static final int REGION_OF_SIGNATURES = 62;
    private static final int ENTRY_BYTES = 16;
    private static final int NAME = 1000;
    private static final int VERSION = 1001;
    private static final int RELEASE = 1002;
    private static final int ARCH = 1022;
    private static final int OS = 1021;
    private static final int SOURCERPM = 1044;

    private final Map<Integer, Entry> header = new TreeMap<>();
    private final Map<Integer, Entry> signature = new LinkedHashMap<>();
    private byte[] payload = new byte[0];
    private boolean ancient;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Entry(int type, int count, byte[] bytes) {}

    /** A package without anything in it. */
    public RpmBuilder(String name, String version, String release, String arch) {
        string(NAME, name).string(VERSION, version).string(RELEASE, release).string(ARCH, arch);
        string(OS, "linux").string(SOURCERPM, name + "-" + version + "-" + release + ".src.rpm");
        signature.put(1000, new Entry(4, 1, ByteBuffer.allocate(4).putInt(1).array()));
    }

    /** Has a string. */
    public RpmBuilder string(int tag, String value) {
        return string(tag, value.getBytes(UTF_8));
    }

    /** Has a string of any bytes. */
    public RpmBuilder string(int tag, byte[] value) {
        return entry(tag, 6, 1, joined(List.of(value)));
    }

    /** Has strings. */
    public RpmBuilder strings(int tag, List<byte[]> values) {
        return values.isEmpty() ? this : entry(tag, 8, values.size(), joined(values));
    }

    /** Has a string with translations. */
    public RpmBuilder translated(int tag, List<byte[]> values) {
        return entry(tag, 9, values.size(), joined(values));
    }

    /** Has numbers of 16 bits. */
    public RpmBuilder shorts(int tag, int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * values.length);
        for (int value : values) {
            bytes.putShort((short) value);
        }
        return values.length == 0 ? this : entry(tag, 3, values.length, bytes.array());
    }

    /** Has numbers of 32 bits. */
    public RpmBuilder ints(int tag, int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
        for (int value : values) {
            bytes.putInt(value);
        }
        return values.length == 0 ? this : entry(tag, 4, values.length, bytes.array());
    }

    /** Has a number of 64 bits. */
    public RpmBuilder number(int tag, long value) {
        return entry(tag, 5, 1, ByteBuffer.allocate(8).putLong(value).array());
    }

    /** Has an entry of any kind. */
    public RpmBuilder entry(int tag, int type, int count, byte[] bytes) {
        header.put(tag, new Entry(type, count, bytes));
        return this;
    }

    /** Is such as rpm wrote before it signed headers. */
    public RpmBuilder ancient() {
        ancient = true;
        return this;
    }

    /** Has no such entry. */
    public RpmBuilder without(int tag) {
        header.remove(tag);
        return this;
    }

    /** Has a number of 32 bits in the header of signatures. */
    public RpmBuilder signed(int tag, int value) {
        signature.put(tag, new Entry(4, 1, ByteBuffer.allocate(4).putInt(value).array()));
        return this;
    }

    /** Has a number of 64 bits in the header of signatures. */
    public RpmBuilder signed(int tag, long value) {
        signature.put(tag, new Entry(5, 1, ByteBuffer.allocate(8).putLong(value).array()));
        return this;
    }

    /** Has files with these paths, of these modes and flags. */
    public RpmBuilder files(List<byte[]> paths, int[] modes, int[] flags) {
        Map<String, Integer> folders = new LinkedHashMap<>();
        List<byte[]> names = new ArrayList<>();
        int[] indexes = new int[paths.size()];
        List<byte[]> folderNames = new ArrayList<>();
        for (int i = 0; i < paths.size(); i++) {
            byte[] path = paths.get(i);
            int slash = path.length - 1;
            while (slash >= 0 && path[slash] != '/') {
                slash--;
            }
            byte[] folder = Arrays.copyOf(path, slash + 1);
            String key = new String(folder, ISO_8859_1);
            if (!folders.containsKey(key)) {
                folders.put(key, folders.size());
                folderNames.add(folder);
            }
            indexes[i] = folders.get(key);
            names.add(Arrays.copyOfRange(path, slash + 1, path.length));
        }
        return strings(1117, names)
                .strings(1118, folderNames)
                .ints(1116, indexes)
                .shorts(1030, modes)
                .ints(1037, flags);
    }

    /** Has that payload. */
    public RpmBuilder payload(byte[] bytes) {
        payload = bytes.clone();
        return this;
    }

    /** The file's bytes. */
    public byte[] bytes() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        byte[] lead = new byte[96];
        ByteBuffer.wrap(lead)
                .putInt(0xedabeedb)
                .put((byte) 3)
                .put((byte) 0)
                .putShort((short) 0)
                .putShort((short) 1)
                .putShort(76, (short) 1)
                .putShort(78, (short) 5);
        file.writeBytes(lead);
        file.writeBytes(header(signature, REGION_OF_SIGNATURES, true));
        file.writeBytes(new byte[-file.size() & 7]);
        file.writeBytes(header(header, REGION, !ancient));
        file.writeBytes(payload);
        return file.toByteArray();
    }

    /** Writes the file. */
    public Path write(Path file) {
        try {
            return Files.write(file, bytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] header(Map<Integer, Entry> entries, int regionTag, boolean withRegion) {
        ByteArrayOutputStream index = new ByteArrayOutputStream();
        ByteArrayOutputStream store = new ByteArrayOutputStream();
        entries.forEach((tag, entry) -> {
            int alignment = switch (entry.type) {
                case 3 -> 2;
                case 4 -> 4;
                case 5 -> 8;
                default -> 1;
            };
            store.writeBytes(new byte[-store.size() & (alignment - 1)]);
            index.writeBytes(entryOf(tag, entry.type, store.size(), entry.count));
            store.writeBytes(entry.bytes);
        });
        ByteArrayOutputStream region = new ByteArrayOutputStream();
        if (withRegion) {
            region.writeBytes(entryOf(regionTag, 7, store.size(), ENTRY_BYTES));
            store.writeBytes(entryOf(regionTag, 7, -ENTRY_BYTES * (entries.size() + 1), ENTRY_BYTES));
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.writeBytes(ByteBuffer.allocate(ENTRY_BYTES)
                .putInt(0x8eade801)
                .putInt(0)
                .putInt(entries.size() + region.size() / ENTRY_BYTES)
                .putInt(store.size())
                .array());
        whole.writeBytes(region.toByteArray());
        whole.writeBytes(index.toByteArray());
        whole.writeBytes(store.toByteArray());
        return whole.toByteArray();
    }

    private static byte[] entryOf(int tag, int type, int offset, int count) {
        return ByteBuffer.allocate(ENTRY_BYTES)
                .putInt(tag)
                .putInt(type)
                .putInt(offset)
                .putInt(count)
                .array();
    }

    private static byte[] joined(List<byte[]> values) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        values.forEach(value -> {
            bytes.writeBytes(value);
            bytes.write(0);
        });
        return bytes.toByteArray();
    }
}
