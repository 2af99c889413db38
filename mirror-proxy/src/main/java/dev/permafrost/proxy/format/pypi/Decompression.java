package dev.permafrost.proxy.format.pypi;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import dev.permafrost.proxy.format.pypi.WheelMetadata.RefusedException;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.jspecify.annotations.Nullable;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZInputStream;

/**
 * What the bytes of an archive unpack to: gzip, bzip2, xz, lzma or zstd, told by the first of them, since names lie. It comes from strangers: what it unpacks to is counted, and what it takes to unpack is bounded.
 */
final class Decompression extends FilterInputStream {
    /** Most bytes that an archive may unpack to; a core reads that many in some seconds. */
    static final long UNPACKED_BYTES_MAX = 1L << 30;

    /** What unpacks to more, and to more than so many times what was read of it, may go on like that; Warehouse draws the line there. */
    static final int RATIO_MAX = 50;

    /** The largest dictionary that xz may ask for, which is that of {@code xz -9}. */
    static final int XZ_DICTIONARY_MIB_MAX = 64;

    /** What xz needs besides its dictionary is less than that. */
    private static final int XZ_REST_KIB = 1024;

    /** The logarithm of zstd's largest window, 128 MiB, which is what its own tools take. */
    private static final int ZSTD_WINDOW_LOG_MAX = 27;

    /** One at a time of those that may take that much memory. */
    private static final Semaphore LARGE = new Semaphore(1);

    private static final long LARGE_WAIT_SECONDS = 10;
    private static final int LARGE_WAITING_MAX = 2;
    private static final int MAGIC_BYTES = 6;
    private static final int BUFFER_BYTES = 64 << 10;

    private final Packed packed;
    private final boolean large;
    private final BooleanSupplier stopped;
    private final byte[] skipped = new byte[BUFFER_BYTES];
    private long bytes;
    private boolean closed;

    private Decompression(InputStream decoder, Packed packed, boolean large, BooleanSupplier stopped) {
        super(decoder);
        this.packed = packed;
        this.large = large;
        this.stopped = stopped;
    }

    /** What an archive unpacks to is not what anybody can read; the message says why. */
    static final class DamagedException extends IOException {
        private static final long serialVersionUID = 1;

        private final boolean excessive;

        private DamagedException(String why, boolean excessive, @Nullable Throwable cause) {
            super(why, cause);
            this.excessive = excessive;
        }

        RefusedException refused() {
            String why = String.valueOf(getMessage());
            return excessive ? RefusedException.excessive(why) : new RefusedException(why);
        }
    }

    /**
     * Unpacks a file from its first byte on. Reading fails with {@link DamagedException} where it is damaged, or has unpacked to more than
     * {@value #UNPACKED_BYTES_MAX} bytes and to more than {@value #RATIO_MAX} times what was read of it, and with any other {@link IOException} where the file can't be read.
     *
     * @param file read by position only
     * @param stopped asked again and again whether to give up
     * @throws StoreException of kind {@link FailureKind#OVERLOADED} where it takes much memory and others are at it
     */
    static Decompression of(FileChannel file, long sizeBytes, BooleanSupplier stopped) throws IOException {
        Packed packed = new Packed(file, sizeBytes);
        byte[] magic = packed.readNBytes(MAGIC_BYTES);
        packed.position = 0;
        boolean large = begins(magic, 0xfd, '7', 'z', 'X', 'Z', 0) || isLzma(magic) || isZstd(magic);
        if (large) {
            waitForTurn();
        }
        boolean begun = false;
        try {
            Decompression begin = new Decompression(decoder(magic, packed), packed, large, stopped);
            begun = true;
            return begin;
        } catch (IOException | RuntimeException e) {
            throw packed.fault(e);
        } finally {
            if (large && !begun) {
                LARGE.release();
            }
        }
    }

