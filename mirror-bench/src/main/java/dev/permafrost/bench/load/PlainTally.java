package dev.permafrost.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Counts the bytes of answers over plain HTTP, which must all be as long as the first and begin with status 200. */
final class PlainTally implements Tally {
    private static final byte[] BEGINNING = "HTTP/1.1 200 ".getBytes(ISO_8859_1);

    private static final int LINE_BYTES_MAX = 40;

    private final long wholeBytes;
    private boolean expects;
    private long bytes;

    /**
     * A tally.
     *
     * @param wholeBytes how long an answer is, its head included
     */
    PlainTally(long wholeBytes) {
        this.wholeBytes = wholeBytes;
    }

    @Override
    public void expect() {
        expects = true;
        bytes = 0;
    }

    @Override
    public boolean take(ByteBuffer in) throws IOException {
        if (!expects) {
            throw new IOException(in.remaining() + " bytes came though nothing was asked for");
        }
        int from = in.position();
        for (long i = bytes; i < BEGINNING.length && from + i - bytes < in.limit(); i++) {
            if (in.get((int) (from + i - bytes)) != BEGINNING[(int) i]) {
                byte[] line = new byte[Math.min(in.remaining(), LINE_BYTES_MAX)];
                in.get(from, line);
                throw new IOException("an answer begins with '"
                        + new String(line, ISO_8859_1).lines().findFirst().orElse("") + "'");
            }
        }
        bytes += in.remaining();
        if (bytes > wholeBytes) {
            throw new IOException(bytes + " bytes in place of the first answer's " + wholeBytes);
        }
        expects = bytes < wholeBytes;
        return !expects;
    }

    @Override
    public boolean isExpecting() {
        return expects;
    }

    @Override
    public String progress() {
        return bytes + " of " + wholeBytes + " bytes";
    }
}
