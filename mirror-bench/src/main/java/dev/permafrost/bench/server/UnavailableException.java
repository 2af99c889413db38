package dev.permafrost.bench.server;

/** A program that a benchmark needs is not there or does not start; the message says which, and the remedy. */
public final class UnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** With that message. */
    public UnavailableException(String message) {
        super(message);
    }
}
