package dev.permafrost.bench.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A repository of RPMs of any size: the lists of a small one, so many times over. Each package is found at a path of its own, and its bytes
 * are that path. Its metadata can be made anew, so that some packages are others.
 */
public final class MadeUpRpms implements Holdings {
    private static final Pattern PACKAGE = Pattern.compile("<package\\b.*?</package>", Pattern.DOTALL);
    private static final Pattern PKGID = Pattern.compile("pkgid=\"([0-9a-f]+)\"");
    private static final Pattern CHECKSUM =
            Pattern.compile("<checksum type=\"([a-z0-9]+)\" pkgid=\"YES\">([0-9a-f]+)<");
    private static final Pattern HREF = Pattern.compile("<location href=\"([^\"]*)\"");
    private static final Pattern SIZE = Pattern.compile("<size package=\"\\d+\"");
    private static final Pattern NAME = Pattern.compile("<name>([^<]*)</name>");
    private static final Pattern COUNT = Pattern.compile("packages=\"\\d+\"");
    private static final int PACK_BYTES = 64 << 10;
    private static final String REPODATA = "repodata/";

    private final String at;
    private final int times;
    private final String head;
    private final List<Element> primary;
    private final Map<String, Lists> lists = new LinkedHashMap<>();
    private volatile Generation current;

    /**
     * The lists that are multiplied.
     *
     * @param primary the list of packages, as createrepo writes it
     * @param others of each other type its list
     */
    public record Seed(String primary, Map<String, String> others) {}

    /** A file of metadata. */
    public record File(String path, long lengthBytes, String sha256) {}

    /**
     * Metadata that belongs together.
     *
     * @param files what is asked for one after another, {@code repomd.xml} first
     */
    @SuppressWarnings("ArrayRecordComponent") // sent, compared by nobody
    private record Generation(Map<String, byte[]> bytes, List<File> files, long openBytes) {}

    private record Element(String text, String href, String sum) {}

    private record Lists(String head, List<String> hrefs, List<String> elements) {}

    /**
     * A repository.
     *
     * @param at the path of its directory, with a slash at its end
     * @param times how often each package of the seed is in it
     */
    public MadeUpRpms(String at, Seed seed, int times) {
        this.at = at;
        this.times = times;
        this.head = head(seed.primary());
        this.primary = PACKAGE.matcher(seed.primary())
                .results()
                .map(found -> element(found.group()))
                .toList();
        Map<String, String> hrefs = new HashMap<>();
        primary.forEach(one -> hrefs.put(one.sum(), one.href()));
        seed.others().forEach((type, document) -> {
            Lists list = new Lists(head(document), new ArrayList<>(), new ArrayList<>());
            PACKAGE.matcher(document).results().forEach(found -> {
                String href = hrefs.get(group(PKGID, found.group(), 1));
                if (href != null) {
                    list.hrefs().add(href);
                    list.elements().add(found.group());
                }
            });
            lists.put(type, list);
        });
        this.current = make(0);
    }

    /** How many packages it has. */
    public int packages() {
        return primary.size() * times;
    }

    /** How long its lists are when they are not compressed. */
    public long openBytes() {
        return current.openBytes();
    }

    /** The files of its metadata in the order in which a client asks for them. */
    public List<File> files() {
        return current.files();
    }

    /** The paths, below the directory, of some packages that are there in every generation. */
    public List<String> some(int count) {
        return primary.stream().limit(count).map(one -> "r0/" + one.href()).toList();
    }

    /** Has other metadata from now on, by which one of each package's repeats is another. */
    public void publish(int number) {
        current = make(number);
    }

    @Override
    public @Nullable Artifact at(String path) {
        return null;
    }

    @Override
    public @Nullable Page page(String path, boolean asJson) {
        byte[] bytes = current.bytes().get(path);
        if (bytes == null && path.startsWith(at) && path.endsWith(".rpm")) {
            bytes = path.substring(at.length()).getBytes(UTF_8);
        }
        return bytes == null
                ? null
                : new Page(
                        bytes, "application/octet-stream", '"' + sha256(bytes).substring(0, 32) + '"');
    }

