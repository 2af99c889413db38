package dev.permafrost.proxy.repo;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What an Accept-Encoding field allows of that which pages are kept in (RFC 9110 §12.5.3). Which of them a client likes better
 * does not matter: what is allowed and smallest is sent.
 *
 * @param gzip whether it takes gzip (RFC 1952)
 * @param zstd whether it takes Zstandard (RFC 8878)
 */
public record ContentCoding(boolean gzip, boolean zstd) {
    /** What a client takes that does not say. */
    private static final ContentCoding NONE = new ContentCoding(false, false);

    /** Clients of one kind all send the same field. */
    private static final Map<String, ContentCoding> KNOWN = new ConcurrentHashMap<>();

    private static final int KNOWN_MAX = 1000;
    private static final int KNOWN_CHARS_MAX = 200;

    /** What that field allows; null stands for no field. */
    public static ContentCoding of(@Nullable String acceptEncoding) {
        if (acceptEncoding == null) {
            return NONE;
        }
        ContentCoding known = KNOWN.get(acceptEncoding);
        if (known != null) {
            return known;
        }
        ContentCoding parsed = parse(acceptEncoding.toLowerCase(Locale.ROOT));
        if (KNOWN.size() < KNOWN_MAX && acceptEncoding.length() <= KNOWN_CHARS_MAX) {
            KNOWN.put(acceptEncoding, parsed);
        }
        return parsed;
    }

    private static ContentCoding parse(String field) {
        Boolean gzip = null;
        Boolean zstd = null;
        boolean any = false;
        for (String one : field.split(",", -1)) {
            int semicolon = one.indexOf(';');
            boolean wanted = semicolon < 0 || !isZero(one.substring(semicolon + 1));
            switch ((semicolon < 0 ? one : one.substring(0, semicolon)).trim()) {
                case "gzip", "x-gzip" -> gzip = wanted;
                case "zstd" -> zstd = wanted;
                case "*" -> any = wanted;
                default -> {}
            }
        }
        // a star stands for what is not named; a client that knows zstd names it
        return new ContentCoding(gzip == null ? any : gzip, zstd != null && zstd);
    }

    /** Whether a weight is 0: {@code q=0} or {@code q=0.000}. */
    private static boolean isZero(String parameter) {
        String weight = parameter.trim();
        if (!weight.startsWith("q=")) {
            return false;
        }
        for (int i = 2; i < weight.length(); i++) {
            char c = weight.charAt(i);
            if (c != '0' && c != '.') {
                return false;
            }
        }
        return true;
    }
}
