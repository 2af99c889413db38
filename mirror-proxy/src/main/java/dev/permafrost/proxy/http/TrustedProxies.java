package dev.permafrost.proxy.http;

import dev.permafrost.proxy.address.Network;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The proxies whose word is taken for whom they speak for.
 *
 * @param networks where they are
 * @param unix whether whoever comes through a Unix socket is one
 */
public record TrustedProxies(List<Network> networks, boolean unix) {
    /** Nobody. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of(), false);

    private static final String UNIX = "unix";

    /** Copies the list. */
    public TrustedProxies {
        networks = List.copyOf(networks);
    }

    /**
     * Reads an address, {@code address/bits}, or {@code unix}.
     *
     * @throws IllegalArgumentException for anything else, saying what is wrong
     */
    public static TrustedProxies parse(String text) {
        return text.equals(UNIX)
                ? new TrustedProxies(List.of(), true)
                : new TrustedProxies(List.of(Network.parse(text)), false);
    }

    /** All of them together. */
    public static TrustedProxies of(List<TrustedProxies> some) {
        List<Network> networks = new ArrayList<>();
        boolean unix = false;
        for (TrustedProxies one : some) {
            networks.addAll(one.networks);
            unix |= one.unix;
        }
        return new TrustedProxies(networks, unix);
    }

    /** Whether there is none. */
    boolean isEmpty() {
        return networks.isEmpty() && !unix;
    }

    /** Whether the proxy at that address is one. */
    boolean include(InetAddress address) {
        if (networks.isEmpty()) {
            return false;
        }
        String text = address.getHostAddress();
        int zone = text.indexOf('%');
        return include(Network.address(zone < 0 ? text : text.substring(0, zone)));
    }

    /** Whether the proxy at that address is one; null is not. */
    boolean include(@Nullable Network address) {
        if (address != null) {
            for (Network network : networks) {
                if (network.holds(address)) {
                    return true;
                }
            }
        }
        return false;
    }
}
