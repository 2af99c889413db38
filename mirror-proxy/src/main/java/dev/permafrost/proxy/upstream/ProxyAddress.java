package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.repo.UpstreamProxy.Through;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import reactor.core.publisher.Mono;

/** Leads to a proxy, whatever the host: who wants to ask a proxy for an http URL connects to nobody else. */
final class ProxyAddress extends AddressResolverGroup<InetSocketAddress> {
    private final AddressResolverGroup<InetSocketAddress> group;
    private final InetSocketAddress proxy;

    ProxyAddress(AddressResolverGroup<InetSocketAddress> group, Through proxy) {
        this.group = group;
        this.proxy = unresolved(proxy);
    }

    /** Where a proxy is, now. */
    static Mono<InetSocketAddress> resolved(
            AddressResolverGroup<InetSocketAddress> group, EventExecutor executor, Through proxy) {
        return Mono.create(sink -> group.getResolver(executor)
                .resolve(unresolved(proxy))
                .addListener((Future<InetSocketAddress> found) -> {
                    if (found.isSuccess()) {
                        sink.success(found.getNow());
                    } else {
                        sink.error(found.cause());
                    }
                }));
    }

    private static InetSocketAddress unresolved(Through proxy) {
        return InetSocketAddress.createUnresolved(proxy.host(), proxy.port());
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new ToProxy(group.getResolver(executor), executor, proxy);
    }

    private record ToProxy(AddressResolver<InetSocketAddress> inner, EventExecutor executor, InetSocketAddress proxy)
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
            return inner.resolve(proxy);
        }

        @Override
        public Future<InetSocketAddress> resolve(SocketAddress address, Promise<InetSocketAddress> promise) {
            return inner.resolve(proxy, promise);
        }

        @Override
        public Future<List<InetSocketAddress>> resolveAll(SocketAddress address) {
            return inner.resolveAll(proxy);
        }

        @Override
        public Future<List<InetSocketAddress>> resolveAll(
                SocketAddress address, Promise<List<InetSocketAddress>> promise) {
            return inner.resolveAll(proxy, promise);
        }

        @Override
        public void close() {
            // the group closes the inner one
        }
    }
}
