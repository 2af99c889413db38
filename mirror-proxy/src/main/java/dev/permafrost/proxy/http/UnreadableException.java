package dev.permafrost.proxy.http;

import java.io.IOException;

/** A file, and not the connection that it was for, has failed. */
final class UnreadableException extends IOException {
    private static final long serialVersionUID = 1;

    UnreadableException(String message, Throwable cause) {
        super(message, cause);
    }

    /** What was wrong as the file was read. */
    static UnreadableException of(IOException error) {
        return error instanceof UnreadableException known
                ? known
                : new UnreadableException(error.getMessage() == null ? error.toString() : error.getMessage(), error);
    }
}
