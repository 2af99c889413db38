package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.format.pypi.WheelMetadata.RefusedException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;

/**
 * Takes the PKG-INFO out of a source distribution (PEP 625, and what was before it): a {@code .tar.gz}, or a tar archive packed
 * otherwise or a {@code .zip} of older times. It comes from strangers: what it unpacks to is counted and never kept.
 */
final class SdistMetadata {
    /** What the metadata of a source distribution is called. */
    static final String PKG_INFO = "PKG-INFO";

    private static final byte[] IN_FOLDER = ("/" + PKG_INFO).getBytes(UTF_8);
    private static final String ZIP = ".zip";

    /** What pip and uv unpack, and what they have unpacked. */
    private static final List<String> TARS = List.of(
            ".tar.gz",
            ".tgz",
            ".tar",
            ".tar.bz2",
            ".tbz",
            ".tbz2",
            ".tar.xz",
            ".txz",
            ".tlz",
            ".tar.lzma",
            ".tar.lz",
            ".tar.zst");

    /** The first in which a source distribution says which fields its wheels may change (PEP 643). */
    private static final Version FIXED_SINCE = Version.parse("2.2").orElseThrow();

    private SdistMetadata() {}

    /** Whether a file of that name is a source distribution of a kind that can be read. */
    static boolean isOne(String filename) {
        String lower = filename.toLowerCase(Locale.ROOT);
        return lower.endsWith(ZIP) || TARS.stream().anyMatch(lower::endsWith);
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
        try (InputStream tar = Decompression.of(channel, sizeBytes, stopped)) {
            return pkgInfo(tar, project);
        } catch (EOFException e) {
            throw new RefusedException("it is cut off");
        } catch (Decompression.DamagedException e) {
            throw e.refused();
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
}
