package dev.permafrost.proxy.format.yum;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** The ways to compress metadata. */
enum Packed {
    GZIP,
    BZIP2,
    XZ,
    ZSTD;

    byte[] pack(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = packing(packed)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    private OutputStream packing(OutputStream out) throws IOException {
        return switch (this) {
            case GZIP -> new GZIPOutputStream(out);
            case BZIP2 -> new BZip2CompressorOutputStream(out);
            case XZ -> new XZOutputStream(out, new LZMA2Options(1));
            case ZSTD -> new ZstdOutputStream(out);
        };
    }

    /** The same bytes again and again, made as they are read. */
    static final class Repeated extends InputStream {
        private final byte[] bytes;
        private final long length;
        private long position;

        Repeated(byte[] bytes, long times) {
            this.bytes = bytes;
            this.length = times * bytes.length;
        }

        /** How many were read. */
        long position() {
            return position;
        }

        @Override
        public int read() {
            return position == length ? -1 : bytes[(int) (position++ % bytes.length)] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int wanted) {
            if (position == length) {
                return -1;
            }
            int start = (int) (position % bytes.length);
            int n = (int) Math.min(wanted, Math.min(bytes.length - start, length - position));
            System.arraycopy(bytes, start, buffer, offset, n);
            position += n;
            return n;
        }
    }
}
