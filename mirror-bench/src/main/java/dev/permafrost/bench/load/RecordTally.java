package dev.permafrost.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Counts the plaintext of answers over TLS 1.3 by the headers of the records (RFC 8446 §5), decrypting nothing. Every
 * answer must have as much as the first; a record of anything else does not fit that sum, and is refused.
 */
final class RecordTally implements Tally {
    /*
     * A record is its header of 5 bytes (type, version, length) and that many bytes of ciphertext: the plaintext, one
     * byte that tells its true type, and the tag of 16 bytes; neither of the servers pads. Once the handshake is done,
     * every record says that it is application data, a ticket, a change of keys and an alert too, but these add to the
     * count (5 bytes for a change of keys, 2 for an alert), so that the sum comes out wrong: the answer ends amid a
     * record, or there is a record when nothing was asked for, or the answer is never whole.
     *
     * Only one thing in a head may change its length between two answers: the seconds of Age, by a digit at a time.
     */
    private static final int HEADER_BYTES = 5;
    private static final long APPLICATION_DATA = 0x17_03_03;
    private static final int EXPANSION_BYTES = 1 + 16;
    private static final int LENGTH_MAX = (1 << 14) + 256;

    private long wholeBytes;
    private int growths;
    private boolean expects;
    private long bytes;
    private long header;
    private int headerBytes;
    private int leftBytes;

    /**
     * A tally.
     *
     * @param wholeBytes the plaintext of an answer, its head included
     * @param growths how often an answer may have one byte more than those before it
     */
    RecordTally(long wholeBytes, int growths) {
        this.wholeBytes = wholeBytes;
        this.growths = growths;
    }

    @Override
    public void expect() {
        expects = true;
        bytes = 0;
    }

    @Override
    public boolean take(ByteBuffer in) throws IOException {
        int at = in.position();
        int end = in.limit();
        while (at < end) {
            if (!expects) {
                throw new IOException("a record, or its beginning, came though nothing was asked for");
            }
            if (leftBytes == 0) {
                header = (header << 8) | (in.get(at++) & 0xff);
                if (++headerBytes == HEADER_BYTES) {
                    begin();
                }
            } else {
                int skipped = Math.min(leftBytes, end - at);
                at += skipped;
                leftBytes -= skipped;
                if (leftBytes == 0 && bytes >= wholeBytes) {
                    growths -= (int) (bytes - wholeBytes);
                    wholeBytes = bytes;
                    expects = false;
                }
            }
        }
        return !expects;
    }

    private void begin() throws IOException {
        long kind = header >>> 16;
        int length = (int) (header & 0xffff);
        header = 0;
        headerBytes = 0;
        if (kind != APPLICATION_DATA) {
            throw new IOException("a record of type %d and version %#06x".formatted(kind >>> 16, kind & 0xffff));
        }
        if (length <= EXPANSION_BYTES || length > LENGTH_MAX) {
            throw new IOException("a record of " + length + " bytes");
        }
        leftBytes = length;
        bytes += length - EXPANSION_BYTES;
        if (bytes > wholeBytes + (growths > 0 ? 1 : 0)) {
            throw new IOException(bytes + " bytes of plaintext in place of the first answer's " + wholeBytes);
        }
    }

    @Override
    public boolean isExpecting() {
        return expects;
    }

    @Override
    public String progress() {
        return bytes + " of " + wholeBytes + " bytes of plaintext begun, " + leftBytes + " of the record missing";
    }
}
