package dev.permafrost.proxy.format.yum.createrepo;

import dev.permafrost.proxy.format.yum.Decompressed;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;

/** A file of metadata that is being written, compressed, with what {@code repomd.xml} says of it. */
final class MetadataFile implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;

    private final Path file;
    private final Measured packed;
    private final Measured open;

    /** Writes anew to that file. */
    MetadataFile(Path file, Packing packing, Algorithm algorithm) throws IOException {
        this.file = file;
        this.packed = new Measured(Files.newOutputStream(file), algorithm);
        this.open = new Measured(packing.over(new BufferedOutputStream(packed, BUFFER_BYTES)), algorithm);
    }

    /**
     * What was written.
     *
     * @param file where
     */
    record Written(Path file, Digest checksum, Digest openChecksum, long sizeBytes, long openSizeBytes) {}

    /** Adds bytes. */
    void write(byte[] bytes) throws IOException {
        open.write(bytes, 0, bytes.length);
    }

    /** Adds all that a stream has. */
    void write(InputStream in) throws IOException {
        in.transferTo(open);
    }

    /** Ends it, and sees to it that it outlives a loss of power. */
    Written finish() throws IOException {
        open.close();
        force(file);
        return new Written(file, packed.digest(), open.digest(), packed.bytes, open.bytes);
    }

    /** What {@code repomd.xml} says of a file that is not compressed. */
    static Written describe(Path file, Algorithm algorithm) throws IOException {
        try (InputStream in = Files.newInputStream(file);
                Measured out = new Measured(OutputStream.nullOutputStream(), algorithm)) {
            in.transferTo(out);
            force(file);
            Digest digest = out.digest();
            return new Written(file, digest, digest, out.bytes, out.bytes);
        }
    }

    /** Sees to it that a file outlives a loss of power. */
    static void force(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    /** Writes a file anew, with another beginning. */
    static Written withHead(Written written, byte[] before, byte[] after, Packing packing, Algorithm algorithm)
            throws IOException {
        Path anew = written.file.resolveSibling(written.file.getFileName() + ".new");
        try (InputStream in =
                        Decompressed.open(Files.newInputStream(written.file), written.file.toString(), Long.MAX_VALUE);
                MetadataFile to = new MetadataFile(anew, packing, algorithm)) {
            in.skipNBytes(before.length);
            to.write(after);
            to.write(in);
            Written result = to.finish();
            Files.move(anew, written.file, StandardCopyOption.REPLACE_EXISTING);
            return new Written(
                    written.file, result.checksum, result.openChecksum, result.sizeBytes, result.openSizeBytes);
        }
    }

    /** Ends it, whatever it is for by then. */
    @Override
    public void close() throws IOException {
        try (packed) {
            // frees what compresses, which has memory outside of the heap
            open.close();
        }
    }

    /** Counts what goes through, and its checksum. */
    private static final class Measured extends FilterOutputStream {
        private final Algorithm algorithm;
        private final MessageDigest digest;
        private long bytes;

        Measured(OutputStream to, Algorithm algorithm) {
            super(to);
            this.algorithm = algorithm;
            this.digest = PackageScan.newDigest(algorithm);
        }

        Digest digest() {
            return Digest.of(algorithm, digest.digest());
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            digest.update(from, offset, length);
            bytes += length;
            out.write(from, offset, length);
        }
    }
}
