package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.format.pypi.WheelMetadata.RefusedException;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/**
 * Takes the PKG-INFO out of a source distribution (PEP 625, and what was before it): a {@code .tar.gz}, or a {@code .zip} of older
 * times. It comes from strangers: what it unpacks to is counted and never kept.
 */
final class SdistMetadata {
    /** What the metadata of a source distribution is called. */
    static final String PKG_INFO = "PKG-INFO";

    /** Most bytes that an archive may unpack to; a core reads that many in some seconds. */
    static final long UNPACKED_BYTES_MAX = 1L << 30;

    /** What unpacks to more, and to more than so many times what was read of it, may go on like that; Warehouse draws the line there. */
    static final int RATIO_MAX = 50;

    private static final byte[] IN_FOLDER = ("/" + PKG_INFO).getBytes(UTF_8);
    private static final String TAR_GZ = ".tar.gz";
    private static final String ZIP = ".zip";
    private static final int BUFFER_BYTES = 64 << 10;
    /** The first in which a source distribution says which fields its wheels may change (PEP 643). */
    private static final Version FIXED_SINCE = Version.parse("2.2").orElseThrow();

    private SdistMetadata() {}

    /** Whether a file of that name is a source distribution of a kind that can be read. */
    static boolean isOne(String filename) {
        String lower = filename.toLowerCase(Locale.ROOT);
        return lower.endsWith(TAR_GZ) || lower.endsWith(ZIP);
    }

    /**
     * The bytes of the PKG-INFO in the folder that is all of the archive.
     *
     * @param channel the distribution, read by position only
     * @param project whose it is
     * @param stopped asked again and again whether to give up
     * @throws RefusedException where the archive is broken or unpacks to too much, has none or several, or one that is too long
     * @throws IOException where it can't be read
     */
    static byte[] of(FileChannel channel, long sizeBytes, String filename, ProjectName project, BooleanSupplier stopped)
            throws IOException, RefusedException {
        if (filename.toLowerCase(Locale.ROOT).endsWith(ZIP)) {
            return WheelMetadata.of(channel, sizeBytes, project, IN_FOLDER, PKG_INFO);
        }
        Positioned packed = new Positioned(channel, sizeBytes);
        try (InputStream tar = new Counted(new GZIPInputStream(packed, BUFFER_BYTES), stopped)) {
            return pkgInfo(tar, project);
        } catch (EOFException e) {
            throw new RefusedException("it is cut off");
        } catch (ZipException e) {
            throw new RefusedException("it can't be unpacked: " + e.getMessage());
        } catch (TooMuchException e) {
            String why = "it unpacks to more than " + UNPACKED_BYTES_MAX + " bytes";
            throw packed.position * RATIO_MAX < UNPACKED_BYTES_MAX
                    ? RefusedException.excessive(why + ", made of " + packed.position + ", and may have no end")
                    : new RefusedException(why);
        }
    }

    private static byte[] pkgInfo(InputStream tar, ProjectName project) throws IOException, RefusedException {
        try {
            return TarMember.pkgInfo(tar, project);
        } catch (RefusedException e) {
            // whoever reads on, where this can't, should come to an end
            var unused = tar.skip(Long.MAX_VALUE);
            throw e;
        }
    }

    /** Whether every wheel that is built of it will say the same (PEP 643), so that a client need not build one to know. */
    static boolean isFixed(MetadataFields fields) {
        String version = fields.first("metadata-version");
        return version != null
                && Version.parse(version)
                        .filter(said -> said.beginsAs(FIXED_SINCE, 1) && said.compareTo(FIXED_SINCE) >= 0)
                        .isPresent()
                && fields.all("dynamic").isEmpty();
    }

    /** A file from its first byte to its last, whoever else reads it. */
    private static final class Positioned extends InputStream {
        private final FileChannel channel;
        private final long sizeBytes;
        private long position;

        Positioned(FileChannel channel, long sizeBytes) {
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
            int n = most == 0 && length > 0 ? -1 : channel.read(ByteBuffer.wrap(buffer, offset, most), position);
            position += Math.max(0, n);
            return n;
        }

        /** Without it, what follows the first member of several would be taken for none. */
        @Override
        public int available() {
            return (int) Math.min(Integer.MAX_VALUE, sizeBytes - position);
        }
    }

    private static final class TooMuchException extends IOException {
        private static final long serialVersionUID = 1;
    }

    /** Counts what is unpacked. */
    private static final class Counted extends FilterInputStream {
        private final BooleanSupplier stopped;
        private final byte[] skipped = new byte[BUFFER_BYTES];
        private long bytes;

        Counted(InputStream in, BooleanSupplier stopped) {
            super(in);
            this.stopped = stopped;
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
            int n = super.read(buffer, offset, length);
            bytes += Math.max(0, n);
            if (bytes > UNPACKED_BYTES_MAX) {
                throw new TooMuchException();
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
    }
}
