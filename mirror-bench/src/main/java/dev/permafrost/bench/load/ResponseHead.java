package dev.permafrost.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;

/** The head of a response, put together from the pieces in which it comes. A body must have its length declared. */
final class ResponseHead {
    private static final int BYTES_MAX = 16 * 1024;

    private final StringBuilder text = new StringBuilder();
    private boolean complete;
    private int status;
    private long lengthBytes;
    private boolean closes;
    private int ageDigits;

    void clear() {
        text.setLength(0);
        complete = false;
    }

    boolean isComplete() {
        return complete;
    }

    int status() {
        return status;
    }

    long lengthBytes() {
        return lengthBytes;
    }

    /** How long it is itself, its blank line included. */
    int sizeBytes() {
        return text.length();
    }

    /** How many digits its Age has; 0 where it has none. */
    int ageDigits() {
        return ageDigits;
    }

    /** Whether the server ends the connection after this response. */
    boolean closes() {
        return closes;
    }

    /** Takes bytes up to the end of the head, and says whether it is whole; what remains is the body. */
    boolean accept(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            text.append((char) (bytes.get() & 0xff));
            int length = text.length();
            if (length >= 4 && text.charAt(length - 1) == '\n' && text.indexOf("\r\n\r\n", length - 4) >= 0) {
                parse();
                complete = true;
                return true;
            }
            if (length > BYTES_MAX) {
                throw new IOException("a response head beyond " + BYTES_MAX + " bytes");
            }
        }
        return false;
    }

    private void parse() throws IOException {
        String[] lines = text.toString().split("\r\n", -1);
        String[] statusLine = lines[0].split(" ", 3);
        if (statusLine.length < 2 || !statusLine[0].startsWith("HTTP/1.")) {
            throw new IOException("not a status line: " + lines[0]);
        }
        status = Integer.parseInt(statusLine[1]);
        lengthBytes = -1;
        closes = false;
        ageDigits = 0;
        for (int i = 1; i < lines.length; i++) {
            String line = lines[i].toLowerCase(Locale.ROOT);
            if (line.startsWith("content-length:")) {
                lengthBytes = Long.parseLong(
                        line.substring("content-length:".length()).trim());
            } else if (line.startsWith("connection:")) {
                closes = line.contains("close");
            } else if (line.startsWith("age:")) {
                ageDigits = line.substring("age:".length()).trim().length();
            }
        }
        if (lengthBytes < 0) {
            throw new IOException("a response without Content-Length: " + lines[0]);
        }
    }
}
