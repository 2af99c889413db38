package dev.permafrost.proxy.http;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What is said of answers that not everybody may see, so that no shared cache gives them to others (RFC 9111 §3.5). */
final class Guarded {
    private static final String AUTHORIZATION = "Authorization";
    private static final int KNOWN_MAX = 1000;
    /** Values for open repositories are few, and so are those in their place. */
    private static final Map<String, String> VARY = new ConcurrentHashMap<>();

    private static final Map<String, String> CACHE_CONTROL = new ConcurrentHashMap<>();

    private Guarded() {}

    /** The value of {@code Vary} in place of that one, which may be null. */
    static String vary(@Nullable String open) {
        return open == null ? AUTHORIZATION : known(VARY, open, value -> value + ", " + AUTHORIZATION);
    }

    /** The value of {@code Cache-Control} in place of that one. */
    static String cacheControl(String open) {
        return known(CACHE_CONTROL, open, Guarded::privately);
    }

    private static String privately(String open) {
        return open.contains("public") ? open.replace("public", "private") : open + ", private";
    }

    private static String known(Map<String, String> values, String open, UnaryOperator<String> made) {
        String known = values.get(open);
        if (known == null) {
            known = made.apply(open);
            if (values.size() < KNOWN_MAX) {
                values.put(open, known);
            }
        }
        return known;
    }
}
