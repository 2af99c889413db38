package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A list of packages without those that are left out: the elements of the others are upstream's, byte for byte, in its order.
 *
 * @param sizeBytes its length
 * @param digest its SHA-256
 */
record FilteredList(long sizeBytes, Digest digest) {
    private static final Pattern COUNT = Pattern.compile("(\\bpackages\\s*=\\s*[\"'])[0-9]+([\"'])");

    /**
     * Writes a list.
     *
     * @param document decompressed, read to its end; not closed
     * @param title what it is, as a message may say it
     * @param keeps which packages stay
     * @param count how many those are
     * @param to not closed
     */
    static FilteredList write(
            InputStream document, String title, Predicate<PackageElements> keeps, long count, OutputStream to)
            throws IOException {
        Measured out = new Measured(to);
        PackageElements elements = new PackageElements(document, title);
        out.write(head(elements.head(), count));
        while (elements.next()) {
            if (keeps.test(elements)) {
                out.write(elements.gap());
                out.write(elements.element());
            }
        }
        byte[] tail = elements.tail();
        out.write(tail == null ? new byte[0] : tail);
        return new FilteredList(out.bytes, Digest.of(Algorithm.SHA256, out.sha256.digest()));
    }

    /**
     * Writes a document as it is.
     *
     * @param document decompressed, read to its end; not closed
     * @param to not closed
     */
    static FilteredList copy(InputStream document, OutputStream to) throws IOException {
        Measured out = new Measured(to);
        document.transferTo(out);
        return new FilteredList(out.bytes, Digest.of(Algorithm.SHA256, out.sha256.digest()));
    }

    private static byte[] head(byte[] head, long count) {
        Matcher said = COUNT.matcher(new String(head, ISO_8859_1));
        return said.replaceFirst("$1" + count + "$2").getBytes(ISO_8859_1);
    }

    /** Counts what goes through, and its digest. */
    static final class Measured extends FilterOutputStream {
        private final MessageDigest sha256 = newSha256();
        private long bytes;

        Measured(OutputStream to) {
            super(to);
        }

        long bytes() {
            return bytes;
        }

        Digest digest() {
            return Digest.of(Algorithm.SHA256, sha256.digest());
        }

        void write(ByteBuffer part) throws IOException {
            byte[] copy = new byte[part.remaining()];
            part.get(copy);
            write(copy, 0, copy.length);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            sha256.update(from, offset, length);
            bytes += length;
            out.write(from, offset, length);
        }

        private static MessageDigest newSha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }
    }
}
