package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** What can be wrong with a repository's metadata, in words that name it. */
final class MetadataFault {
    private static final int QUOTED_CHARS_MAX = 120;

    private MetadataFault() {}

    /** The document, of that title, is not what it must be. */
    static StoreException invalid(String title, String why, @Nullable Throwable cause) {
        return new StoreException(FailureKind.UPSTREAM_INVALID, title + " is not usable: " + why, cause);
    }

    /** The document, of that title, is not what it must be. */
    static StoreException invalid(String title, String why) {
        return invalid(title, why, null);
    }

    /** The document, of that title, is beyond a limit. */
    static StoreException tooLarge(String title, String what) {
        return new StoreException(FailureKind.UPSTREAM_TOO_LARGE, title + " is refused: " + what);
    }

    /** A stranger's text as a message may hold it: in quotes, not endless, what could forge or hide a part of a line spelled out. */
    static String quoted(String text) {
        int end = Math.min(text.length(), QUOTED_CHARS_MAX);
        StringBuilder quoted = new StringBuilder(end + 8).append('\'');
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (isHarmless(c)) {
                quoted.append(c);
            } else {
                quoted.append("\\u").append(HexFormat.of().toHexDigits(c));
            }
        }
        return quoted.append(end < text.length() ? "…'" : "'").toString();
    }

    private static boolean isHarmless(char c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE -> false;
            default -> true;
        };
    }
}
