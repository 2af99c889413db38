package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.hosted.RefusedUploadException;
import dev.permafrost.proxy.repo.PlainText;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a form ({@code multipart/form-data}, RFC 7578, RFC 2046 §5.1) as it comes, and hands its parts on in pieces: nothing is
 * kept of a part but what may be the beginning of a boundary.
 */
final class FormReader {
    private static final int HEAD_BYTES_MAX = 8 << 10;
    private static final int BUFFER_BYTES = 64 << 10;
    private static final byte CR = '\r';
    private static final byte LF = '\n';
    private static final byte DASH = '-';
    private static final Pattern BOUNDARY = Pattern.compile(
            "(?i)multipart/form-data\\s*;(?:.*;)?\\s*boundary=(?:\"([^\"]{1,70})\"|([^\\s;\"]{1,70})).*");
    private static final Pattern DISPOSITION = Pattern.compile("(?i)content-disposition:\\s*form-data\\s*(;.*)?");
    private static final Pattern PARAMETER =
            Pattern.compile(";\\s*([\\w*-]+)\\s*=\\s*(?:\"((?:[^\"\\\\]++|\\\\.)*+)\"|([^\\s;\"]*+))");

    private final byte[] delimiter;
    private final Parts parts;
    /** What has come and is not understood yet: [start, end). */
    private final byte[] buffer = new byte[BUFFER_BYTES];

    private int start;
    private int end;
    private State state = State.BEFORE;

    private enum State {
        /** Before the first boundary. */
        BEFORE,
        /** Behind a boundary, where its line may say that it is the last. */
        BOUNDARY_LINE,
        HEAD,
        BODY,
        /** Behind the last boundary. */
        AFTER
    }

    /** Whom the parts are handed to. */
    interface Parts {
        /**
         * A part begins.
         *
         * @param filename null for a plain field
         * @throws RefusedUploadException for one that can't be taken
         */
        void beginPart(String name, @Nullable String filename) throws RefusedUploadException;

        /** More of the part. */
        void piece(ByteBuffer bytes) throws RefusedUploadException;

        /** The part is complete. */
        void endPart() throws RefusedUploadException;
    }

    /** A reader of a form whose parts are divided by that boundary. */
    FormReader(String boundary, Parts parts) {
        this.delimiter = ("\r\n--" + boundary).getBytes(ISO_8859_1);
        this.parts = parts;
        // the first boundary may stand at the very beginning, where the others have the end of a line
        buffer[0] = CR;
        buffer[1] = LF;
        end = 2;
    }

    /** The boundary that a Content-Type field names; empty where it is no form's. */
    static Optional<String> boundary(@Nullable String contentType) {
        Matcher matcher = contentType == null ? null : BOUNDARY.matcher(contentType);
        if (matcher == null || !matcher.matches()) {
            return Optional.empty();
        }
        return Optional.of(matcher.group(1) == null ? matcher.group(2) : matcher.group(1));
    }

    /** Reads what comes next. */
    void read(ByteBuffer bytes) throws RefusedUploadException {
        while (bytes.hasRemaining()) {
            if (start > 0) {
                System.arraycopy(buffer, start, buffer, 0, end - start);
                end -= start;
                start = 0;
            }
            int count = Math.min(bytes.remaining(), buffer.length - end);
            bytes.get(buffer, end, count);
            end += count;
            while (step()) {}
        }
    }

    /** That was all. */
    void finish() throws RefusedUploadException {
        if (state != State.AFTER) {
            throw new RefusedUploadException("the form is cut off");
        }
    }

    /** Understands one thing more; false where it takes more bytes to do so. */
    private boolean step() throws RefusedUploadException {
        return switch (state) {
            case BEFORE -> skipToBoundary();
            case BOUNDARY_LINE -> boundaryLine();
            case HEAD -> head();
            case BODY -> body();
            case AFTER -> {
                start = end;
                yield false;
            }
        };
    }

