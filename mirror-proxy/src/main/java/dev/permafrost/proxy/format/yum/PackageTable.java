package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.RowReader;
import dev.permafrost.store.index.RowWriter;
import dev.permafrost.store.model.Digest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a primary document says of the packages of its repository, by the path that each is asked for at. It is one document in the
 * store, in buckets of some hundred packages, so that one of a hundred thousand is found by reading one row.
 */
final class PackageTable {
    /** The kind of document. */
    static final String KIND = "yum-packages";

    private static final int VERSION = 1;
    private static final String WHAT = "yum packages";
    private static final int PER_BUCKET = 128;
    private static final int BUCKETS_MAX = 1 << 20;

    private PackageTable() {}

    /**
     * A package that is listed.
     *
     * @param path where it is, below its repository
     * @param checksum of its bytes
     * @param sizeBytes its length, -1 where it is not said
     * @param base the URL that it is below, of HTTP or HTTPS; null for the repository's own
     */
    record Listed(
            String path,
            Digest checksum,
            long sizeBytes,
            @Nullable String base) {
        /** What is promised of its bytes. */
        Expectation expectation() {
            return Expectation.of(checksum).withSize(sizeBytes);
        }
    }

    /** Collects the packages of one document, in little more memory than they have as rows. */
    static final class Draft {
        private final List<byte[]> rows = new ArrayList<>();
        private int[] hashes = new int[1024];

        /** Takes a package. Of several at one path the first counts. */
        void add(ListedPackage listed) {
            add(
                    listed.location().path(),
                    listed.checksum(),
                    listed.sizeBytes(),
                    listed.location().base());
        }

        /** Takes a file; -1 for a size that is not said, null for the repository's own base. */
        void add(String path, Digest checksum, long sizeBytes, @Nullable String base) {
            if (rows.size() == hashes.length) {
                hashes = Arrays.copyOf(hashes, 2 * hashes.length);
            }
            hashes[rows.size()] = path.hashCode();
            rows.add(new RowWriter(VERSION)
                    .text(path)
                    .digest(checksum)
                    .number(sizeBytes + 1)
                    .optional(base)
                    .bytes());
        }

        /** How many it has. */
        int size() {
            return rows.size();
        }

        /** Stores them under that key. Blocks. */
        void put(MirrorStore store, DocKey key) {
            int buckets = Math.max(1, Math.min(BUCKETS_MAX, rows.size() / PER_BUCKET));
            List<List<byte[]>> sorted = new ArrayList<>();
            for (int i = 0; i < buckets; i++) {
                sorted.add(new ArrayList<>());
            }
            for (int i = 0; i < rows.size(); i++) {
                sorted.get(bucket(hashes[i], buckets)).add(rows.get(i));
            }
            List<byte[]> chunks = new ArrayList<>();
            chunks.add(
                    new RowWriter(VERSION).number(buckets).number(rows.size()).bytes());
            for (List<byte[]> bucket : sorted) {
                RowWriter all = new RowWriter(VERSION).number(bucket.size());
                bucket.forEach(all::append);
                chunks.add(all.bytes());
            }
            store.putDoc(key, chunks);
        }
    }

    /** The package at a path; empty where none is listed there. Blocks. */
    static Optional<Listed> find(View view, DocKey key, String path) {
        byte[] head = view.catalog().docHead(key).orElse(null);
        if (head == null) {
            return Optional.empty();
        }
        RowReader header = new RowReader(WHAT, head, VERSION);
        int buckets = (int) header.number();
        header.number();
        header.end();
        byte[] bucket = view.catalog()
                .docChunk(key, 1 + bucket(path.hashCode(), buckets))
                .orElse(null);
        return bucket == null ? Optional.empty() : in(bucket, path);
    }

    /** Shows all packages of a table. Blocks. */
    static void each(View view, DocKey key, Consumer<Listed> visitor) {
        boolean[] isHead = {true};
        view.catalog().doc(key, chunk -> {
            if (!isHead[0]) {
                RowReader all = new RowReader(WHAT, chunk, VERSION);
                long count = all.count();
                for (long i = 0; i < count; i++) {
                    visitor.accept(next(all));
                }
            }
            isHead[0] = false;
        });
    }

    /** Whether there is one. Blocks. */
    static boolean isThere(View view, DocKey key) {
        return view.catalog().docHead(key).isPresent();
    }

    /** How many packages it has; 0 where there is no such table. Blocks. */
    static long count(View view, DocKey key) {
        return view.catalog()
                .docHead(key)
                .map(head -> {
                    RowReader header = new RowReader(WHAT, head, VERSION);
                    header.number();
                    return header.number();
                })
                .orElse(0L);
    }

    private static Optional<Listed> in(byte[] bucket, String path) {
        RowReader all = new RowReader(WHAT, bucket, VERSION);
        long count = all.count();
        for (long i = 0; i < count; i++) {
            Listed listed = next(all);
            if (listed.path().equals(path)) {
                return Optional.of(listed);
            }
        }
        return Optional.empty();
    }

    private static Listed next(RowReader all) {
        // a row has a version of its own
        all.next();
        return new Listed(all.text(), all.digest(), all.number() - 1, all.optional());
    }

    private static int bucket(int hash, int buckets) {
        return Math.floorMod(hash ^ (hash >>> 16), buckets);
    }
}
