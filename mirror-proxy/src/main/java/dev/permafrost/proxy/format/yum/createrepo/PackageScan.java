package dev.permafrost.proxy.format.yum.createrepo;

import dev.permafrost.proxy.format.yum.rpm.BadRpmException;
import dev.permafrost.proxy.format.yum.rpm.PackageXml;
import dev.permafrost.proxy.format.yum.rpm.RpmHead;
import dev.permafrost.proxy.format.yum.rpm.RpmPackage;
import dev.permafrost.store.model.Algorithm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/** One pass through a package's file, by which its checksum is computed and its header read. */
final class PackageScan extends InputStream {
    private static final int BLOCK_BYTES = 64 << 10;
    private static final ThreadLocal<byte[]> BLOCK = ThreadLocal.withInitial(() -> new byte[BLOCK_BYTES]);

    private final FileChannel file;
    private final MessageDigest digest;
    private final byte[] block = BLOCK.get();
    private int position;
    private int limit;
    private long read;

    private PackageScan(FileChannel file, Algorithm algorithm) {
        this.file = file;
        this.digest = newDigest(algorithm);
    }

    /**
     * Reads a file. Blocks.
     *
     * @param admission is told how many bytes of memory are needed before they are taken, and may wait
     * @throws BadRpmException if it is no RPM
     * @throws IOException if it can't be read, or changed meanwhile
     */
    static PackageXml read(FoundPackage found, CreaterepoOptions options, IntConsumer admission)
            throws IOException, BadRpmException {
        BasicFileAttributes before = attributes(found.file());
        if (!before.isRegularFile()) {
            throw new IOException("it is no file");
        }
        try (FileChannel file = FileChannel.open(found.file())) {
            PackageScan scan = new PackageScan(file, options.checksum());
            RpmPackage rpm = RpmHead.read(scan, before.size(), found.href(), admission);
            String checksum = scan.checksumOfAll();
            BasicFileAttributes after = attributes(found.file());
            if (scan.read != before.size()
                    || after.size() != before.size()
                    || !after.lastModifiedTime().equals(before.lastModifiedTime())) {
                throw new IOException("it changed while it was read; run this again when nobody writes to it");
            }
            return PackageXml.of(
                    rpm,
                    new PackageXml.Listing(
                            found.href(),
                            options.base(),
                            options.checksumKind(),
                            checksum,
                            before.size(),
                            seconds(before),
                            options.changesMax()));
        }
    }

    /** A file's attributes, those of what a link leads to. */
    static BasicFileAttributes attributes(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class);
    }

    /** When a file was changed, in seconds since 1970. */
    static long seconds(BasicFileAttributes attributes) {
        return attributes.lastModifiedTime().to(TimeUnit.SECONDS);
    }

    static MessageDigest newDigest(Algorithm algorithm) {
        try {
            return MessageDigest.getInstance(algorithm.jcaName());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + algorithm.jcaName(), e);
        }
    }

    private String checksumOfAll() throws IOException {
        boolean more = true;
        while (more) {
            more = fill();
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private boolean fill() throws IOException {
        int count = file.read(ByteBuffer.wrap(block));
        if (count <= 0) {
            return false;
        }
        digest.update(block, 0, count);
        read += count;
        position = 0;
        limit = count;
        return true;
    }

    @Override
    public int read() throws IOException {
        return position == limit && !fill() ? -1 : block[position++] & 0xff;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (position == limit && !fill()) {
            return -1;
        }
        int count = Math.min(length, limit - position);
        System.arraycopy(block, position, to, offset, count);
        position += count;
        return count;
    }
}
