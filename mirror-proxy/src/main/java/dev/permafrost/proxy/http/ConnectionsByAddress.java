package dev.permafrost.proxy.http;

import dev.permafrost.proxy.address.Network;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How many connections there are from each address; in IPv6 from each /64, since one host may have all of one. */
final class ConnectionsByAddress {
    private final int max;
    private final TrustedProxies proxies;
    private final Map<Network, Integer> counts = new ConcurrentHashMap<>();

    /**
     * Lets so many in from one address.
     *
     * @param max 0 for any number
     * @param proxies that are let in however many they are, since they come for others
     */
    ConnectionsByAddress(int max, TrustedProxies proxies) {
        this.max = max;
        this.proxies = proxies;
    }

    /** Whether one more may come; it counts until it is closed. One that comes from no address always may. */
    boolean enter(Channel channel) {
        if (max == 0 || !(channel.remoteAddress() instanceof InetSocketAddress remote) || remote.getAddress() == null) {
            return true;
        }
        if (proxies.include(remote.getAddress())) {
            return true;
        }
        Network address = Network.ofClient(remote.getAddress());
        int now = counts.merge(address, 1, Integer::sum);
        channel.closeFuture().addListener(closed -> leave(address));
        return now <= max;
    }

    private void leave(Network address) {
        counts.computeIfPresent(address, (same, count) -> count == 1 ? null : count - 1);
    }

    /** How many addresses there are connections from. */
    int size() {
        return counts.size();
    }
}
