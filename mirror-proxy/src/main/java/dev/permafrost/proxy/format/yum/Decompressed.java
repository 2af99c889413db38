package dev.permafrost.proxy.format.yum;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZInputStream;

/**
 * Metadata decompressed: gzip, bzip2, xz, zstd, or as it is. Which of them is told by its first bytes, since names lie. It comes from
 * strangers: what it unpacks to is counted, and what it takes to unpack is bounded.
 */
public final class Decompressed extends InputStream {
    /** The largest dictionary that xz may ask for; {@code xz -9} asks for 64 MiB. */
    static final int XZ_DICTIONARY_MIB_MAX = 128;

    /** What xz needs besides its dictionary is less than that. */
    private static final int XZ_REST_KIB = 1024;

    /** The logarithm of zstd's largest window, 128 MiB, which is what its own tools take. */
    private static final int ZSTD_WINDOW_LOG_MAX = 27;

    /** Beyond what a bzip2 block or a zstd window can be, without one byte to show for it, somebody is playing with us. */
    private static final long BARREN_BYTES_MAX = 16L << 20;

    private static final int MAGIC_BYTES = 6;
    private static final int BUFFER_BYTES = 64 << 10;

    private final String title;
    private final long bytesMax;
    private final Source source;
    private final InputStream decoder;
    private long bytes;

    private Decompressed(Source source, InputStream decoder, String title, long bytesMax) {
        this.source = source;
        this.decoder = decoder;
        this.title = title;
        this.bytesMax = bytesMax;
    }

    /**
     * The bytes that a compressed file stands for; closing it closes the file. Reading it fails with a {@link StoreException} of kind
     * {@link FailureKind#UPSTREAM_INVALID} where it is damaged, of kind {@link FailureKind#UPSTREAM_TOO_LARGE} at the first byte beyond the
     * limit.
     *
     * @param file the file's bytes, from the first
     * @param title what file that is, as a message may say it
     * @param bytesMax most bytes that it may unpack to
     * @throws StoreException if it is of a kind that is not read, or damaged at its beginning
     * @throws IOException if the file itself can't be read
     */
    public static InputStream open(InputStream file, String title, long bytesMax) throws IOException {
        Source source = new Source(file, title);
        byte[] magic = source.peek();
        try {
            return new Decompressed(source, decoder(magic, source, title), title, bytesMax);
        } catch (IOException | RuntimeException e) {
            throw fault(e, source, title);
        }
    }

    private static InputStream decoder(byte[] magic, Source source, String title) throws IOException {
        if (begins(magic, 0x1f, 0x8b)) {
            return GzipCompressorInputStream.builder()
                    .setInputStream(source)
                    .setDecompressConcatenated(true)
                    .get();
        }
        if (begins(magic, 'B', 'Z', 'h')) {
            return new BZip2CompressorInputStream(source, true);
        }
        if (begins(magic, 0xfd, '7', 'z', 'X', 'Z', 0)) {
            return new XZInputStream(source, (XZ_DICTIONARY_MIB_MAX << 10) + XZ_REST_KIB);
        }
        if (begins(magic, 0x28, 0xb5, 0x2f, 0xfd)) {
            return new ZstdInputStreamNoFinalizer(source).setLongMax(ZSTD_WINDOW_LOG_MAX);
        }
        if (begins(magic, 0, 'Z', 'C', 'K')) {
            throw MetadataFault.invalid(
                    title, "it is in zchunk, which is not read here; the record without _zck says the same");
        }
        return source;
    }

    private static boolean begins(byte[] magic, int... with) {
        if (magic.length < with.length) {
            return false;
        }
        for (int i = 0; i < with.length; i++) {
            if (magic[i] != (byte) with[i]) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int n;
        try {
            n = decoder.read(buffer, offset, length);
        } catch (IOException | RuntimeException e) {
            throw fault(e, source, title);
        }
        if (n > 0) {
            source.barren = 0;
            bytes += n;
            if (bytes > bytesMax) {
                throw MetadataFault.tooLarge(title, "it unpacks to more than " + bytesMax + " bytes");
            }
        }
        return n;
    }

    @Override
    public void close() throws IOException {
        decoder.close();
    }

    /** What the decoder failed with: what is read makes no sense, or else, thrown, the file can't be read. */
    private static StoreException fault(Exception e, Source source, String title) throws IOException {
        if (e instanceof StoreException known) {
            return known;
        }
        if (source.failure != null) {
            throw source.failure;
        }
        if (e instanceof MemoryLimitException limit) {
            return MetadataFault.tooLarge(
                    title,
                    "to unpack it takes " + (limit.getMemoryNeeded() >> 10) + " MiB of memory, and no more than "
                            + XZ_DICTIONARY_MIB_MAX + " MiB are given to xz; have it compressed with xz -9 or less");
        }
        // decoders fail in every way at bytes that nobody meant
        return MetadataFault.invalid(
                title, "it can't be unpacked: " + PlainText.quoted(String.valueOf(e.getMessage())), e);
    }

    /** The compressed bytes; remembers whether reading them failed, and how many were read in vain. */
    private static final class Source extends InputStream {
        private final InputStream in;
        private final String title;
        private long barren;
        private @Nullable IOException failure;

        Source(InputStream file, String title) {
            this.in = new BufferedInputStream(file, BUFFER_BYTES);
            this.title = title;
        }

        byte[] peek() throws IOException {
            in.mark(MAGIC_BYTES);
            byte[] magic = in.readNBytes(MAGIC_BYTES);
            in.reset();
            return magic;
        }

        @Override
        public int read() throws IOException {
            try {
                return counted(in.read(), 1);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            try {
                int n = in.read(buffer, offset, length);
                return counted(n, n);
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public int available() throws IOException {
            return in.available();
        }

        @Override
        public void close() throws IOException {
            in.close();
        }

        private int counted(int result, int count) {
            if (result >= 0) {
                barren += count;
                if (barren > BARREN_BYTES_MAX) {
                    throw MetadataFault.invalid(
                            title, "the last " + BARREN_BYTES_MAX + " bytes of it unpack to nothing");
                }
            }
            return result;
        }
    }
}
