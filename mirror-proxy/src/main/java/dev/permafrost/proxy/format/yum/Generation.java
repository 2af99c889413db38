package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.index.RowReader;
import dev.permafrost.store.index.RowWriter;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.StoreException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a directory's {@code repomd.xml} and all that it names were at one time: metadata that belong together.
 *
 * @param header what is said of it
 * @param repomd {@code repomd.xml} as it is served
 * @param signature {@code repomd.xml.asc}, empty where there is none
 * @param key {@code repomd.xml.key}, empty where there is none
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Generation(Header header, byte[] repomd, byte[] signature, byte[] key) {
    private static final int VERSION = 1;
    private static final String WHAT = "yum generation";
    private static final int RECORDS_MAX = 1000;

    /**
     * What is said of a generation.
     *
     * @param upstream digest of {@code repomd.xml} as upstream has it
     * @param base the base URL that it came from, by which all that it names is fetched first
     * @param etag upstream's entity tag of it, null where it gave none
     * @param lastModified upstream's Last-Modified of it as given, null where it gave none
     * @param fetchedAt when upstream last said that it is so
     * @param newest the newest timestamp in it, in seconds since 1970
     * @param packages key of the table of its packages; empty where it lists none
     * @param records what it names
     */
    record Header(
            Digest upstream,
            String base,
            @Nullable String etag,
            @Nullable String lastModified,
            Instant fetchedAt,
            long newest,
            String packages,
            List<Item> records) {
        /** Copies the list. */
        Header {
            records = List.copyOf(records);
        }

        /** The same, of which upstream has just said that it is still so. */
        Header confirmed(Instant now, @Nullable String newEtag, @Nullable String newLastModified) {
            return new Header(
                    upstream,
                    base,
                    newEtag == null ? etag : newEtag,
                    newLastModified == null ? lastModified : newLastModified,
                    now,
                    newest,
                    packages,
                    records);
        }

        /** What upstream has at that path; empty where it names nothing there. */
        Optional<Item> ofUpstream(String href) {
            return records.stream()
                    .filter(one -> one.upstreamHref().equals(href) && one.elsewhere() == null)
                    .findFirst();
        }

        /** What it has at that path, below its directory; empty where it names nothing there. */
        Optional<Item> record(String href) {
            return records.stream().filter(one -> one.href().equals(href)).findFirst();
        }
    }

    /**
     * A file of metadata.
     *
     * @param type what kind it is, such as {@code primary}
     * @param href where it is served, relative to the directory
     * @param upstreamHref where upstream has it, relative to its base
     * @param elsewhere the base URL that it says; null for the directory's own
     * @param checksum its checksum, of whatever kind {@code repomd.xml} gives
     * @param sizeBytes its size, -1 where {@code repomd.xml} does not say
     */
    record Item(
            String type,
            String href,
            String upstreamHref,
            @Nullable String elsewhere,
            Digest checksum,
            long sizeBytes) {
        /** The same at another name. */
        Item called(String name) {
            return new Item(type, name, upstreamHref, elsewhere, checksum, sizeBytes);
        }

        /** The URL that it is below, with a slash at its end. */
        String base(Header header) {
            String other = elsewhere == null ? header.base() : elsewhere;
            return other.endsWith("/") ? other : other + "/";
        }

        /** What is promised of its bytes. */
        Expectation expectation() {
            return Expectation.of(checksum).withSize(sizeBytes);
        }

        /** Whether its name tells it from every other file's. */
        boolean hasUniqueName() {
            return href.contains(checksum.hex());
        }
    }

    /** What tells it from others: the digest of what upstream had at {@code repomd.xml}. */
    Digest id() {
        return header.upstream();
    }

    /** The same, of which that is said. */
    Generation with(Header other) {
        return new Generation(other, repomd, signature, key);
    }

    /**
     * Its revision as its {@code repomd.xml} has it; empty where that says none.
     *
     * @param dir of what directory it is, as a message may say it
     */
    String revision(String dir) {
        try {
            return Repomd.read(repomd, "the held repomd.xml of " + dir).revision();
        } catch (StoreException e) {
            return "";
        }
    }

    /** Whether somebody has signed it. */
    boolean isSigned() {
        return signature.length > 0;
    }

    /** As it is stored: what is said of it first, so that it can be read, and replaced, without the rest. */
    List<byte[]> rows() {
        return List.of(encoded(header), repomd, signature, key);
    }

    static Generation of(List<byte[]> rows) {
        return new Generation(decoded(rows.get(0)), rows.get(1), rows.get(2), rows.get(3));
    }

    static byte[] encoded(Header header) {
        RowWriter row = new RowWriter(VERSION)
                .digest(header.upstream())
                .text(header.base())
                .optional(header.etag())
                .optional(header.lastModified())
                .instant(header.fetchedAt())
                .number(header.newest())
                .text(header.packages())
                .number(header.records().size());
        for (Item one : header.records()) {
            row.text(one.type())
                    .text(one.href())
                    .text(one.upstreamHref())
                    .optional(one.elsewhere())
                    .digest(one.checksum())
                    .number(one.sizeBytes() + 1);
        }
        return row.bytes();
    }

    static Header decoded(byte[] bytes) {
        RowReader row = new RowReader(WHAT, bytes, VERSION);
        Digest upstream = row.digest();
        String base = row.text();
        String etag = row.optional();
        String lastModified = row.optional();
        Instant fetchedAt = row.instant();
        long newest = row.number();
        String packages = row.text();
        long count = row.count();
        if (count > RECORDS_MAX) {
            throw row.corrupt(count + " records");
        }
        List<Item> records = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            records.add(new Item(row.text(), row.text(), row.text(), row.optional(), row.digest(), row.number() - 1));
        }
        row.end();
        return new Header(upstream, base, etag, lastModified, fetchedAt, newest, packages, records);
    }
}
