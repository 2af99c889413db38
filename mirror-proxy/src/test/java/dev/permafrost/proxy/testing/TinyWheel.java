package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A valid wheel of pure Python for any interpreter, 2 or 3 (the binary distribution format of PEP 427), with one module
 * that holds its version. The same settings give the same bytes.
 */
public final class TinyWheel {
    /** Most padding that a wheel may be given. */
    public static final int PADDING_BYTES_MAX = 64 * 1024 * 1024;

    private static final LocalDateTime MADE_AT = LocalDateTime.of(2020, 1, 1, 0, 0);

    private static final String WHEEL = """
            Wheel-Version: 1.0
            Generator: permafrost-tests
            Root-Is-Purelib: true
            """;

    private final String name;
    private final String version;
    private final List<String> requires = new ArrayList<>();
    private String requiresPython = "";
    private String summary = "made up for a test";
    private String tags = "py2.py3-none-any";
    private List<String> tagsWithin = List.of("py2-none-any", "py3-none-any");
    private int paddingBytes;
    private long seed;

    private TinyWheel(String name, String version) {
        this.name = name;
        this.version = version;
    }

    /** A wheel of that project and version. */
    public static TinyWheel of(String name, String version) {
        return new TinyWheel(name, version);
    }

    /** Adds a dependency, as PEP 508 writes it: {@code six>=1.0}. */
    public TinyWheel requires(String requirement) {
        requires.add(requirement);
        return this;
    }

    /** Names the Python versions it is for: {@code >=3.6}. */
    public TinyWheel requiresPython(String specifier) {
        requiresPython = specifier;
        return this;
    }

    /** Says of it in a line what it is. */
    public TinyWheel summary(String line) {
        summary = line;
        return this;
    }

    /** Says what it runs on: in its name, and in the WHEEL within, where that may be something else. */
    public TinyWheel tagged(String inName, String... within) {
        tags = inName;
        tagsWithin = List.of(within);
        return this;
    }

    /** Adds a file of so many bytes that do not compress, different for each seed. */
    public TinyWheel padded(int bytes, long seed) {
        if (bytes < 0 || bytes > PADDING_BYTES_MAX) {
            throw new IllegalArgumentException("padding is 0 to " + PADDING_BYTES_MAX + " bytes, not " + bytes);
        }
        this.paddingBytes = bytes;
        this.seed = seed;
        return this;
    }

    /** The project's name, as given. */
    public String name() {
        return name;
    }

    /** The version. */
    public String version() {
        return version;
    }

    /** The specifier of {@link #requiresPython(String)}, empty without one. */
    public String requiresPython() {
        return requiresPython;
    }

    /** The wheel's file name. */
    public String filename() {
        return module() + "-" + version + "-" + tags + ".whl";
    }

    /** The METADATA file within, which is what {@code .metadata} beside it must hold (PEP 658). */
    public byte[] metadata() {
        StringBuilder metadata = new StringBuilder("Metadata-Version: 2.1\n")
                .append("Name: ")
                .append(name)
                .append("\nVersion: ")
                .append(version)
                .append("\nSummary: ")
                .append(summary)
                .append('\n');
        if (!requiresPython.isEmpty()) {
            metadata.append("Requires-Python: ").append(requiresPython).append('\n');
        }
        requires.forEach(r -> metadata.append("Requires-Dist: ").append(r).append('\n'));
        return metadata.toString().getBytes(UTF_8);
    }

    /** The wheel itself. */
    public byte[] bytes() {
        String info = module() + "-" + version + ".dist-info/";
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put(module() + "/__init__.py", ("__version__ = \"" + version + "\"\n").getBytes(UTF_8));
        if (paddingBytes > 0) {
            byte[] padding = new byte[paddingBytes];
            new SplittableRandom(seed).nextBytes(padding);
            files.put(module() + "/padding.bin", padding);
        }
        files.put(info + "METADATA", metadata());
        StringBuilder wheel = new StringBuilder(WHEEL);
        tagsWithin.forEach(tag -> wheel.append("Tag: ").append(tag).append('\n'));
        files.put(info + "WHEEL", wheel.toString().getBytes(UTF_8));
        files.put(info + "RECORD", record(files, info + "RECORD"));
        return zip(files);
    }

    private String module() {
        return name.replaceAll("[-_.]+", "_").toLowerCase(Locale.ROOT);
    }

    private static byte[] record(Map<String, byte[]> files, String self) {
        StringBuilder record = new StringBuilder();
        files.forEach((path, bytes) -> record.append(path)
                .append(",sha256=")
                .append(Base64.getUrlEncoder().withoutPadding().encodeToString(sha256(bytes)))
                .append(',')
                .append(bytes.length)
                .append('\n'));
        return record.append(self).append(",,\n").toString().getBytes(UTF_8);
    }

    /** Stores every file uncompressed, so that a wheel is as large as what is in it. */
    private static byte[] zip(Map<String, byte[]> files) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                CRC32 crc = new CRC32();
                crc.update(file.getValue());
                ZipEntry entry = new ZipEntry(file.getKey());
                entry.setMethod(ZipEntry.STORED);
                entry.setSize(file.getValue().length);
                entry.setCrc(crc.getValue());
                entry.setTimeLocal(MADE_AT);
                zip.putNextEntry(entry);
                zip.write(file.getValue());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
