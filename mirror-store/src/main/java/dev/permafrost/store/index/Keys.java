package dev.permafrost.store.index;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** How names become row keys: parts of UTF-8 with NUL between them, which no part holds. */
final class Keys {
    private static final String PARTIAL = "partial";

    private Keys() {}

    static byte[] entry(ArtifactKey key) {
        return (key.repository() + '\0' + key.key()).getBytes(UTF_8);
    }

    static byte[] entryPrefix(String repository, String keyPrefix) {
        return (repository + '\0' + keyPrefix).getBytes(UTF_8);
    }

    static ArtifactKey entryKey(byte[] row) {
        return artifactKey(new String(row, UTF_8));
    }

    static byte[] blob(Digest digest) {
        byte[] bytes = digest.bytes();
        return ByteBuffer.allocate(1 + bytes.length)
                .put((byte) digest.algorithm().code())
                .put(bytes)
                .array();
    }

    static Digest blobDigest(byte[] row) {
        if (row.length == 0 || row.length != 1 + Algorithm.ofCode(row[0]).lengthBytes()) {
            throw corrupt("a blob's row has a key of " + row.length + " bytes");
        }
        return Digest.of(Algorithm.ofCode(row[0]), Arrays.copyOfRange(row, 1, row.length));
    }

    static byte[] docPrefix(DocKey key) {
        return docKindPrefix(key.repository(), key.kind(), key.key() + '\0');
    }

    static byte[] docKindPrefix(String repository, String kind, String keyPrefix) {
        return (repository + '\0' + kind + '\0' + keyPrefix).getBytes(UTF_8);
    }

    static byte[] docChunk(DocKey key, int chunk) {
        byte[] prefix = docPrefix(key);
        return ByteBuffer.allocate(prefix.length + Integer.BYTES)
                .put(prefix)
                .putInt(chunk)
                .array();
    }

    /** What the rows of all blobs begin with, which are named by SHA-256. */
    static byte[] blobPrefix() {
        return new byte[] {(byte) Algorithm.SHA256.code()};
    }

    /** A row's key up to and with the first NUL behind that many bytes. */
    static byte[] partPrefixOf(byte[] row, int start) {
        int end = start;
        while (end < row.length && row[end] != 0) {
            end++;
        }
        if (end == row.length) {
            throw corrupt("a row has no repository in its key of " + row.length + " bytes");
        }
        return Arrays.copyOf(row, end + 1);
    }

    /** Where the documents of a chunk's repository and kind begin, this row's among them. */
    static byte[] docKindPrefixOf(byte[] row) {
        int at = 0;
        for (int parts = 0; parts < 2; at++) {
            if (at == row.length) {
                throw corrupt("a document's row has a key of " + row.length + " bytes");
            }
            parts += row[at] == 0 ? 1 : 0;
        }
        return Arrays.copyOf(row, at);
    }

    /** The kind in such a prefix. */
    static String docKindOf(byte[] kindPrefix) {
        String text = new String(kindPrefix, UTF_8);
        return text.substring(text.indexOf('\0') + 1, text.length() - 1);
    }

    /** What comes behind all rows with such a prefix, which ends with a NUL. */
    static byte[] behind(byte[] prefix) {
        byte[] behind = prefix.clone();
        behind[behind.length - 1]++;
        return behind;
    }

    /** The key of the document that a chunk's row belongs to. */
    static String docKeyOf(String repository, String kind, byte[] row) {
        int start = docKindPrefix(repository, kind, "").length;
        int length = row.length - start - 1 - Integer.BYTES;
        if (length <= 0) {
            throw corrupt("a document's row has a key of " + row.length + " bytes");
        }
        return new String(row, start, length, UTF_8);
    }

    /** The repository of the document that a chunk's row belongs to. */
    static String docRepositoryOf(byte[] row) {
        int end = 0;
        while (end < row.length && row[end] != 0) {
            end++;
        }
        return new String(row, 0, end, UTF_8);
    }

    /** Sorts behind all documents of a repository, and before those of the next one. */
    static byte[] behindDocsOf(String repository) {
        return (repository + '\1').getBytes(UTF_8);
    }

    /** The number of the chunk in a row. */
    static int docChunkOf(byte[] row) {
        int chunk = row.length < Integer.BYTES
                ? -1
                : ByteBuffer.wrap(row, row.length - Integer.BYTES, Integer.BYTES)
                        .getInt();
        if (chunk < 0) {
            throw corrupt("a document's row has no chunk number in its key of " + row.length + " bytes");
        }
        return chunk;
    }

    static byte[] partial(ArtifactKey key) {
        return (PARTIAL + '\0' + key.repository() + '\0' + key.key()).getBytes(UTF_8);
    }

    static byte[] partialPrefix() {
        return (PARTIAL + '\0').getBytes(UTF_8);
    }

    /** The row that says that the index is whole. */
    static byte[] whole() {
        return "whole".getBytes(UTF_8);
    }

    /** The row of what was amended last, as the journal is to have it. */
    static byte[] amended() {
        return "amended".getBytes(UTF_8);
    }

    /** The row that says how far the blobs have been read again. */
    static byte[] scrubbed() {
        return "scrubbed".getBytes(UTF_8);
    }

    static ArtifactKey partialKey(byte[] row) {
        String text = new String(row, UTF_8);
        if (!text.startsWith(PARTIAL + '\0')) {
            throw corrupt("a suspended download's row is called " + text);
        }
        return artifactKey(text.substring(PARTIAL.length() + 1));
    }

    private static ArtifactKey artifactKey(String text) {
        int nul = text.indexOf('\0');
        if (nul <= 0) {
            throw corrupt("an index row has no repository in its key: " + text);
        }
        try {
            return new ArtifactKey(text.substring(0, nul), text.substring(nul + 1));
        } catch (IllegalArgumentException e) {
            throw corrupt("an index row has a key that can't be: " + e.getMessage());
        }
    }

    private static StoreException corrupt(String what) {
        return new StoreException(FailureKind.STORE_CORRUPT, what);
    }
}
