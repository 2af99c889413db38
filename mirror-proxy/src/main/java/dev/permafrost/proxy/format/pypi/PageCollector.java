package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.format.pypi.FileRecord.CoreMetadata;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gathers a page while a reader reads it: judges every file, counts against the limits, shares what repeats. */
final class PageCollector {
    private static final int SKIPPED_KEPT_MAX = 10;
    private static final int SHARED_MAX = 4096;
    static final int REASON_CHARS_MAX = 1024;
    static final int REQUIRES_PYTHON_CHARS_MAX = 1024;
    private static final int SHORT_CHARS_MAX = 64;
    private static final int VERSION_CHARS_MAX = 256;

    private final IndexSource source;
    private final IndexFormat format;
    private final IndexLimits limits;

    private final List<FileRecord> files = new ArrayList<>();
    private final Set<String> names = new HashSet<>();
    private final Map<String, String> shared = new HashMap<>();
    private final List<String> versions = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();
    private boolean filesSeen;
    private int skippedCount;
    private long textChars;
    private String apiVersion = "1.0";
    private @Nullable String status;
    private @Nullable String statusReason;
    private long lastSerial = -1;

    /** Gathers that page within those limits. */
    PageCollector(IndexSource source, IndexFormat format, IndexLimits limits) {
        this.source = source;
        this.format = format;
        this.limits = limits;
    }

    /** One file as the page states it, nothing judged yet; what is null was not stated. */
    static final class Draft {
        @Nullable String filename;

        LinkResolver.@Nullable Link link;
        final Map<String, String> hashes = new HashMap<>(4);

        @Nullable String requiresPython;

        @Nullable String yanked;

        long sizeBytes = -1;

        @Nullable String uploadTime;
        /** Hashes of the sidecar, empty where it is merely said to be there, null where there is none. */
        @Nullable Map<String, String> coreMetadata;

        @Nullable Boolean gpgSig;

        @Nullable String provenance;
    }

    /** Takes a file, or skips it and notes why. */
    void add(Draft draft) {
        filesSeen = true;
        String filename = draft.filename;
        LinkResolver.Link link = draft.link;
        if (filename == null || link == null) {
            skip(filename == null ? "" : filename, "a file without a name or a URL");
            return;
        }
        Map<Algorithm, Digest> digests = digests(draft.hashes);
        if (!DistributionName.isSafe(filename)) {
            skip(filename, "an unsafe file name");
        } else if (link.refusal() != null) {
            skip(filename, link.refusal());
        } else if (digests == null) {
            skip(filename, "a malformed hash");
        } else if (draft.requiresPython != null && draft.requiresPython.length() > REQUIRES_PYTHON_CHARS_MAX) {
            skip(filename, "requires-python of more than " + REQUIRES_PYTHON_CHARS_MAX + " characters");
        } else if (!names.add(filename)) {
            skip(filename, "listed before");
        } else {
            keep(filename, link.url(), digests, draft);
        }
    }

    private void keep(String filename, String url, Map<Algorithm, Digest> digests, Draft draft) {
        if (files.size() == limits.filesMax()) {
            throw IndexFault.tooLarge(
                    source, "more than " + limits.filesMax() + " files", "files-max", limits.filesMax());
        }
        countText(filename);
        countText(url);
        files.add(new FileRecord(
                filename,
                url,
                digests,
                draft.requiresPython == null ? null : emptyToNull(share(draft.requiresPython)),
                draft.yanked == null ? null : share(PlainText.cleaned(draft.yanked, REASON_CHARS_MAX)),
                Math.max(draft.sizeBytes, -1),
                shortText(draft.uploadTime),
                draft.coreMetadata == null ? null : coreMetadata(draft.coreMetadata),
                draft.gpgSig,
                provenance(draft.provenance)));
    }

    /** The digests of those names that we know; null if one of them is malformed. */
    private static @Nullable Map<Algorithm, Digest> digests(Map<String, String> hashes) {
        if (hashes.isEmpty()) {
            return Map.of();
        }
        Map<Algorithm, Digest> digests = new EnumMap<>(Algorithm.class);
        for (Map.Entry<String, String> hash : hashes.entrySet()) {
            Algorithm algorithm = Algorithm.ofLabel(hash.getKey()).orElse(null);
            if (algorithm != null) {
                try {
                    digests.put(algorithm, Digest.parse(algorithm, hash.getValue()));
                } catch (IllegalArgumentException e) {
                    return null;
                }
            }
        }
        return digests;
    }

