package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.permafrost.proxy.fetch.FileRequest;
import dev.permafrost.proxy.format.yum.SmallFiles.Got;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.Digest;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The files of a repository's metadata: where they lie, what they are served as, and as what. */
final class Repodata {
    /** Where a repository's metadata begins, below its directory. */
    static final String REPOMD = "repodata/repomd.xml";

    /** The folder of it. */
    static final String FOLDER = "repodata/";

    /** What is the same for ever. */
    static final String IMMUTABLE = "max-age=31536000, immutable, public";

    /** What is another one as soon as upstream says so. */
    static final String CHECKED = "no-cache, public";

    private static final Pattern HREF =
            Pattern.compile("<(?:[A-Za-z]+:)?location\\b[^>]*?\\bhref\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)')");

    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("xml", "application/xml"),
            Map.entry("asc", "application/pgp-signature"),
            Map.entry("key", "application/pgp-keys"),
            Map.entry("gz", "application/gzip"),
            Map.entry("bz2", "application/x-bzip2"),
            Map.entry("xz", "application/x-xz"),
            Map.entry("zst", "application/zstd"),
            Map.entry("yaml", "application/yaml"),
            Map.entry("rpm", "application/x-rpm"),
            Map.entry("drpm", "application/x-rpm"),
            Map.entry("metalink", "application/metalink+xml"),
            Map.entry("mirrorlist", "text/plain"));

    private Repodata() {}

    /** Whether a path is below a folder of metadata; then what stands before that is its directory. */
    static boolean isBelow(String path) {
        return path.startsWith(FOLDER) || path.contains("/" + FOLDER);
    }

    /** The directory of a path that {@link #isBelow is below} its metadata: empty, or ending in a slash. */
    static String dirOf(String path) {
        int at = path.lastIndexOf("/" + FOLDER);
        return at < 0 ? "" : path.substring(0, at + 1);
    }

    /** What a file of that name is served as. */
    static String contentType(String name) {
        String last = name.substring(name.lastIndexOf('.') + 1);
        return TYPES.getOrDefault(last, "application/octet-stream");
    }

    /** What to ask of upstream for a record. */
    static FileRequest request(GenerationDocs docs, String dir, Generation.Header header, Generation.Item record) {
        return new FileRequest(
                docs.recordKey(dir, record),
                URI.create(record.base(header) + UrlPath.encoded(record.upstreamHref())),
                record.expectation(),
                contentType(record.href()),
                record.hasUniqueName() ? IMMUTABLE : CHECKED);
    }

    /** Where a record may be, in the order in which that is asked. */
    static List<URI> urls(Mounts.Place place, String dir, FileRequest request, Generation.Item record) {
        List<URI> urls = new ArrayList<>();
        urls.add(request.url());
        if (record.elsewhere() == null) {
            place.urls(dir + record.upstreamHref()).stream()
                    .filter(url -> !url.equals(request.url()))
                    .forEach(urls::add);
        }
        return urls;
    }

    /**
     * A generation as upstream has it. Where it is not signed, files of which the name is the same in every generation are given names
     * of their own, so that no client gets those of two generations.
     *
     * @param base the URL of its directory
     * @param signature empty for none
     * @param key empty for none
     */
    static Generation generation(
            String dir,
            String base,
            Got.Bytes got,
            Repomd repomd,
            Digest id,
            byte[] signature,
            byte[] key,
            Instant now) {
        List<Generation.Item> records = new ArrayList<>();
        repomd.records().forEach(data -> records.add(record(data, base + REPOMD)));
        byte[] document = got.bytes();
        if (signature.length == 0) {
            Map<String, String> names = new LinkedHashMap<>();
            for (int i = 0; i < records.size(); i++) {
                Generation.Item one = records.get(i);
                if (!one.hasUniqueName() && one.elsewhere() == null) {
                    names.put(repomd.records().get(i).location().href(), uniqueName(one));
                }
            }
            byte[] renamed = names.isEmpty() ? null : renamed(document, names);
            if (renamed != null) {
                document = renamed;
                for (int i = 0; i < records.size(); i++) {
                    String name = names.get(repomd.records().get(i).location().href());
                    if (name != null) {
                        records.set(i, records.get(i).called(name));
                    }
                }
            }
        }
        Generation.Header header = new Generation.Header(
                id,
                base,
                got.document().etag(),
                got.document().lastModified(),
                now,
                repomd.newestTimestampSeconds().orElse(0),
                GenerationDocs.packages(dir, repomd.primary().checksum()),
                records);
        return new Generation(header, document, signature, key);
    }

    private static Generation.Item record(Repomd.Data data, String title) {
        String path = data.location().path();
        if (!path.startsWith(FOLDER) || path.indexOf("/" + FOLDER) >= 0) {
            throw MetadataFault.invalid(
                    title, "it names " + PlainText.quoted(path) + ", which is not in the folder of repomd.xml");
        }
        return new Generation.Item(data.type(), path, path, data.location().base(), data.checksum(), data.sizeBytes());
    }

    private static String uniqueName(Generation.Item record) {
        String href = record.href();
        int slash = href.lastIndexOf('/') + 1;
        return href.substring(0, slash) + record.checksum().hex() + "-" + href.substring(slash);
    }

    /**
     * The document with other names in its locations; null where that can't be done. What else is in it stays as it is, byte for byte.
     *
     * @param names new ones by those that are there
     */
    private static byte @Nullable [] renamed(byte[] document, Map<String, String> names) {
        // a byte is a character here, and none but those of ASCII are looked at
        String text = new String(document, ISO_8859_1);
        Matcher hrefs = HREF.matcher(text);
        StringBuilder out = new StringBuilder();
        int copied = 0;
        int done = 0;
        while (hrefs.find()) {
            int group = hrefs.group(1) != null ? 1 : 2;
            String name = names.get(hrefs.group(group));
            if (name != null) {
                out.append(text, copied, hrefs.start(group)).append(name);
                copied = hrefs.end(group);
                done++;
            }
        }
        if (done < names.size()) {
            return null;
        }
        return out.append(text, copied, text.length()).toString().getBytes(ISO_8859_1);
    }
}
