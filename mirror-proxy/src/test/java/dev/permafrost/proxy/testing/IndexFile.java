package dev.permafrost.proxy.testing;

import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A file of a {@link SimpleIndexTree}.
 *
 * @param project the project's name, normalised (PEP 503)
 * @param filename the file's name
 * @param version the version it belongs to
 * @param bytes its bytes
 * @param sha256 their digest in hexadecimal
 * @param requiresPython the Python versions it is for, empty without any
 * @param yanked why it was yanked (PEP 592), empty without a reason, null where it was not
 * @param metadata what {@code .metadata} beside it holds (PEP 658), null where none is offered
 * @param uploadTime when it was uploaded, as PEP 700 writes it
 */
@SuppressWarnings("ArrayRecordComponent") // Nobody compares these, and the bytes are the point.
public record IndexFile(
        String project,
        String filename,
        String version,
        byte[] bytes,
        String sha256,
        String requiresPython,
        @Nullable String yanked,
        byte @Nullable [] metadata,
        String uploadTime) {
    private static final String UPLOADED = "2020-01-02T03:04:05.678901Z";

    /** A wheel, without sidecar metadata. */
    public static IndexFile of(TinyWheel wheel) {
        byte[] bytes = wheel.bytes();
        return new IndexFile(
                SimpleIndexTree.normalise(wheel.name()),
                wheel.filename(),
                wheel.version(),
                bytes,
                HexFormat.of().formatHex(TinyWheel.sha256(bytes)),
                wheel.requiresPython(),
                null,
                null,
                UPLOADED);
    }

    /** Version 1.0 of a project, which can't be installed: so many bytes that do not compress, the same for the same count. */
    public static IndexFile sized(String project, int bytesCount) {
        byte[] bytes = new byte[bytesCount];
        new Random(bytesCount).nextBytes(bytes);
        return of(project, project + "-1.0.tar.gz", "1.0", bytes);
    }

    /** Any file, under any name: installable or not. */
    public static IndexFile of(String project, String filename, String version, byte[] bytes) {
        return new IndexFile(
                SimpleIndexTree.normalise(project),
                filename,
                version,
                bytes,
                HexFormat.of().formatHex(TinyWheel.sha256(bytes)),
                "",
                null,
                null,
                UPLOADED);
    }

    /** The same, yanked for that reason. */
    public IndexFile yankedFor(String reason) {
        return new IndexFile(project, filename, version, bytes, sha256, requiresPython, reason, metadata, uploadTime);
    }

    /** The same, with sidecar metadata. */
    public IndexFile withMetadata(byte[] sidecar) {
        return new IndexFile(project, filename, version, bytes, sha256, requiresPython, yanked, sidecar, uploadTime);
    }

    /** The same, with another digest in the index than its bytes have. */
    public IndexFile withSha256(String promised) {
        return new IndexFile(project, filename, version, bytes, promised, requiresPython, yanked, metadata, uploadTime);
    }

    /** Where the tree serves it, in the path shape of PyPI: {@code /packages/aa/bb/<60 digits>/<filename>}. */
    public String path() {
        String hex = HexFormat.of().formatHex(TinyWheel.sha256(bytes));
        return "/packages/" + hex.substring(0, 2) + "/" + hex.substring(2, 4) + "/" + hex.substring(4) + "/" + filename;
    }

    /** Its ETag, quotes included. */
    public String etag() {
        return "\"" + HexFormat.of().formatHex(TinyWheel.sha256(bytes)).substring(0, 32) + "\"";
    }
}
