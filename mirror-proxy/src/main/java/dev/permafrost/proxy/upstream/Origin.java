package dev.permafrost.proxy.upstream;

import java.net.URI;
import java.util.Locale;

/** Scheme, host and port of a URL (RFC 6454 §4): what a login holds for. */
record Origin(String scheme, String host, int port) {
    static Origin of(URI url) {
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        int port = url.getPort() >= 0 ? url.getPort() : scheme.equals("https") ? 443 : 80;
        return new Origin(scheme, hostOf(url), port);
    }

    /** A URL's host in lower case; "null" where it has none. */
    static String hostOf(URI url) {
        return String.valueOf(url.getHost()).toLowerCase(Locale.ROOT);
    }
}
