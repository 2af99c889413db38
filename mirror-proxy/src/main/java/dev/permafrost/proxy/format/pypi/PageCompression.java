package dev.permafrost.proxy.format.pypi;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the compressed forms of a page, once when it is rendered. Takes time: not for event loops. */
final class PageCompression {
    private static final Logger log = LoggerFactory.getLogger(PageCompression.class);
    /** Twice the time of level 3, and a tenth less in bytes. */
    private static final int ZSTD_LEVEL = 9;

    private static volatile boolean zstdMissing;

    private PageCompression() {}

    /** As RFC 1952 has it. */
    static byte[] gzip(byte[] plain) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(plain.length / 4);
        try (GZIPOutputStream gzip = new GZIPOutputStream(out, 8 << 10)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return out.toByteArray();
    }

    /** As RFC 8878 has it; null where the native library does not load. */
    static byte @Nullable [] zstd(byte[] plain) {
        if (zstdMissing) {
            return null;
        }
        try {
            return Zstd.compress(plain, ZSTD_LEVEL);
        } catch (LinkageError e) {
            zstdMissing = true;
            log.info("pages are not compressed by zstd: {}", e.getMessage());
            return null;
        }
    }
}
