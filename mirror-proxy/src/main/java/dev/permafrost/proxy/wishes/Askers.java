package dev.permafrost.proxy.wishes;

import java.util.HexFormat;

/**
 * About how many clients have asked for something: by linear counting (Whang et al., 1990) in 256 bits, of which each address sets one. Right for
 * a few, within a tenth up to some hundreds, and no more than {@link #MAX}. No address can be read from it.
 */
record Askers(long a, long b, long c, long d) {
    static final Askers NONE = new Askers(0, 0, 0, 0);

    private static final int BITS = 256;

    /** What all bits stand for. */
    static final long MAX = Math.round(BITS * Math.log(BITS));

    Askers and(String address) {
        int hash = address.hashCode();
        // addresses that follow each other have hashes that do (MurmurHash3's last steps)
        hash = (hash ^ hash >>> 16) * 0x85ebca6b;
        hash = (hash ^ hash >>> 13) * 0xc2b2ae35;
        hash ^= hash >>> 16;
        long bit = 1L << (hash & 63);
        return switch (hash >>> 6 & 3) {
            case 0 -> new Askers(a | bit, b, c, d);
            case 1 -> new Askers(a, b | bit, c, d);
            case 2 -> new Askers(a, b, c | bit, d);
            default -> new Askers(a, b, c, d | bit);
        };
    }

    long count() {
        int unset = BITS - Long.bitCount(a) - Long.bitCount(b) - Long.bitCount(c) - Long.bitCount(d);
        return unset == 0 ? MAX : Math.round(BITS * Math.log((double) BITS / unset));
    }

    String text() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(a) + hex.toHexDigits(b) + hex.toHexDigits(c) + hex.toHexDigits(d);
    }

    /** What {@link #text} wrote; nobody for anything else. */
    static Askers parse(String text) {
        try {
            return text.length() == BITS / 4
                    ? new Askers(part(text, 0), part(text, 1), part(text, 2), part(text, 3))
                    : NONE;
        } catch (IllegalArgumentException e) {
            return NONE;
        }
    }

    private static long part(String text, int at) {
        return HexFormat.fromHexDigitsToLong(text, at * 16, at * 16 + 16);
    }
}
