package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.PlainText;
import java.io.IOException;
import java.io.Writer;
import org.jspecify.annotations.Nullable;

/** Writes text so that it is nothing but text, in an element as well as in a quoted attribute. */
final class HtmlEscape {
    private HtmlEscape() {}

    /** Writes the text with markup as references, and U+FFFD for what HTML can't carry. */
    static void write(Writer out, String text) throws IOException {
        int done = 0;
        for (int i = 0; i < text.length(); i++) {
            String replacement = replacement(text, i);
            if (replacement != null) {
                out.write(text, done, i - done);
                out.write(replacement);
                done = i + 1;
            }
        }
        out.write(text, done, text.length() - done);
    }

    private static @Nullable String replacement(String text, int i) {
        char c = text.charAt(i);
        return switch (c) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '"' -> "&quot;";
            case '\'' -> "&#39;";
            case '\t', '\n' -> null;
            case '\r' -> "&#13;";
            default ->
                (c < ' '
                                || (c >= 0x7f && c <= 0x9f)
                                || (Character.isSurrogate(c) && PlainText.isLoneSurrogate(text, i)))
                        ? "\uFFFD"
                        : null;
        };
    }
}
