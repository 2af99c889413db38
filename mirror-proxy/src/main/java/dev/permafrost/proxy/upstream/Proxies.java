package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.repo.UpstreamProxy;
import dev.permafrost.proxy.repo.UpstreamProxy.Through;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import io.netty.handler.ipfilter.IpFilterRuleType;
import io.netty.handler.ipfilter.IpSubnetFilterRule;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which proxy a URL is reached by. That of the configuration is for every URL; those of the environment are read as curl reads them,
 * and never for this machine itself, whose name means another machine to a proxy.
 */
final class Proxies {
    private final @Nullable Through http;
    private final @Nullable Through https;
    private final boolean fromEnvironment;
    private final List<String> exceptions;

    private Proxies(@Nullable Through http, @Nullable Through https, boolean fromEnvironment, List<String> exceptions) {
        this.fromEnvironment = fromEnvironment;
        this.http = http;
        this.https = https;
        this.exceptions = exceptions;
    }

    /**
     * The proxies of a repository.
     *
     * @throws StoreException BAD_REQUEST for a variable that can't be used
     */
    static Proxies of(String repository, UpstreamProxy choice, Map<String, String> environment) {
        if (choice instanceof Through one) {
            return new Proxies(one, one, false, List.of());
        }
        if (choice instanceof UpstreamProxy.Direct) {
            return new Proxies(null, null, false, List.of());
        }
        String none = either(environment, "no_proxy", "NO_PROXY");
        return new Proxies(
                // HTTP_PROXY is not looked at, for the reason that curl does not: a CGI server sets it as its client
                // says
                parsed(repository, environment, "http_proxy", "http_proxy"),
                parsed(repository, environment, "https_proxy", "HTTPS_PROXY"),
                true,
                Arrays.stream(none.split("[,\\s]+", -1))
                        .map(exception -> exception.toLowerCase(Locale.ROOT))
                        .filter(exception -> !exception.isEmpty())
                        .toList());
    }

    /** The proxy for a URL; null for none. */
    @Nullable Through of(URI url) {
        Through proxy = "https".equalsIgnoreCase(url.getScheme()) ? https : http;
        return proxy == null || (fromEnvironment && isException(Origin.of(url))) ? null : proxy;
    }

    private boolean isException(Origin origin) {
        String host = PublicAddresses.bare(origin.host());
        if (PublicAddresses.isLoopback(host)) {
            return true;
        }
        InetAddress address = PublicAddresses.literal(host);
        return exceptions.stream().anyMatch(exception -> covers(exception, host, origin.port(), address));
    }

    private static boolean covers(String exception, String host, int port, @Nullable InetAddress address) {
        if (exception.equals("*")) {
            return true;
        }
        if (exception.indexOf('/') >= 0) {
            return address != null && inNetwork(exception, address);
        }
        String name = exception;
        int colon = exception.lastIndexOf(':');
        if (colon > 0 && PublicAddresses.literal(exception) == null) {
            if (!exception.substring(colon + 1).equals(Integer.toString(port))) {
                return false;
            }
            name = exception.substring(0, colon);
        }
        name = name.replaceFirst("^\\*?\\.", "").replaceAll("[\\[\\]]", "");
        return address == null
                ? host.equals(name) || host.endsWith("." + name)
                : address.equals(PublicAddresses.literal(name));
    }

    private static boolean inNetwork(String network, InetAddress address) {
        try {
            return new IpSubnetFilterRule(network, IpFilterRuleType.ACCEPT).matches(new InetSocketAddress(address, 0));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static @Nullable Through parsed(
            String repository, Map<String, String> environment, String name, String otherName) {
        String value = either(environment, name, otherName);
        if (value.isBlank()) {
            return null;
        }
        try {
            return UpstreamProxy.parse(value.strip());
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "repositories." + repository + ".proxy: is not written, and " + name + " in the environment "
                            + e.getMessage() + "; or write proxy: none to go without",
                    e);
        }
    }

    private static String either(Map<String, String> environment, String name, String otherName) {
        String value = environment.get(name);
        return value != null ? value : environment.getOrDefault(otherName, "");
    }
}
