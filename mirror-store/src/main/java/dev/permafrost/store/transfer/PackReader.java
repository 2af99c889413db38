package dev.permafrost.store.transfer;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Reads packs one after the other, and has each blob taken that begins and ends in those that are read. One thread. Blocks. */
final class PackReader {
    private static final int BUFFER_BYTES = 1 << 20;

    private final BlobTaker taker;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final ByteBuffer frameBytes = ByteBuffer.allocate(BlobFrame.BYTES);
    private @Nullable BlobFrame frame;
    private BlobTaker.@Nullable Taking taking;
    /** How much of the blob is still to come. */
    private long remaining;
    /** Whether the pack before was read, so that the next goes on with it. */
    private boolean goesOn;

    PackReader(BlobTaker taker) {
        this.taker = taker;
    }

    /**
     * Reads the next pack.
     *
     * @param where it lies, for people
     * @throws StoreException DIGEST_MISMATCH or STORE_CORRUPT if it is damaged
     */
    void read(Piece pack, InputStream in, String where) throws IOException {
        long left = pack.bytes();
        if (!goesOn) {
            in.skipNBytes(pack.head());
            left -= pack.head();
            // a pack in which no blob begins says nothing of where the next one is to be read on
            goesOn = left > 0;
        }
        while (left > 0) {
            left -= frame == null ? readFrame(in, left, where) : readBlob(in, left, where);
        }
    }

    private int readFrame(InputStream in, long left, String where) throws IOException {
        int n = (int) Math.min(left, frameBytes.remaining());
        readFully(in, n);
        frameBytes.put(buffer, 0, n);
        if (!frameBytes.hasRemaining()) {
            BlobFrame begun = BlobFrame.read(frameBytes.flip(), where);
            frameBytes.clear();
            frame = begun;
            remaining = begun.sizeBytes();
            taking = taker.begin(begun);
            endIfWhole(where);
        }
        return n;
    }

    private long readBlob(InputStream in, long left, String where) throws IOException {
        BlobTaker.Taking to = taking;
        long n = Math.min(left, remaining);
        if (to == null) {
            in.skipNBytes(n);
        } else {
            n = Math.min(n, BUFFER_BYTES);
            readFully(in, (int) n);
            to.write(ByteBuffer.wrap(buffer, 0, (int) n));
        }
        remaining -= n;
        endIfWhole(where);
        return n;
    }

    private void readFully(InputStream in, int n) throws IOException {
        if (in.readNBytes(buffer, 0, n) < n) {
            throw new EOFException("it ends early");
        }
    }

    private void endIfWhole(String where) {
        if (remaining > 0) {
            return;
        }
        BlobFrame ended = frame;
        frame = null;
        BlobTaker.Taking to = taking;
        taking = null;
        if (to != null && ended != null) {
            try {
                to.end();
            } catch (StoreException e) {
                throw e.kind() == FailureKind.DIGEST_MISMATCH ? damaged(ended, where, e) : e;
            } finally {
                to.abandon();
            }
        }
    }

    private static StoreException damaged(BlobFrame blob, String where, StoreException cause) {
        return new StoreException(
                FailureKind.DIGEST_MISMATCH,
                "blob " + blob.digest().hex() + " in " + where + " is damaged: " + cause.getMessage()
                        + "; see what 'sha256sum -c " + BundleManifest.SUMS_NAME + "' says there, and copy it again",
                cause);
    }

    /** Whether a blob has begun whose end is in a pack that has not been read. */
    boolean isWithinBlob() {
        return frame != null || frameBytes.position() > 0;
    }

    /** Takes note that the next pack can't be read, or that reading is over: what has begun is forgotten. */
    void gap() {
        BlobTaker.Taking to = taking;
        if (to != null) {
            to.abandon();
        }
        taking = null;
        frame = null;
        frameBytes.clear();
        goesOn = false;
    }
}
