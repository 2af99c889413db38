package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.Reply.NotTaken.Reason;

/** What was sent is not taken; the message says to whoever sent it why, and what to do about it. */
final class RefusedUploadException extends Exception {
    private static final long serialVersionUID = 1;

    private final Reason reason;

    /** It is wrong in itself. */
    RefusedUploadException(String why) {
        this(Reason.INVALID, why);
    }

    RefusedUploadException(Reason reason, String why) {
        super(why);
        this.reason = reason;
    }

    /** The answer. */
    Reply reply() {
        return new Reply.NotTaken(reason, String.valueOf(getMessage()));
    }
}