    private Generation make(int number) {
        Map<String, byte[]> bytes = new HashMap<>();
        List<File> files = new ArrayList<>();
        StringBuilder repomd = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                + "<repomd xmlns=\"http://linux.duke.edu/metadata/repo\">\n  <revision>" + number + "</revision>\n");
        Packed packed = packed(head, number, (prefix, out) -> {
            for (Element one : primary) {
                out.write(repeated(one, prefix).getBytes(UTF_8));
            }
        });
        long open = add("primary", packed, bytes, files, repomd);
        for (Map.Entry<String, Lists> one : lists.entrySet()) {
            Lists list = one.getValue();
            packed = packed(list.head(), number, (prefix, out) -> {
                for (int i = 0; i < list.elements().size(); i++) {
                    String sum = sha256((prefix + list.hrefs().get(i)).getBytes(UTF_8));
                    Matcher pkgid = PKGID.matcher(list.elements().get(i));
                    out.write(pkgid.replaceFirst("pkgid=\"" + sum + '"').getBytes(UTF_8));
                }
            });
            open += add(one.getKey(), packed, bytes, files, repomd);
        }
        byte[] document = repomd.append("</repomd>\n").toString().getBytes(UTF_8);
        String path = at + REPODATA + "repomd.xml";
        bytes.put(path, document);
        files.add(0, new File(path, document.length, sha256(document)));
        return new Generation(bytes, List.copyOf(files), open);
    }

    private long add(String type, Packed packed, Map<String, byte[]> bytes, List<File> files, StringBuilder repomd) {
        String sum = sha256(packed.bytes());
        String name = REPODATA + sum + "-" + type + ".xml.gz";
        bytes.put(at + name, packed.bytes());
        files.add(new File(at + name, packed.bytes().length, sum));
        repomd.append("  <data type=\"" + type + "\">\n    <checksum type=\"sha256\">" + sum + "</checksum>\n"
                + "    <location href=\"" + name + "\"/>\n    <timestamp>1700000000</timestamp>\n    <size>"
                + packed.bytes().length + "</size>\n  </data>\n");
        return packed.openBytes();
    }

    /** Writes the packages of one repeat. */
    private interface Repeat {
        void write(String prefix, OutputStream out) throws IOException;
    }

    @SuppressWarnings("ArrayRecordComponent") // handed on, compared by nobody
    private record Packed(byte[] bytes, long openBytes) {}

    private Packed packed(String begin, int number, Repeat repeat) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        long[] open = {0};
        try (OutputStream packed = new FastGzip(bytes);
                Counted out = new Counted(packed, open)) {
            out.write(COUNT.matcher(begin)
                    .replaceFirst("packages=\"" + packages() + '"')
                    .getBytes(UTF_8));
            for (int i = 0; i < times; i++) {
                repeat.write("r" + i + (i == times - 1 ? "g" + number : "") + "/", out);
            }
            out.write(("</" + root(begin) + ">\n").getBytes(UTF_8));
        } catch (IOException e) {
            throw new IllegalStateException("memory can be written to", e);
        }
        return new Packed(bytes.toByteArray(), open[0]);
    }

    /** Gzip at its fastest. */
    private static final class FastGzip extends GZIPOutputStream {
        FastGzip(OutputStream to) throws IOException {
            super(to, PACK_BYTES);
            def.setLevel(Deflater.BEST_SPEED);
        }
    }

    /** Counts what goes through. */
    private static final class Counted extends FilterOutputStream {
        private final long[] bytes;

        Counted(OutputStream to, long[] bytes) {
            super(to);
            this.bytes = bytes;
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            bytes[0] += length;
            out.write(from, offset, length);
        }
    }

    private static String repeated(Element one, String prefix) {
        String href = prefix + one.href();
        byte[] bytes = href.getBytes(UTF_8);
        String text = one.text()
                .replace(">" + one.sum() + "<", ">" + sha256(bytes) + "<")
                .replace("<location href=\"" + one.href(), "<location href=\"" + href);
        text = NAME.matcher(text).replaceFirst("<name>$1-" + prefix.substring(0, prefix.length() - 1) + "</name>");
        return SIZE.matcher(text).replaceFirst("<size package=\"" + bytes.length + '"') + "\n";
    }

    private static Element element(String text) {
        String sum = group(CHECKSUM, text, 2);
        return new Element(text.replace("type=\"sha\"", "type=\"sha256\""), group(HREF, text, 1), sum);
    }

    private static String head(String document) {
        int first = document.indexOf("<package ");
        return first < 0 ? document : document.substring(0, first);
    }

    private static String root(String head) {
        int end = head.indexOf(' ', head.lastIndexOf('<'));
        return head.substring(head.lastIndexOf('<') + 1, end);
    }

    private static String group(Pattern pattern, String text, int group) {
        Matcher found = pattern.matcher(text);
        if (!found.find()) {
            throw new IllegalArgumentException("there is no " + pattern + " in: " + text);
        }
        return found.group(group);
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
