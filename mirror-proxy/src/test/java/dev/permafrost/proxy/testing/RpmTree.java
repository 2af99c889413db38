package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/** A made-up repository of RPMs, as createrepo would describe it; its packages are any bytes. */
public final class RpmTree {
    private static final Pattern NEVRA = Pattern.compile("(.+)-([^-]+)-([^-]+)\\.([^.]+)");

    private final Map<String, byte[]> packages = new LinkedHashMap<>();
    private final Map<String, String> bases = new LinkedHashMap<>();
    private final Map<String, byte[]> others = new LinkedHashMap<>();
    private final Map<String, String> suffixes = new LinkedHashMap<>();
    private final Map<String, Integer> epochs = new LinkedHashMap<>();
    private final Map<String, Long> times = new LinkedHashMap<>();
    private final Map<String, Long> sizes = new LinkedHashMap<>();
    private boolean simpleNames;
    private boolean signed;
    private boolean zstd;
    private String tags = "";
    private String revision = "1";
    private long seconds = 1_700_000_000;

    /** An empty one. */
    public RpmTree() {}

    /** The bytes of a made-up package. */
    public static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    /** Has a package at that path. */
    public RpmTree with(String path, byte[] bytes) {
        packages.put(path, bytes);
        return this;
    }

    /** Has a package at that path below another URL. */
    public RpmTree with(String path, String base, byte[] bytes) {
        bases.put(path, base);
        return with(path, bytes);
    }

    /** Has a package at that path, of that epoch, whose name, version, release and architecture are those that its file's name says. */
    public RpmTree with(String path, int epoch, byte[] bytes) {
        epochs.put(path, epoch);
        return with(path, bytes);
    }

    /** Has that package, at the path of its name. */
    public RpmTree with(int epoch, String nevra) {
        return with("p/" + nevra + ".rpm", epoch, bytes("package " + nevra));
    }

    /** Says of the package at that path that it has so many bytes. */
    public RpmTree sized(String path, long sizeBytes) {
        sizes.put(path, sizeBytes);
        return this;
    }

    /** Names a file of that type too. */
    public RpmTree naming(String type, byte[] bytes) {
        others.put(type, bytes);
        return this;
    }

    /** Names a file of that type too, whose name ends so. */
    public RpmTree naming(String type, String suffix, byte[] bytes) {
        suffixes.put(type, suffix);
        return naming(type, bytes);
    }

    /** Gives its metadata names that are the same every time. */
    public RpmTree simpleNames() {
        simpleNames = true;
        return this;
    }

    /** Has something that looks like a signature, and is of this {@code repomd.xml} alone. */
    public RpmTree signed() {
        signed = true;
        return this;
    }

    /** Packs its lists by zstd, as newer versions of createrepo_c do. */
    public RpmTree zstd() {
        zstd = true;
        return this;
    }

    /** Says that it has that content. */
    public RpmTree tag(String content) {
        tags += "  <tags><content>" + content + "</content></tags>\n";
        return this;
    }

    /** Says that its metadata was made then, in seconds since 1970. */
    public RpmTree madeAt(long time) {
        seconds = time;
        return this;
    }

    /** Says that its file of that type was made at another time. */
    public RpmTree madeAt(String type, long time) {
        times.put(type, time);
        return this;
    }

    /** Says that it is of that revision. */
    public RpmTree revision(String number) {
        revision = number;
        return this;
    }

    /** All of its files by their paths. */
    public Map<String, byte[]> files() {
        Map<String, byte[]> files = metadata();
        packages.forEach((path, bytes) -> {
            if (!bases.containsKey(path)) {
                files.put(path, bytes);
            }
        });
        return files;
    }

    /** The files of its metadata by their paths, {@code repomd.xml} last. */
    public Map<String, byte[]> metadata() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        StringBuilder repomd = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<repomd xmlns=\"http://linux.duke.edu/metadata/repo\">\n  <revision>" + revision + "</revision>\n"
                + tags);
        String suffix = zstd ? "xml.zst" : "xml.gz";
        add(files, repomd, "primary", suffix, packed(primary()));
        add(files, repomd, "filelists", suffix, packed("<filelists packages=\"0\"/> " + revision));
        others.forEach((type, bytes) -> add(files, repomd, type, suffixes.getOrDefault(type, "xml.gz"), bytes));
        byte[] document = repomd.append("</repomd>\n").toString().getBytes(UTF_8);
        if (signed) {
            files.put("repodata/repomd.xml.asc", bytes("signature of " + sha256(document)));
            files.put("repodata/repomd.xml.key", bytes("key"));
        }
        files.put("repodata/repomd.xml", document);
        return files;
    }

    /** Puts all of it at that path of an upstream, in place of what was there. */
    public RpmTree at(ScriptedUpstream upstream, String path) {
        files().forEach((file, bytes) -> upstream.on(encoded(path + file)).file(bytes, '"' + sha256(bytes) + '"'));
        return this;
    }

    private static String encoded(String path) {
        return path.replace("+", "%2B").replace("^", "%5E");
    }

    private void add(Map<String, byte[]> files, StringBuilder repomd, String type, String suffix, byte[] bytes) {
        String sum = sha256(bytes);
        String href = "repodata/" + (simpleNames ? "" : sum + "-") + type + "." + suffix;
        files.put(href, bytes);
        repomd.append("  <data type=\"")
                .append(type)
                .append("\">\n    <checksum type=\"sha256\">")
                .append(sum)
                .append("</checksum>\n    <location href=\"")
                .append(href)
                .append("\"/>\n    <timestamp>")
                .append(times.getOrDefault(type, seconds))
                .append("</timestamp>\n    <size>")
                .append(bytes.length)
                .append("</size>\n  </data>\n");
    }

    private String primary() {
        StringBuilder primary = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<metadata xmlns=\"http://linux.duke.edu/metadata/common\""
                + " xmlns:rpm=\"http://linux.duke.edu/metadata/rpm\" packages=\"" + packages.size() + "\">\n");
        packages.forEach((path, bytes) -> {
            String file = path.substring(path.lastIndexOf('/') + 1);
            String base = bases.get(path);
            primary.append("<package type=\"rpm\">")
                    .append(nevra(file, epochs.get(path)))
                    .append("<checksum type=\"sha256\" pkgid=\"YES\">")
                    .append(sha256(bytes))
                    .append("</checksum><size package=\"")
                    .append(sizes.getOrDefault(path, (long) bytes.length))
                    .append("\"/><location")
                    .append(base == null ? "" : " xml:base=\"" + base + "\"")
                    .append(" href=\"")
                    .append(path)
                    .append("\"/><format/></package>\n");
        });
        return primary.append("</metadata>\n").toString();
    }

    private static String nevra(String file, @Nullable Integer epoch) {
        String bare = file.replace(".rpm", "");
        Matcher nevra = NEVRA.matcher(bare);
        return epoch != null && nevra.matches()
                ? nevra(nevra.group(1), nevra.group(4), epoch, nevra.group(2), nevra.group(3))
                : nevra(bare, "noarch", 0, "1", "1");
    }

    private static String nevra(String name, String arch, int epoch, String version, String release) {
        return "<name>" + name + "</name><arch>" + arch + "</arch><version epoch=\"" + epoch + "\" ver=\"" + version
                + "\" rel=\"" + release + "\"/>";
    }

    private byte[] packed(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream packing = zstd ? new ZstdOutputStream(out) : new GZIPOutputStream(out)) {
            packing.write(text.getBytes(UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** A digest in hexadecimal digits. */
    public static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
