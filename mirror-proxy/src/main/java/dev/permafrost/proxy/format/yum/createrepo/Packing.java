package dev.permafrost.proxy.format.yum.createrepo;

import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/** How lists are compressed. The same bytes always make the same file. */
public enum Packing {
    /** Read by every client. */
    GZ("gz"),
    /** Read by every client. */
    BZ2("bz2"),
    /** Read by every client; takes long to write. */
    XZ("xz"),
    /** Not read by yum 3, which is CentOS 7's. */
    ZSTD("zst");

    private static final int BUFFER_BYTES = 64 << 10;

    private final String suffix;

    Packing(String suffix) {
        this.suffix = suffix;
    }

    /** What a file's name ends with. */
    String suffix() {
        return suffix;
    }

    /** The one that createrepo_c calls so. */
    public static Optional<Packing> named(String name) {
        return Arrays.stream(values())
                .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(name) || each.suffix.equals(name))
                .findFirst();
    }

    /** Compresses what is written to it; closing it closes the other. */
    OutputStream over(OutputStream out) throws IOException {
        return switch (this) {
            case GZ -> new GZIPOutputStream(out, BUFFER_BYTES);
            case BZ2 -> new BZip2CompressorOutputStream(out);
            case XZ -> new XZOutputStream(out, new LZMA2Options());
            case ZSTD -> new ZstdOutputStreamNoFinalizer(out).setLevel(10);
        };
    }
}
