package dev.permafrost.proxy.access;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads files of {@code name:rest} lines, with all that is wrong with them in one message. Empty lines and comments pass. */
final class Lines {
    private static final int FILE_BYTES_MAX = 1 << 20;
    private static final int LINES_MAX = 10_000;
    private static final int PROBLEMS_MAX = 10;
    private static final int NAME_CHARS_MAX = 255;

    /** Takes a line apart. */
    @FunctionalInterface
    interface Taker {
        /**
         * Takes a line.
         *
         * @throws IllegalArgumentException where it can't be used; the message goes on after "the user NAME"
         */
        void take(String name, String rest);
    }

    private Lines() {}

    /**
     * Reads a file. Blocks.
     *
     * @param remedy what to write where there is no colon
     * @throws StoreException BAD_REQUEST with file, lines, what is wrong and the remedy; what is secret is not in it
     */
    static void read(Path file, String remedy, Taker taker) {
        List<String> problems = new ArrayList<>();
        int entries = 0;
        int number = 0;
        for (String line : text(file).split("\n", -1)) {
            number++;
            String text = line.strip();
            if (text.isEmpty() || text.startsWith("#")) {
                continue;
            }
            entries++;
            try {
                take(text, remedy, taker);
            } catch (IllegalArgumentException e) {
                problems.add(file + ":" + number + ": " + e.getMessage());
            }
            if (problems.size() == PROBLEMS_MAX) {
                break;
            }
        }
        if (entries > LINES_MAX) {
            problems.add(file + " has " + entries + " names; keep " + LINES_MAX + " at most");
        }
        if (!problems.isEmpty()) {
            throw new StoreException(FailureKind.BAD_REQUEST, String.join("\n", problems));
        }
    }

    private static void take(String line, String remedy, Taker taker) {
        int colon = line.indexOf(':');
        if (colon <= 0 || colon > NAME_CHARS_MAX) {
            throw new IllegalArgumentException(
                    "a line is a name of 1 to " + NAME_CHARS_MAX + " characters, a colon and more; " + remedy);
        }
        String name = line.substring(0, colon);
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("a name has control characters in it; " + remedy);
        }
        try {
            taker.take(name, line.substring(colon + 1));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("'" + name + "' " + e.getMessage(), e);
        }
    }

    private static String text(Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(FILE_BYTES_MAX + 1);
        } catch (NoSuchFileException e) {
            throw unusable(file, "is not there; make it, or correct its name in the configuration", e);
        } catch (AccessDeniedException e) {
            throw unusable(file, "may not be read by this user; change its owner or its mode", e);
        } catch (IOException e) {
            throw unusable(file, "can't be read (" + e.getMessage() + "); check what it is and who may read it", e);
        }
        if (bytes.length > FILE_BYTES_MAX) {
            throw unusable(file, "is larger than 1MiB; is it the right file?", null);
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw unusable(file, "is not UTF-8 text; save it as UTF-8", e);
        }
    }

    private static StoreException unusable(Path file, String message, @Nullable Throwable cause) {
        return new StoreException(FailureKind.BAD_REQUEST, file + " " + message, cause);
    }
}
