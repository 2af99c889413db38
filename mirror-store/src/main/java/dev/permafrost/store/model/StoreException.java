package dev.permafrost.store.model;

import org.jspecify.annotations.Nullable;

/**
 * A failure that has a kind and a message for the operator: what, which, the value, the remedy. Unchecked, since nearly
 * every caller can only pass it on to the one place that turns kinds into statuses and exit codes.
 */
public class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final FailureKind kind;

    /** A failure of that kind. */
    public StoreException(FailureKind kind, String message) {
        this(kind, message, null);
    }

    /** A failure of that kind, and what caused it. */
    public StoreException(FailureKind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What kind of failure it is. */
    public final FailureKind kind() {
        return kind;
    }
}
