package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/** A source distribution (PEP 625), put together header by header, so that a test can have it wrong where it likes. */
public final class TinySdist {
    private static final int BLOCK_BYTES = 512;

    private final String name;
    private final String version;
    private final List<String> fields = new ArrayList<>();
    private String metadataVersion = "2.2";

    private TinySdist(String name, String version) {
        this.name = name;
        this.version = version;
    }

    /** One of that project and version, whose metadata is that of its wheels too. */
    public static TinySdist of(String name, String version) {
        return new TinySdist(name, version);
    }

    /** Says that its metadata is of that version of the specification. */
    public TinySdist metadataVersion(String spelled) {
        metadataVersion = spelled;
        return this;
    }

    /** Adds a field to its metadata. */
    public TinySdist field(String key, String value) {
        fields.add(key + ": " + value + "\n");
        return this;
    }

    /** Its file name. */
    public String filename() {
        return folder() + ".tar.gz";
    }

    /** The folder that all of it is in. */
    public String folder() {
        return name.replaceAll("[-_.]+", "_").toLowerCase(Locale.ROOT) + "-" + version;
    }

    /** Its metadata. */
    public byte[] pkgInfo() {
        return ("Metadata-Version: " + metadataVersion + "\nName: " + name + "\nVersion: " + version
                        + "\nSummary: made up for a test\n" + String.join("", fields))
                .getBytes(UTF_8);
    }

    /** All of it: some source, and the metadata behind. */
    public byte[] bytes() {
        return gzip(
                file(folder() + "/setup.py", "x = 1\n".repeat(1_000).getBytes(UTF_8)),
                file(folder() + "/src/" + name + ".egg-info/PKG-INFO", "Metadata-Version: 9".getBytes(UTF_8)),
                file(folder() + "/PKG-INFO", pkgInfo()));
    }

    /** A file of an archive, padded. */
    public static byte[] file(String path, byte[] content) {
        return entry(path, '0', content);
    }

    /** A header and what belongs to it, padded. */
    public static byte[] entry(String path, char type, byte[] content) {
        byte[] header = new byte[BLOCK_BYTES];
        put(header, 0, path);
        put(header, 100, "0000644");
        put(header, 108, "0000000");
        put(header, 116, "0000000");
        put(header, 124, "%011o".formatted(content.length));
        put(header, 136, "00000000000");
        header[156] = (byte) type;
        put(header, 257, "ustar");
        put(header, 263, "00");
        return withSum(header, content);
    }

    /** The header with the right sum, and what belongs to it, padded. */
    public static byte[] withSum(byte[] header, byte[] content) {
        put(header, 148, "        ");
        int sum = 0;
        for (byte b : header) {
            sum += b & 0xff;
        }
        put(header, 148, "%06o".formatted(sum));
        header[154] = 0;
        header[155] = ' ';
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(header);
        all.writeBytes(content);
        all.writeBytes(new byte[-content.length & (BLOCK_BYTES - 1)]);
        return all.toByteArray();
    }

    /** A pax header of these records, each {@code key=value}. */
    public static byte[] pax(char type, String... records) {
        StringBuilder text = new StringBuilder();
        for (String record : records) {
            int rest = record.getBytes(UTF_8).length + 2;
            int length = rest + 1;
            while (Integer.toString(length).length() + rest != length) {
                length++;
            }
            text.append(length).append(' ').append(record).append('\n');
        }
        return entry("PaxHeaders/x", type, text.toString().getBytes(UTF_8));
    }

    /** An archive of these entries and the blocks that end it, packed. */
    public static byte[] gzip(byte[]... entries) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            for (byte[] entry : entries) {
                gzip.write(entry);
            }
            gzip.write(new byte[2 * BLOCK_BYTES]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
