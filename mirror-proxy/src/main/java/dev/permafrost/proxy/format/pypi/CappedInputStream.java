package dev.permafrost.proxy.format.pypi;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Counts the bytes of a page and fails at the first one beyond the limit. Does not close what it reads. */
final class CappedInputStream extends FilterInputStream {
    private final IndexSource source;
    private final long bytesMax;
    private long bytes;

    /** Reads that body under that page's limit. */
    CappedInputStream(InputStream body, IndexSource source, IndexLimits limits) {
        super(body);
        this.source = source;
        this.bytesMax = limits.decompressedBytesMax();
    }

    @Override
    public int read() throws IOException {
        int b = super.read();
        count(b < 0 ? 0 : 1);
        return b;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int n = super.read(buffer, offset, length);
        count(Math.max(n, 0));
        return n;
    }

    @Override
    public long skip(long n) throws IOException {
        long skipped = super.skip(n);
        count(skipped);
        return skipped;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    @Override
    public void close() {
        // The body is its owner's to close.
    }

    private void count(long more) {
        bytes += more;
        if (bytes > bytesMax) {
            throw IndexFault.tooLarge(
                    source, "more than " + bytesMax + " bytes when decompressed", "decompressed-bytes-max", bytesMax);
        }
    }
}
