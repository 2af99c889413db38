package dev.permafrost.proxy.address;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A range of IP addresses, or one. IPv4 addresses count as their IPv6 forms (RFC 4291 §2.5.5.2), so that a client is the same
 * whichever socket it came through.
 *
 * @param high the first 64 bits of its addresses
 * @param low the last 64 bits
 * @param bits how many of the bits count
 */
public record Network(long high, long low, int bits) {
    private static final int ALL_BITS = 128;
    private static final int MAPPED_BITS = 96;
    private static final long MAPPED = 0xFFFFL << 32;
    /** What a site has of IPv6, in which any host has as many addresses as it likes. */
    private static final int SITE_BITS = 64;

    /**
     * Reads {@code address/bits}, or an address alone.
     *
     * @throws IllegalArgumentException for anything else, and where bits beyond the range are set
     */
    public static Network parse(String text) {
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
    public static @Nullable Network address(String text) {
        byte[] bytes = text.indexOf('%') >= 0 ? null : NetUtil.createByteArrayFromIpAddressString(text);
        return bytes == null ? null : of(bytes);
    }

    /**
     * What counts as one client where clients are counted: an address of IPv4, a site's 64 bits of IPv6. The first of these being
     * 0 there is no site: those are loopback, and IPv4 in IPv6's clothes.
     */
    public static Network ofClient(InetAddress address) {
        return of(address.getAddress()).site();
    }

    /** The same of an address in words, with a zone or without; null for what is none. */
    public static @Nullable Network ofClient(String text) {
        int zone = text.indexOf('%');
        Network address = address(zone < 0 ? text : text.substring(0, zone));
        return address == null ? null : address.site();
    }

    private Network site() {
        return high == 0 ? this : new Network(high, 0, SITE_BITS);
    }

    private static Network of(byte[] bytes) {
        return bytes.length == 4
                ? new Network(0, MAPPED | word(bytes, 0, 4), ALL_BITS)
                : new Network(word(bytes, 0, 8), word(bytes, 8, 8), ALL_BITS);
    }

    private static long word(byte[] bytes, int start, int count) {
        long word = 0;
        for (int i = start; i < start + count; i++) {
            word = (word << 8) | (bytes[i] & 0xFF);
        }
        return word;
    }

    /** Whether that one address is in it. */
    public boolean holds(Network address) {
        return ((address.high ^ high) & highMask()) == 0 && ((address.low ^ low) & lowMask()) == 0;
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        boolean four = high == 0 && low >>> 32 == MAPPED >>> 32 && bits >= MAPPED_BITS;
        byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
        String address = NetUtil.bytesToIpAddress(four ? Arrays.copyOfRange(bytes, 12, 16) : bytes);
        return bits == ALL_BITS ? address : address + "/" + (four ? bits - MAPPED_BITS : bits);
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
