package dev.permafrost.proxy.repo;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import org.jspecify.annotations.Nullable;

/** A failure to fetch, whose message names the URL, what came of it and, where there is one, the remedy. */
public final class FetchException extends StoreException {
    private static final long serialVersionUID = 2;

    private final int status;

    /** A failure of that kind. */
    public FetchException(FailureKind kind, String message) {
        this(kind, message, null);
    }

    /** A failure of that kind, and what caused it. */
    public FetchException(FailureKind kind, String message, @Nullable Throwable cause) {
        super(kind, message, cause);
        this.status = 0;
    }

    private FetchException(int status, String message) {
        super(FailureKind.UPSTREAM_STATUS, message, null);
        this.status = status;
    }

    /** That upstream answered with that status. */
    public static FetchException ofStatus(int status, String message) {
        return new FetchException(status, message);
    }

    /** The status that upstream answered with, where that is the failure; else 0. */
    public int status() {
        return status;
    }
}
