package dev.permafrost.proxy.repo;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** By which HTTP proxy a repository's upstream is reached. */
public sealed interface UpstreamProxy {
    /** By the one that {@code http_proxy}, {@code https_proxy} and {@code no_proxy} say. */
    record FromEnvironment() implements UpstreamProxy {}

    /** By none. */
    record Direct() implements UpstreamProxy {}

    /**
     * By this one, for every URL.
     *
     * @param user who logs in there (RFC 7617); empty for nobody
     */
    record Through(String host, int port, String user, Secret password) implements UpstreamProxy {
        /** Where it is, without the login. */
        @Override
        public String toString() {
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
        }
    }

    /**
     * A proxy by its URL, such as {@code http://user:password@proxy.example.org:3128}; without a scheme it is http, and without a
     * port 3128.
     *
     * @throws IllegalArgumentException with a message that goes on after the value, and does not hold it
     */
    static Through parse(String text) {
        URI url;
        try {
            url = new URI(text.contains("://") ? text : "http://" + text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(
                    "is not a URL (" + e.getReason()
                            + "); write one such as http://proxy.example.org:3128, with %XX for special characters in a"
                            + " password",
                    e);
        }
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        if (!scheme.equals("http")) {
            throw new IllegalArgumentException("is a kind of proxy that is not supported; write an http:// URL, which"
                    + " serves for https upstreams too");
        }
        String host = url.getHost();
        if (host == null || url.getPort() > 65_535 || url.getPort() == 0) {
            throw new IllegalArgumentException(
                    "has no usable host and port; write one such as http://proxy.example.org:3128, with %40 for an '@' in"
                            + " a password");
        }
        String path = String.valueOf(url.getRawPath());
        if (!(path.isEmpty() || path.equals("/")) || url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("has more than a host and a port; write it without the path");
        }
        String login = url.getUserInfo() == null ? "" : url.getUserInfo();
        int colon = login.indexOf(':');
        return new Through(
                host.replaceAll("[\\[\\]]", ""),
                url.getPort() < 0 ? 3128 : url.getPort(),
                Secret.of(colon < 0 ? login : login.substring(0, colon)).reveal(),
                Secret.of(colon < 0 ? "" : login.substring(colon + 1)));
    }
}
