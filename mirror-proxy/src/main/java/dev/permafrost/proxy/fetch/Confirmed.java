package dev.permafrost.proxy.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.upstream.UpstreamResponse;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * When upstream last said that a file is what is held, and by what it may say so again. A row for each file that its index has no
 * digest of, as long as its index lists it.
 *
 * @param sha256 of the bytes it said it of, in hexadecimal
 * @param url what it was asked for, without its query
 * @param atMillis when, since the epoch
 * @param etag its entity tag, "" for none
 * @param lastModified its date, "" for none
 */
public record Confirmed(String sha256, String url, long atMillis, String etag, String lastModified) {
    private static final String KIND = "confirmed";
    private static final String VERSION = "1";
    private static final int LINES = 6;

    /** What upstream has just sent. */
    static Confirmed of(Entry entry, String url, Instant at, UpstreamResponse response) {
        return new Confirmed(
                entry.digest().hex(), url, at.toEpochMilli(), line(response, "ETag"), line(response, "Last-Modified"));
    }

    /** What was found to be all that can be had, and can't be asked for conditionally. */
    static Confirmed of(Entry entry, String url, Instant at) {
        return new Confirmed(entry.digest().hex(), url, at.toEpochMilli(), "", "");
    }

    /** The row's key. */
    public static DocKey key(ArtifactKey file) {
        return new DocKey(file.repository(), KIND, file.key());
    }

    /** Forgets what is known of files whose keys begin with the prefix, but for these. Blocks. */
    public static void retain(MirrorStore store, String repository, String keyPrefix, Predicate<ArtifactKey> kept) {
        List<ArtifactKey> dropped = new ArrayList<>();
        store.view().catalog().docs(repository, KIND, keyPrefix, (key, row) -> {
            ArtifactKey file = new ArtifactKey(repository, key);
            if (!kept.test(file)) {
                dropped.add(file);
            }
            return true;
        });
        dropped.forEach(file -> store.putDoc(key(file), List.of()));
    }

    /** What is known of an entry; empty where nothing is, or of other bytes. Blocks. */
    static Optional<Confirmed> find(View view, ArtifactKey file, Entry entry) {
        return view.catalog()
                .docHead(key(file))
                .flatMap(Confirmed::decoded)
                .filter(known -> known.sha256().equals(entry.digest().hex()));
    }

    /** The same, said again: by a 304, which may have newer validators, or because there is nothing else to be had. */
    Confirmed again(Instant at, UpstreamResponse response) {
        boolean said = response.status() == 304;
        String newEtag = said ? line(response, "ETag") : "";
        String newDate = said ? line(response, "Last-Modified") : "";
        return new Confirmed(
                sha256,
                url,
                at.toEpochMilli(),
                newEtag.isEmpty() ? etag : newEtag,
                newDate.isEmpty() ? lastModified : newDate);
    }

    /** Request fields that make a fetch conditional; none where upstream has given nothing to go by, or for another URL. */
    Map<String, String> conditions(String askedUrl) {
        Map<String, String> fields = new HashMap<>();
        if (url.equals(askedUrl)) {
            if (!etag.isEmpty()) {
                fields.put("If-None-Match", etag);
            }
            if (!lastModified.isEmpty()) {
                fields.put("If-Modified-Since", lastModified);
            }
        }
        return fields;
    }

    /** As a row. */
    List<byte[]> encoded() {
        return List.of(String.join("\n", VERSION, sha256, url, Long.toString(atMillis), etag, lastModified)
                .getBytes(UTF_8));
    }

    /** Empty for what can't be read: then the file is asked for as if nothing were known. */
    private static Optional<Confirmed> decoded(byte[] row) {
        String[] lines = new String(row, UTF_8).split("\n", -1);
        try {
            return lines.length == LINES && lines[0].equals(VERSION)
                    ? Optional.of(new Confirmed(lines[1], lines[2], Long.parseLong(lines[3]), lines[4], lines[5]))
                    : Optional.empty();
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static String line(UpstreamResponse response, String field) {
        String value = response.header(field);
        return value == null ? "" : value;
    }
}
