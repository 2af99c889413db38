package dev.permafrost.proxy.format.pypi;

import com.github.luben.zstd.Zstd;
import dev.permafrost.proxy.repo.Coding;
import dev.permafrost.proxy.repo.ContentCoding;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compresses pages, once when they are rendered. Takes time: not for event loops. */
final class PageCompression {
    private static final Logger log = LoggerFactory.getLogger(PageCompression.class);
    /*
     * Half of a page is digests, in which there is nothing to be found but that they are hexadecimal. A page of 100 files, 47 KB: zstd
     * makes 11.4 KB of it at level 1 in 0.07 ms, and 12.6 KB at level 9 in 0.35 ms, since short matches among digits cost more than they
     * save; gzip 14.7 KB at level 3 in 0.55 ms, and 13.8 KB at level 6 in 1.02 ms. One of 20,000 files is all of that 200 times.
     */
    private static final int ZSTD_LEVEL = 1;

    private static final int GZIP_LEVEL = 3;

    private static volatile boolean zstdMissing;

    private PageCompression() {}

    /**
     * The best of what a client takes.
     *
     * @param acceptEncoding its Accept-Encoding field, null for none
     */
    static Coding best(@Nullable String acceptEncoding) {
        ContentCoding allowed = ContentCoding.of(acceptEncoding);
        return allowed.zstd() && !zstdMissing ? Coding.ZSTD : allowed.gzip() ? Coding.GZIP : Coding.IDENTITY;
    }

    /** A page so coded; as it is where the native library does not load. */
    static byte[] coded(byte[] plain, Coding coding) {
        return switch (coding) {
            case IDENTITY -> plain;
            case GZIP -> gzip(plain);
            case ZSTD -> zstd(plain);
        };
    }

    private static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(plain.length / 4);
        try (GZIPOutputStream gzip = new LevelledGzip(out)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return out.toByteArray();
    }

    private static byte[] zstd(byte[] plain) {
        try {
            return Zstd.compress(plain, ZSTD_LEVEL);
        } catch (LinkageError e) {
            zstdMissing = true;
            log.info("pages are not compressed by zstd: {}", e.getMessage());
            return plain;
        }
    }

    /** The JDK's, whose level only a subclass can set. */
    private static final class LevelledGzip extends GZIPOutputStream {
        LevelledGzip(OutputStream out) throws IOException {
            super(out, 8 << 10);
            def.setLevel(GZIP_LEVEL);
        }
    }
}
