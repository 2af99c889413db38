package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.model.FailureKind;
import io.netty.handler.codec.http.HttpResponseStatus;

/** The one place where kinds of failure become status codes. */
final class StatusTable {
    private StatusTable() {}

    static HttpResponseStatus of(FailureKind kind) {
        return switch (kind) {
            case BAD_REQUEST -> HttpResponseStatus.BAD_REQUEST;
            case STORE_MISSING -> HttpResponseStatus.NOT_FOUND;
            case STORE_EXISTS -> HttpResponseStatus.CONFLICT;
            case STORE_CORRUPT, STORE_TOO_NEW, UNTRUSTED, DISK_FAILED, INTERNAL ->
                HttpResponseStatus.INTERNAL_SERVER_ERROR;
            case STORE_LOCKED, STORE_READ_ONLY, DISK_FULL, OVERLOADED, SHUTTING_DOWN ->
                HttpResponseStatus.SERVICE_UNAVAILABLE;
            case UPSTREAM_TIMEOUT -> HttpResponseStatus.GATEWAY_TIMEOUT;
            case DIGEST_MISMATCH,
                    LENGTH_MISMATCH,
                    UPSTREAM_UNREACHABLE,
                    UPSTREAM_STATUS,
                    UPSTREAM_INVALID,
                    UPSTREAM_TOO_LARGE,
                    REDIRECT_REFUSED -> HttpResponseStatus.BAD_GATEWAY;
        };
    }

    static HttpResponseStatus of(Reply.NotTaken.Reason reason) {
        return switch (reason) {
            case INVALID -> HttpResponseStatus.BAD_REQUEST;
            case NOT_FOUND -> HttpResponseStatus.NOT_FOUND;
            case CONFLICT -> HttpResponseStatus.CONFLICT;
            case TOO_LARGE -> HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE;
            case FORBIDDEN -> HttpResponseStatus.FORBIDDEN;
        };
    }

    /** Whether the message is about upstream or the request, and so for the client too; the rest is the operator's. */
    static boolean tellsClient(FailureKind kind) {
        return switch (kind) {
            case STORE_CORRUPT,
                    STORE_TOO_NEW,
                    STORE_LOCKED,
                    STORE_READ_ONLY,
                    UNTRUSTED,
                    DISK_FULL,
                    DISK_FAILED,
                    INTERNAL -> false;
            default -> true;
        };
    }
}
