package dev.permafrost.proxy.hosted;

import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.Reply.NotTaken.Reason;
import dev.permafrost.store.model.FailureKind;

/** What was sent is not taken; the message says to whoever sent it why, and what to do about it. */
public final class RefusedUploadException extends Exception {
    private static final long serialVersionUID = 1;

    private final Reason reason;
    private final boolean passing;

    /** It is wrong in itself. */
    public RefusedUploadException(String why) {
        this(Reason.INVALID, why);
    }

    /** It is not taken for that reason. */
    public RefusedUploadException(Reason reason, String why) {
        this(reason, why, false);
    }

    private RefusedUploadException(Reason reason, String why, boolean passing) {
        super(why);
        this.reason = reason;
        this.passing = passing;
    }

    /** Another file of its name is being added. */
    public static RefusedUploadException busy(String why) {
        return new RefusedUploadException(Reason.CONFLICT, why, true);
    }

    /** Why, in one word. */
    public Reason reason() {
        return reason;
    }

    /** Whether it may be taken a moment later. */
    public boolean isPassing() {
        return passing;
    }

    /** The same as a failure of the store. */
    public FailureKind kind() {
        return switch (reason) {
            case NOT_FOUND -> FailureKind.STORE_MISSING;
            case CONFLICT -> FailureKind.STORE_EXISTS;
            case INVALID, TOO_LARGE, FORBIDDEN -> FailureKind.BAD_REQUEST;
        };
    }

    /** The answer. */
    public Reply reply() {
        return new Reply.NotTaken(reason, String.valueOf(getMessage()));
    }
}
