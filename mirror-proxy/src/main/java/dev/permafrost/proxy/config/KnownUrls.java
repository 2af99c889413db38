package dev.permafrost.proxy.config;

import dev.permafrost.proxy.http.ListenAddress;
import dev.permafrost.proxy.http.Listener;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The URLs by which clients know a server of some configuration, without asking the server. */
public final class KnownUrls {
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    private KnownUrls() {}

    /**
     * A URL for each of the hosts, at the best of the listeners, or, without any host, one for each listener that has a port.
     *
     * @return each with a slash at its end; none where the system chooses the ports
     */
    public static List<String> of(MirrorConfig config) {
        List<Listener> listeners = config.http().listen().stream()
                .filter(listener -> listener.address() instanceof ListenAddress tcp && tcp.port() != 0)
                .toList();
        String prefix = config.http().pathPrefix() + "/";
        if (config.hosts().isEmpty()) {
            return listeners.stream()
                    .map(listener -> url(listener, null) + prefix)
                    .toList();
        }
        Optional<Listener> best = listeners.stream()
                .filter(Listener::tls)
                .findFirst()
                .or(() -> listeners.stream().findFirst());
        return best.stream()
                .flatMap(listener -> config.hosts().keySet().stream().map(host -> url(listener, host) + prefix))
                .toList();
    }

    /** Whether a server of that configuration makes a certificate for itself. */
    public static boolean makesItsCertificate(MirrorConfig config) {
        return config.http().listen().stream().anyMatch(listener -> listener.security() == Listener.Security.AUTO);
    }

    private static String url(Listener listener, @Nullable String name) {
        ListenAddress address = (ListenAddress) listener.address();
        String host = name != null ? name : isAny(address) ? machine() : address.host();
        boolean usual = address.port() == (listener.tls() ? HTTPS : HTTP);
        return (listener.tls() ? "https://" : "http://")
                + (host.indexOf(':') < 0 || host.startsWith("[") ? host : "[" + host + "]")
                + (usual ? "" : ":" + address.port());
    }

    private static boolean isAny(ListenAddress address) {
        return address.isAny()
                || address.host().equals("0.0.0.0")
                || address.host().equals("::");
    }

    private static String machine() {
        try {
            return InetAddress.getLocalHost().getHostName().toLowerCase(Locale.ROOT);
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }
}
