package dev.permafrost.bench.workload;

/** The command line asks for what there is not; the message says which part of it. */
public final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With that message. */
    public UsageException(String message) {
        super(message);
    }
}
