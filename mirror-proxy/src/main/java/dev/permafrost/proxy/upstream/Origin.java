package dev.permafrost.proxy.upstream;

import java.net.URI;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

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

    /** A URL as a message may have it: without a query, which is where a redirect to a store of files has its signature. */
    static String shown(@Nullable URI url) {
        String text = String.valueOf(url);
        int query = text.indexOf('?');
        return query < 0 ? text : text.substring(0, query + 1) + "…";
    }
}
