package dev.permafrost.proxy.http;

import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;

/**
 * A range of IP addresses, or one. IPv4 addresses count as their IPv6 forms (RFC 4291 §2.5.5.2), so that a client is the same
 * whichever socket it came through.
 *
 * @param high the first 64 bits of its addresses
 * @param low the last 64 bits
 * @param bits how many of the bits count
 */
record Network(long high, long low, int bits) {
    private static final int ALL_BITS = 128;
    private static final int MAPPED_BITS = 96;
    private static final long MAPPED = 0xFFFFL << 32;

    /**
     * Reads {@code address/bits}, or an address alone.
     *
     * @throws IllegalArgumentException for anything else, and where bits beyond the range are set
     */
    static Network parse(String text) {
        int slash = text.indexOf('/');
        Network address = address(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            throw new IllegalArgumentException(
                    "is not an address; write one such as 192.0.2.7, 10.0.0.0/8 or fd00::/8");
        }
        if (slash < 0) {
            return address;
        }
        boolean six = text.indexOf(':') >= 0;
        String count = text.substring(slash + 1);
        int most = six ? ALL_BITS : ALL_BITS - MAPPED_BITS;
        if (!count.matches("[0-9]{1,3}") || Integer.parseInt(count) > most) {
            throw new IllegalArgumentException("has no number of bits behind its '/'; write one from 0 to " + most);
        }
        Network network = new Network(address.high, address.low, Integer.parseInt(count) + (six ? 0 : MAPPED_BITS));
        if ((network.high & ~network.highMask()) != 0 || (network.low & ~network.lowMask()) != 0) {
            throw new IllegalArgumentException("has bits set behind the first " + count
                    + ", so that it is not clear what is meant; write zeros there, or the address alone");
        }
        return network;
    }

    /** One address, without brackets, zone and port; null for what is none. Never asks a name server. */
    static @Nullable Network address(String text) {
        byte[] bytes = text.indexOf('%') >= 0 ? null : NetUtil.createByteArrayFromIpAddressString(text);
        if (bytes == null) {
            return null;
        }
        return bytes.length == 4
                ? new Network(0, MAPPED | word(bytes, 0, 4), ALL_BITS)
                : new Network(word(bytes, 0, 8), word(bytes, 8, 8), ALL_BITS);
    }

    private static long word(byte[] bytes, int start, int count) {
        long word = 0;
        for (int i = start; i < start + count; i++) {
            word = word << 8 | bytes[i] & 0xFF;
        }
        return word;
    }

    /** Whether that one address is in it. */
    boolean holds(Network address) {
        return ((address.high ^ high) & highMask()) == 0 && ((address.low ^ low) & lowMask()) == 0;
    }

    private long highMask() {
        return mask(Math.min(bits, 64));
    }

    private long lowMask() {
        return mask(Math.max(0, bits - 64));
    }

    private static long mask(int ones) {
        return ones == 0 ? 0 : -1L << (64 - ones);
    }
}