    /** A sidecar's digests; a malformed one leaves it advertised without any. */
    private static CoreMetadata coreMetadata(Map<String, String> hashes) {
        Map<Algorithm, Digest> digests = digests(hashes);
        return new CoreMetadata(digests == null ? Map.of() : digests);
    }

    private @Nullable String shortText(@Nullable String text) {
        if (text == null || text.isEmpty() || text.length() > SHORT_CHARS_MAX) {
            return null;
        }
        return countText(PlainText.cleaned(text, SHORT_CHARS_MAX));
    }

    private @Nullable String provenance(@Nullable String url) {
        if (url == null || url.isEmpty() || url.length() > LinkResolver.URL_CHARS_MAX) {
            return null;
        }
        String cleaned = PlainText.cleaned(url, LinkResolver.URL_CHARS_MAX);
        return isWebAddress(cleaned) ? countText(cleaned) : null;
    }

    /** Whether it is an absolute URL that can be fetched (PEP 740). */
    private static boolean isWebAddress(String url) {
        try {
            URI uri = new URI(url);
            return uri.getHost() != null && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static @Nullable String emptyToNull(String text) {
        return text.isEmpty() ? null : text;
    }

    /** The same text, cleaned, as one object for all its occurrences while they are not too many different ones. */
    private String share(String text) {
        String known = shared.get(text);
        if (known != null) {
            return known;
        }
        String clean = countText(PlainText.cleaned(text, REASON_CHARS_MAX));
        if (shared.size() < SHARED_MAX) {
            shared.put(text, clean);
        }
        return clean;
    }

    private String countText(String text) {
        textChars += text.length();
        if (textChars > limits.textCharsMax()) {
            throw IndexFault.tooLarge(
                    source,
                    "more than " + limits.textCharsMax() + " characters in names, URLs and the like",
                    "text-chars-max",
                    limits.textCharsMax());
        }
        return text;
    }

    /** Whether the page has files, were they all left out. */
    boolean filesSeen() {
        return filesSeen;
    }

    /** Notes that a file, or a link, was left out, and why, in words that are safe to log. */
    void skip(String which, String why) {
        skippedCount++;
        if (skipped.size() < SKIPPED_KEPT_MAX) {
            skipped.add(PlainText.quoted(which) + ": " + why);
        }
    }

    /** Takes the page's version of the simple API (PEP 629): another minor is fine, another major is not. */
    void apiVersion(String version) {
        int dot = version.indexOf('.');
        if (!(dot < 0 ? version : version.substring(0, dot)).strip().equals("1")
                || version.length() > SHORT_CHARS_MAX) {
            throw IndexFault.invalid(
                    source,
                    "it speaks version " + PlainText.quoted(version) + " of the simple API; this mirror knows 1.x",
                    null);
        }
        apiVersion = PlainText.cleaned(version.strip(), SHORT_CHARS_MAX);
    }

    /** Takes the project's status (PEP 792). */
    void status(String text) {
        status = PlainText.cleaned(text, SHORT_CHARS_MAX);
    }

    /** Takes the reason for the project's status (PEP 792). */
    void statusReason(String text) {
        statusReason = PlainText.cleaned(text, REASON_CHARS_MAX);
    }

    /** Takes the page's serial number; a negative one is none. */
    void lastSerial(long serial) {
        lastSerial = Math.max(serial, -1);
    }

    /** Takes a version that the project has (PEP 700). */
    void version(String version) {
        if (versions.size() == limits.filesMax()) {
            throw IndexFault.tooLarge(
                    source, "more than " + limits.filesMax() + " versions", "files-max", limits.filesMax());
        }
        versions.add(countText(PlainText.cleaned(version, VERSION_CHARS_MAX)));
    }

    /** The page, now that it has been read to its end. */
    IndexReader.Result finish() {
        ProjectPage.Header header = new ProjectPage.Header(
                source.project(),
                apiVersion,
                status,
                statusReason,
                Version.sorted(versions),
                lastSerial,
                source.etag(),
                source.lastModified(),
                source.fetchedAt(),
                format,
                files.size());
        return new IndexReader.Result(new ProjectPage(header, files), skippedCount, List.copyOf(skipped));
    }
}
