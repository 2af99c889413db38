package dev.permafrost.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Counts the bytes of answers over plain HTTP, which must all begin with status 200 and have a body as long as the first. */
final class PlainTally implements Tally {
    private static final byte[] BEGINNING = "HTTP/1.1 200 ".getBytes(ISO_8859_1);
    /** The last bytes of a head, as a number. */
    private static final int BLANK_LINE = '\r' << 24 | '\n' << 16 | '\r' << 8 | '\n';

    private static final int HEAD_BYTES_MAX = 8 << 10;
    private static final int LINE_BYTES_MAX = 40;

    private final long bodyBytes;
    private boolean expects;
    private boolean inHead;
    private int headBytes;
    /** The latest four bytes of the head. */
    private int latest;

    private long bytes;

    /**
     * A tally.
     *
     * @param bodyBytes how long an answer is without its head
     */
    PlainTally(long bodyBytes) {
        this.bodyBytes = bodyBytes;
    }

    @Override
    public void expect() {
        expects = true;
        inHead = true;
        headBytes = 0;
        latest = 0;
        bytes = 0;
    }

    @Override
    public boolean take(ByteBuffer in) throws IOException {
        if (!expects) {
            throw new IOException(in.remaining() + " bytes came though nothing was asked for");
        }
        bytes += in.limit() - (inHead ? head(in) : in.position());
        if (bytes > bodyBytes) {
            throw new IOException(bytes + " bytes in place of the first answer's " + bodyBytes);
        }
        expects = inHead || bytes < bodyBytes;
        return !expects;
    }

    /** Reads on in the head, and gives where in the buffer that ends. */
    private int head(ByteBuffer in) throws IOException {
        int at = in.position();
        while (inHead && at < in.limit()) {
            byte next = in.get(at++);
            if (headBytes < BEGINNING.length && next != BEGINNING[headBytes]) {
                byte[] line = new byte[Math.min(in.remaining(), LINE_BYTES_MAX)];
                in.get(in.position(), line);
                throw new IOException("an answer begins with '"
                        + new String(line, ISO_8859_1).lines().findFirst().orElse("") + "'");
            }
            headBytes++;
            if (headBytes > HEAD_BYTES_MAX) {
                throw new IOException("the head of an answer has more than " + HEAD_BYTES_MAX + " bytes");
            }
            latest = latest << 8 | (next & 0xff);
            inHead = latest != BLANK_LINE;
        }
        return at;
    }

    @Override
    public boolean isExpecting() {
        return expects;
    }

    @Override
    public String progress() {
        return inHead ? headBytes + " bytes of the head" : bytes + " of " + bodyBytes + " bytes";
    }
}
