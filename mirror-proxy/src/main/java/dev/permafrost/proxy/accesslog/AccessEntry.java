package dev.permafrost.proxy.accesslog;

import org.jspecify.annotations.Nullable;

/**
 * What is told of a request. Text is as the client sent it: the log makes it harmless.
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
        @Nullable String cache) {}
