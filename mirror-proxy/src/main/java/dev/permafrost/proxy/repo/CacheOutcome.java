package dev.permafrost.proxy.repo;

import java.util.Locale;

/** How a reply came about, for logs and for the {@code Cache-Status} field (RFC 9211). */
public enum CacheOutcome {
    /** From what is held. */
    HIT("hit"),
    /** From what is held, after upstream had said that it is unchanged. */
    REVALIDATED("fwd=stale; fwd-status=304"),
    /** Fetched for this request. */
    MISS("fwd=miss; stored"),
    /** Fetched for another request that came before. */
    COALESCED("fwd=miss; collapsed"),
    /** From what is held though it is out of date, since upstream does not answer. */
    STALE("hit; detail=stale"),
    /** That there is no such thing, from what is known of it: upstream was not asked. */
    NEGATIVE("hit; detail=negative");

    private final String cacheStatus;
    private final String word = name().toLowerCase(Locale.ROOT);

    CacheOutcome(String parameters) {
        this.cacheStatus = "permafrost; " + parameters;
    }

    /** Its name in logs, such as {@code hit}. */
    public String word() {
        return word;
    }

    /** The value of the {@code Cache-Status} field. */
    public String cacheStatus() {
        return cacheStatus;
    }
}
