package dev.permafrost.store.transfer;

import dev.permafrost.store.blob.BlobStore;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes blobs into packs that have been laid out, and reads each once: a blob whose bytes are not those of its name ends it. Blocks. */
final class PackWriter implements Closeable {
    private static final int BUFFER_BYTES = 1 << 20;

    private final BlobStore blobs;
    private final Iterator<Piece> packs;
    private final PieceTarget target;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private PieceTarget.@Nullable Output out;
    private String path = "";
    private long room;
    private long writtenBytes;

    PackWriter(BlobStore blobs, List<Piece> packs, PieceTarget target) {
        this.blobs = blobs;
        this.packs = packs.iterator();
        this.target = target;
    }

    /** Writes the next blob. */
    void add(Digest digest, long sizeBytes) {
        try (OpenBlob blob = blobs.open(digest)) {
            if (blob.sizeBytes() != sizeBytes) {
                throw damaged(
                        digest, "its file has " + blob.sizeBytes() + " bytes, and its snapshot says " + sizeBytes);
            }
            ByteBuffer frame = ByteBuffer.allocate(BlobFrame.BYTES);
            new BlobFrame(digest, sizeBytes).write(frame);
            write(frame.flip());
            MessageDigest sum = Sha256.start();
            for (long at = 0; at < sizeBytes; ) {
                int read = blob.channel().read(buffer.clear(), at);
                if (read <= 0) {
                    throw damaged(digest, "its file ends after " + at + " of " + sizeBytes + " bytes");
                }
                at += read;
                sum.update(buffer.flip().duplicate());
                write(buffer);
            }
            if (!Digest.of(Algorithm.SHA256, sum.digest()).equals(digest)) {
                throw damaged(digest, "its file has other bytes than its name says");
            }
        } catch (IOException e) {
            throw Failures.of("writing", Path.of(path), e);
        }
    }

    private static StoreException damaged(Digest digest, String why) {
        return new StoreException(
                FailureKind.STORE_CORRUPT,
                "blob " + digest.hex() + " can't be carried: " + why
                        + "; a connected store fetches it again when it is asked for. Then freeze and export anew");
    }

    private void write(ByteBuffer bytes) throws IOException {
        int end = bytes.limit();
        while (bytes.position() < end) {
            PieceTarget.Output to = out;
            if (to == null || room == 0) {
                to = next();
            }
            int taken = (int) Math.min(room, end - bytes.position());
            to.write(bytes.limit(bytes.position() + taken));
            bytes.limit(end);
            room -= taken;
            writtenBytes += taken;
        }
    }

    private PieceTarget.Output next() throws IOException {
        end();
        Piece pack = packs.next();
        PieceTarget.Output begun = target.begin(pack);
        out = begun;
        path = pack.path();
        room = pack.bytes();
        return begun;
    }

    private void end() throws IOException {
        PieceTarget.Output ending = out;
        if (ending != null) {
            out = null;
            try (ending) {
                ending.finish();
            }
        }
    }

    /** How many bytes have been written. */
    long writtenBytes() {
        return writtenBytes;
    }

    /** Ends the last pack, once all blobs are there. */
    void finish() {
        try {
            end();
        } catch (IOException e) {
            throw Failures.of("writing", Path.of(path), e);
        }
        if (packs.hasNext() || room != 0) {
            throw new IllegalStateException("the packs were laid out for other blobs");
        }
    }

    @Override
    public void close() throws IOException {
        if (out != null) {
            out.close();
        }
    }
}
