package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.hosted.RefusedUploadException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * Whether an archive in a folder is all there. Whoever copies one there may pause or fail half-way, and what is published once can't
 * be put right under the same name.
 */
final class CompleteArchive {
    private static final int BUFFER_BYTES = 1 << 16;
    /** What is longer than this when unpacked is taken for complete. */
    private static final long UNPACKED_BYTES_MAX = 16L << 30;

    private CompleteArchive() {}

    /**
     * Checks a file, if it is one that tells where it ends: {@code .tar.gz}, {@code .tgz}, {@code .zip} and {@code .egg}; wheels are
     * checked with all else that is in them.
     *
     * @throws RefusedUploadException if it does not come to its end
     */
    static void require(Path file) throws IOException, RefusedUploadException {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        try {
            if (name.endsWith(".tar.gz") || name.endsWith(".tgz")) {
                unpack(file);
            } else if (name.endsWith(".zip") || name.endsWith(".egg")) {
                new ZipFile(file.toFile()).close();
            }
        } catch (ZipException | EOFException e) {
            throw new RefusedUploadException("it is damaged, or not all of it is there: "
                    + (e.getMessage() == null ? "it ends early" : e.getMessage()));
        }
    }

    private static void unpack(Path file) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        long unpacked = 0;
        try (InputStream in = new GZIPInputStream(Files.newInputStream(file), BUFFER_BYTES)) {
            for (int n = in.read(buffer); n >= 0 && unpacked < UNPACKED_BYTES_MAX; n = in.read(buffer)) {
                unpacked += n;
            }
        }
    }
}
