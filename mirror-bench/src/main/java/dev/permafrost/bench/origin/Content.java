package dev.permafrost.bench.origin;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Bytes that follow from a seed and do not compress, any part of which can be made without the rest.
 *
 * @param seed which bytes
 * @param lengthBytes how many
 */
public record Content(long seed, long lengthBytes) {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;
    private static final int HASH_BUFFER_BYTES = 256 * 1024;

    /** Fills what remains of the buffer with the bytes from that position on. */
    public void fill(long position, ByteBuffer into) {
        if (position < 0 || position + into.remaining() > lengthBytes) {
            throw new IllegalArgumentException("bytes " + position + " to " + (position + into.remaining())
                    + " of content that has " + lengthBytes);
        }
        ByteBuffer out = into.order(ByteOrder.LITTLE_ENDIAN);
        long at = position;
        while (out.hasRemaining() && (at & 7) != 0) {
            out.put(byteAt(at++));
        }
        for (; out.remaining() >= Long.BYTES; at += Long.BYTES) {
            out.putLong(word(at >>> 3));
        }
        while (out.hasRemaining()) {
            out.put(byteAt(at++));
        }
    }

    /** All of it, in memory of its own; no more than 2 GiB. */
    public ByteBuffer bytes() {
        ByteBuffer all = ByteBuffer.allocateDirect(Math.toIntExact(lengthBytes));
        fill(0, all);
        return all.flip();
    }

    /** SHA-256 of all of it, in hexadecimal. */
    public String sha256() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[(int) Math.min(HASH_BUFFER_BYTES, lengthBytes)];
            for (long at = 0; at < lengthBytes; at += buffer.length) {
                int length = (int) Math.min(buffer.length, lengthBytes - at);
                fill(at, ByteBuffer.wrap(buffer, 0, length));
                digest.update(buffer, 0, length);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private byte byteAt(long position) {
        return (byte) (word(position >>> 3) >>> ((position & 7) << 3));
    }

    /** The finaliser of SplitMix64 over a counter. */
    private long word(long index) {
        long z = (seed + index + 1) * GOLDEN_GAMMA;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
