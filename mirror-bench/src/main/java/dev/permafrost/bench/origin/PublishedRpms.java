package dev.permafrost.bench.origin;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/** A repository of RPMs as files that any web server may serve; its packages are random bytes. */
public final class PublishedRpms {
    private static final int BLOCK_BYTES = 1 << 16;

    private final List<String> paths = new ArrayList<>();
    private final long bytes;

    private PublishedRpms(long bytes) {
        this.bytes = bytes;
    }

    /**
     * Writes one into a folder.
     *
     * @param packages how many it has
     * @param packageBytes how many bytes each of them has
     */
    public static PublishedRpms write(Path folder, int packages, int packageBytes, long seed) throws IOException {
        PublishedRpms rpms = new PublishedRpms((long) packages * packageBytes);
        Random random = new Random(seed);
        StringBuilder primary = new StringBuilder(
                "<metadata xmlns=\"http://linux.duke.edu/metadata/common\" packages=\"" + packages + "\">");
        Files.createDirectories(folder.resolve("p"));
        Files.createDirectories(folder.resolve("repodata"));
        for (int i = 0; i < packages; i++) {
            String path = "p/p" + i + "-1-1.noarch.rpm";
            String sum = write(folder.resolve(path), packageBytes, random);
            rpms.paths.add(path);
            primary.append("<package type=\"rpm\"><name>p")
                    .append(i)
                    .append(
                            "</name><arch>noarch</arch><version epoch=\"0\" ver=\"1\" rel=\"1\"/><checksum type=\"sha256\""
                                    + " pkgid=\"YES\">")
                    .append(sum)
                    .append("</checksum><size package=\"")
                    .append(packageBytes)
                    .append("\"/><location href=\"")
                    .append(path)
                    .append("\"/><format/></package>\n");
        }
        byte[] list = primary.append("</metadata>\n").toString().getBytes(UTF_8);
        Path file = folder.resolve("repodata/primary.xml.gz");
        MessageDigest digest = sha256();
        try (OutputStream out =
                new GZIPOutputStream(new DigestOutputStream(Files.newOutputStream(file), digest), BLOCK_BYTES)) {
            out.write(list);
        }
        Files.writeString(
                folder.resolve("repodata/repomd.xml"),
                "<repomd xmlns=\"http://linux.duke.edu/metadata/repo\"><data type=\"primary\"><checksum type=\"sha256\">"
                        + HexFormat.of().formatHex(digest.digest())
                        + "</checksum><location href=\"repodata/primary.xml.gz\"/></data></repomd>\n");
        return rpms;
    }

    private static String write(Path file, int bytes, Random random) {
        MessageDigest digest = sha256();
        byte[] block = new byte[BLOCK_BYTES];
        try (OutputStream out = new DigestOutputStream(Files.newOutputStream(file), digest)) {
            for (int left = bytes; left > 0; left -= BLOCK_BYTES) {
                random.nextBytes(block);
                out.write(block, 0, Math.min(left, BLOCK_BYTES));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Where its packages are, below its folder. */
    public List<String> paths() {
        return List.copyOf(paths);
    }

    /** How many bytes they have in all. */
    public long bytes() {
        return bytes;
    }
}