    private static void waitForTurn() {
        boolean turn = false;
        try {
            // those who wait hold a thread each, of a pool that all share
            turn = LARGE.tryAcquire()
                    || (LARGE.getQueueLength() < LARGE_WAITING_MAX
                            && LARGE.tryAcquire(LARGE_WAIT_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!turn) {
            throw new StoreException(
                    FailureKind.OVERLOADED,
                    "other archives that take much memory are being unpacked, and within " + LARGE_WAIT_SECONDS
                            + " s it would not be this one's turn; try again");
        }
    }

    private static InputStream decoder(byte[] magic, Packed packed) throws IOException {
        if (begins(magic, 0x1f, 0x8b)) {
            return new GZIPInputStream(packed, BUFFER_BYTES);
        }
        if (begins(magic, 'B', 'Z', 'h')) {
            return new BZip2CompressorInputStream(new BufferedInputStream(packed, BUFFER_BYTES), true);
        }
        if (begins(magic, 0xfd, '7', 'z', 'X', 'Z', 0)) {
            return new XZInputStream(packed, (XZ_DICTIONARY_MIB_MAX << 10) + XZ_REST_KIB);
        }
        if (isLzma(magic)) {
            return new LZMAInputStream(
                    new BufferedInputStream(packed, BUFFER_BYTES), (XZ_DICTIONARY_MIB_MAX << 10) + XZ_REST_KIB);
        }
        if (isZstd(magic)) {
            return new ZstdInputStreamNoFinalizer(packed).setLongMax(ZSTD_WINDOW_LOG_MAX);
        }
        throw new DamagedException("it can't be unpacked: it is none of gzip, bzip2, xz, lzma and zstd", false, null);
    }

    /** By what xz itself knows it by, since it has no magic: possible properties, and a dictionary of 2^n or 2^n + 2^(n-1) bytes. */
    private static boolean isLzma(byte[] magic) {
        if (magic.length < 5 || (magic[0] & 0xff) >= 9 * 5 * 5) {
            return false;
        }
        int dictionary = ByteBuffer.wrap(magic).order(ByteOrder.LITTLE_ENDIAN).getInt(1);
        int high = Integer.highestOneBit(dictionary);
        return dictionary == -1 || (dictionary != 0 && (dictionary == high || dictionary == (high | high >>> 1)));
    }

    /** A frame, or one that is to be skipped (RFC 8878 §3.1.2). */
    private static boolean isZstd(byte[] magic) {
        return begins(magic, 0x28, 0xb5, 0x2f, 0xfd)
                || (magic.length > 3
                        && (magic[0] & 0xf0) == 0x50
                        && magic[1] == 0x2a
                        && magic[2] == 0x4d
                        && magic[3] == 0x18);
    }

    private static boolean begins(byte[] magic, int... with) {
        boolean begins = magic.length >= with.length;
        for (int i = 0; begins && i < with.length; i++) {
            begins = magic[i] == (byte) with[i];
        }
        return begins;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (stopped.getAsBoolean()) {
            throw new IOException("the server is closing");
        }
        int n;
        try {
            n = super.read(buffer, offset, length);
        } catch (IOException | RuntimeException e) {
            throw packed.fault(e);
        }
        bytes += Math.max(0, n);
        if (bytes > UNPACKED_BYTES_MAX && packed.position * RATIO_MAX < bytes) {
            throw new DamagedException(
                    "it unpacks to more than " + UNPACKED_BYTES_MAX + " bytes, made of " + packed.position
                            + ", and may have no end",
                    true,
                    null);
        }
        return n;
    }

    /** Reads: each skip of what it reads from allocates anew. */
    @Override
    public long skip(long count) throws IOException {
        long left = count;
        while (left > 0) {
            int n = read(skipped, 0, (int) Math.min(skipped.length, left));
            if (n < 0) {
                break;
            }
            left -= n;
        }
        return count - left;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /** Leaves the file open. */
    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            super.close();
        } finally {
            if (large) {
                LARGE.release();
            }
        }
    }

    /** The bytes of a file from the first to the last, whoever else reads it; remembers whether reading them failed. */
    private static final class Packed extends InputStream {
        private final FileChannel channel;
        private final long sizeBytes;
        private long position;
        private @Nullable IOException failure;

        Packed(FileChannel channel, long sizeBytes) {
            this.channel = channel;
            this.sizeBytes = sizeBytes;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int most = (int) Math.min(length, sizeBytes - position);
            try {
                int n = most == 0 && length > 0 ? -1 : channel.read(ByteBuffer.wrap(buffer, offset, most), position);
                position += Math.max(0, n);
                return n;
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        /** Without it, what follows the first member of several would be taken for none. */
        @Override
        public int available() {
            return (int) Math.min(Integer.MAX_VALUE, sizeBytes - position);
        }

        /** What a decoder failed with: what it reads makes no sense, or the file can't be read. */
        IOException fault(Exception e) {
            if (failure != null) {
                return failure;
            }
            if (e instanceof DamagedException known) {
                return known;
            }
            if (e instanceof MemoryLimitException limit) {
                return new DamagedException(
                        "to unpack it takes " + (limit.getMemoryNeeded() >> 10) + " MiB of memory, and no more than "
                                + XZ_DICTIONARY_MIB_MAX + " MiB are given to xz; have it compressed with xz -9 or less",
                        true,
                        e);
            }
            // decoders fail in every way at bytes that nobody meant
            return new DamagedException(
                    e instanceof EOFException ? "it is cut off" : "it can't be unpacked: " + e.getMessage(), false, e);
        }
    }
}
