package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.model.FailureKind;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;

/**
 * Resolves names to public addresses only. Used for hosts that an index link or a redirect leads to, which must not reach
 * into the site's own network, whatever their name resolves to at that moment.
 */
final class PublicAddresses extends AddressResolverGroup<InetSocketAddress> {
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
                promise.setFailure(new FetchException(
                        FailureKind.REDIRECT_REFUSED,
                        resolved.getHostString()
                                + " is at a private address, where an index or a redirect may not lead; if it is meant"
                                + " to, add the host to the repository's trusted-hosts"));
            }
        }
    }
}
