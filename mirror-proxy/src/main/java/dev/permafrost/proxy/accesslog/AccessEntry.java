package dev.permafrost.proxy.accesslog;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is told of a request. Text is as the client sent it, its first {@value #TEXT_CHARS_MAX} characters: the log makes it
 * harmless.
 *
 * @param endedAtMillis when the answer was complete, or given up, in milliseconds since 1970
 * @param tookNanos how long that took since the request's head was complete, in nanoseconds
 * @param remote the client's address
 * @param subject the subject of the client's certificate, null without one
 * @param user who has logged in, null where nobody has
 * @param method the request's method
 * @param target the request's target
 * @param protocol the version of HTTP, such as {@code HTTP/1.1}
 * @param status the answer's status; 499 where the client left before there was one
 * @param bodyBytes how many bytes of the body were sent
 * @param host the Host field, null without one
 * @param referer the Referer field, null without one
 * @param agent the User-Agent field, null without one
 * @param repository the repository that was asked, null where none was
 * @param cache how the cache was of help, such as {@code hit}; null where it was not asked
 */
public record AccessEntry(
        long endedAtMillis,
        long tookNanos,
        String remote,
        @Nullable String subject,
        @Nullable String user,
        String method,
        String target,
        String protocol,
        int status,
        long bodyBytes,
        @Nullable String host,
        @Nullable String referer,
        @Nullable String agent,
        @Nullable String repository,
        @Nullable String cache) {
    /** Longest text that is kept of what a client sent; what waits in the queue is bounded by it. */
    static final int TEXT_CHARS_MAX = 2048;

    /** Cuts off what is too long. */
    public AccessEntry {
        remote = Objects.requireNonNull(cut(remote));
        subject = cut(subject);
        user = cut(user);
        method = Objects.requireNonNull(cut(method));
        target = Objects.requireNonNull(cut(target));
        host = cut(host);
        referer = cut(referer);
        agent = cut(agent);
        repository = cut(repository);
        cache = cut(cache);
    }

    private static @Nullable String cut(@Nullable String text) {
        return text == null || text.length() <= TEXT_CHARS_MAX ? text : text.substring(0, TEXT_CHARS_MAX);
    }
}