    private boolean skipToBoundary() {
        int found = indexOfDelimiter();
        start = found < 0 ? Math.max(start, end - delimiter.length + 1) : found + delimiter.length;
        state = found < 0 ? State.BEFORE : State.BOUNDARY_LINE;
        return found >= 0;
    }

    private boolean boundaryLine() throws RefusedUploadException {
        if (end - start < 2) {
            return false;
        }
        if (buffer[start] == DASH && buffer[start + 1] == DASH) {
            state = State.AFTER;
            return true;
        }
        while (start < end && (buffer[start] == ' ' || buffer[start] == '\t')) {
            start++;
        }
        if (end - start < 2) {
            return false;
        }
        if (buffer[start] != CR || buffer[start + 1] != LF) {
            throw new RefusedUploadException("a boundary of the form is followed by something else");
        }
        // the end of this line may be half of the blank line behind a head without fields
        state = State.HEAD;
        return true;
    }

    private boolean head() throws RefusedUploadException {
        for (int i = start; i + 3 < end; i++) {
            if (i - start > HEAD_BYTES_MAX) {
                break;
            }
            if (buffer[i] == CR && buffer[i + 1] == LF && buffer[i + 2] == CR && buffer[i + 3] == LF) {
                String head = new String(buffer, start, i - start, UTF_8);
                start = i + 4;
                state = State.BODY;
                begin(head);
                return true;
            }
        }
        if (end - start > HEAD_BYTES_MAX) {
            throw new RefusedUploadException("a part of the form has a head of more than " + HEAD_BYTES_MAX + " bytes");
        }
        return false;
    }

    private void begin(String head) throws RefusedUploadException {
        for (String line : head.strip().split("\r\n", -1)) {
            Matcher disposition = DISPOSITION.matcher(line);
            if (disposition.matches()) {
                String name = null;
                String filename = null;
                Matcher parameter = PARAMETER.matcher(disposition.group(1) == null ? "" : disposition.group(1));
                while (parameter.find()) {
                    String value = parameter.group(2) == null ? parameter.group(3) : unescaped(parameter.group(2));
                    switch (parameter.group(1)) {
                        case "name" -> name = value;
                        case "filename" -> filename = value;
                        case "filename*" -> filename = extended(value);
                        default -> {}
                    }
                }
                if (name != null) {
                    parts.beginPart(name, filename);
                    return;
                }
            }
        }
        throw new RefusedUploadException("a part of the form has no name");
    }

    private static String unescaped(String quoted) {
        return quoted.replaceAll("\\\\(.)", "$1").replace("%22", "\"");
    }

    /** A value with its charset in front (RFC 8187). */
    private static String extended(String value) throws RefusedUploadException {
        int language = value.indexOf('\'');
        int text = value.indexOf('\'', language + 1);
        String decoded = text < 0 || !value.regionMatches(true, 0, "utf-8", 0, language)
                ? null
                : PercentCoding.decoded(value.substring(text + 1));
        if (decoded == null) {
            throw new RefusedUploadException("a file name of the form can't be read: " + PlainText.quoted(value));
        }
        return decoded;
    }

    private boolean body() throws RefusedUploadException {
        int found = indexOfDelimiter();
        int pieceEnd = found < 0 ? Math.max(start, end - delimiter.length + 1) : found;
        if (pieceEnd > start) {
            parts.piece(ByteBuffer.wrap(buffer, start, pieceEnd - start));
        }
        start = pieceEnd;
        if (found < 0) {
            return false;
        }
        parts.endPart();
        start = found + delimiter.length;
        state = State.BOUNDARY_LINE;
        return true;
    }

    private int indexOfDelimiter() {
        int last = end - delimiter.length;
        for (int i = start; i <= last; i++) {
            if (buffer[i] == CR && matches(i)) {
                return i;
            }
        }
        return -1;
    }

    private boolean matches(int at) {
        for (int i = 1; i < delimiter.length; i++) {
            if (buffer[at + i] != delimiter[i]) {
                return false;
            }
        }
        return true;
    }
}
