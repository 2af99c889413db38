package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.model.FailureKind;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Resolves names to public addresses only. Used for hosts that an index link or a redirect leads to, which must not reach
 * into the site's own network, whatever their name resolves to at that moment.
 */
final class PublicAddresses extends AddressResolverGroup<InetSocketAddress> {
    /** Kept for a site's own use by RFC 6761, RFC 6762, RFC 8375 and ICANN, and what sites use besides (RFC 6762, appendix G). */
    private static final Set<String> SITES_OWN = Set.of(
            "localhost", "localdomain", "local", "internal", "arpa", "intranet", "private", "corp", "home", "lan");

    private final AddressResolverGroup<InetSocketAddress> group;

    PublicAddresses(AddressResolverGroup<InetSocketAddress> group) {
        this.group = group;
    }

    /** Whether an address is of the public internet: not loopback, private, link-local, shared or multicast. */
    static boolean isPublic(InetAddress address) {
        byte[] bytes = address.getAddress();
        int first = bytes[0] & 0xFF;
        int second = bytes[1] & 0xFF;
        boolean inside = address.isLoopbackAddress()
                || address.isAnyLocalAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress();
        if (address instanceof Inet6Address) {
            boolean uniqueLocal = (first & 0xFE) == 0xFC;
            boolean translated = (first == 0x00 && second == 0x64) || (first == 0x20 && second == 0x02);
            return !inside && !uniqueLocal && !translated;
        }
        boolean sharedOrReserved = first == 0 || first >= 240 || (first == 100 && (second & 0xC0) == 64);
        return !inside && !sharedOrReserved;
    }

    /**
     * Whether a host that a proxy will look up can be on the public internet, as far as its name tells: no address but a public one,
     * in no other than the usual form, which some would read as an address; and no name that only the site itself knows.
     */
    static boolean isPublicName(String host) {
        InetAddress literal = literal(host);
        if (literal != null) {
            return isPublic(literal);
        }
        String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        String last = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return name.indexOf('.') > 0
                && !last.isEmpty()
                && !Character.isDigit(last.charAt(0))
                && !SITES_OWN.contains(last);
    }

    /** Whether a host is this machine, by its address or by the name for it. */
    static boolean isLoopback(String host) {
        InetAddress address = literal(bare(host));
        return address == null ? host.equals("localhost") || host.endsWith(".localhost") : address.isLoopbackAddress();
    }

    /** The address that a host is written as, without brackets; null for a name. */
    static @Nullable InetAddress literal(String host) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }

    /** A URL's host without the brackets of an IPv6 address. */
    static String bare(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    /** That a host is not gone to. */
    static FetchException refusal(String host) {
        return new FetchException(
                FailureKind.REDIRECT_REFUSED,
                host
                        + " is at a private address, where an index or a redirect may not lead; if it is meant to, add the host"
                        + " to the repository's trusted-hosts");
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new Filter(group.getResolver(executor), executor);
    }

    private record Filter(AddressResolver<InetSocketAddress> inner, EventExecutor executor)
            implements AddressResolver<InetSocketAddress> {
        @Override
        public boolean isSupported(SocketAddress address) {
            return inner.isSupported(address);
        }

        /** Never, so that literal addresses come through here too. */
        @Override
        public boolean isResolved(SocketAddress address) {
            return false;
        }

        @Override
        public Future<InetSocketAddress> resolve(SocketAddress address) {
            return resolve(address, executor.newPromise());
        }

        @Override
        public Future<InetSocketAddress> resolve(SocketAddress address, Promise<InetSocketAddress> promise) {
            if (inner.isResolved(address)) {
                accept((InetSocketAddress) address, promise);
            } else {
                inner.resolve(address).addListener((Future<InetSocketAddress> f) -> {
                    if (f.isSuccess()) {
                        accept(f.getNow(), promise);
                    } else {
                        promise.setFailure(f.cause());
                    }
                });
            }
            return promise;
        }

        @Override
        public Future<List<InetSocketAddress>> resolveAll(SocketAddress address) {
            return resolveAll(address, executor.newPromise());
        }

        @Override
        public Future<List<InetSocketAddress>> resolveAll(
                SocketAddress address, Promise<List<InetSocketAddress>> promise) {
            resolve(address).addListener((Future<InetSocketAddress> f) -> {
                if (f.isSuccess()) {
                    promise.setSuccess(List.of(f.getNow()));
                } else {
                    promise.setFailure(f.cause());
                }
            });
            return promise;
        }

        @Override
        public void close() {
            // the group closes the inner one
        }

        private static void accept(InetSocketAddress resolved, Promise<InetSocketAddress> promise) {
            InetAddress address = resolved.getAddress();
            if (address != null && isPublic(address)) {
                promise.setSuccess(resolved);
            } else {
                promise.setFailure(refusal(resolved.getHostString()));
            }
        }
    }
}
