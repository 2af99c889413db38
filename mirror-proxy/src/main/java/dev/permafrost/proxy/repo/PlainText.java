package dev.permafrost.proxy.repo;

import java.util.HexFormat;

/** Makes text that strangers wrote harmless: in a log line, in a row, in a page. */
public final class PlainText {
    private static final int QUOTED_CHARS_MAX = 120;
    private static final char REPLACEMENT = '\uFFFD';

    private PlainText() {}

    /**
     * The text in single quotes for a message: at most {@value #QUOTED_CHARS_MAX} characters of it, everything that
     * could forge or hide a part of a log line as {@code \}{@code uXXXX}.
     */
    public static String quoted(String text) {
        int end = Math.min(text.length(), QUOTED_CHARS_MAX);
        StringBuilder quoted = new StringBuilder(end + 8).append('\'');
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            if (isInvisible(c) || Character.isSurrogate(c)) {
                quoted.append("\\u").append(HexFormat.of().toHexDigits(c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append(end < text.length() ? "…'" : "'").toString();
    }

    /**
     * The text without what no page may carry: controls other than tab and line feed, and surrogates without their
     * pair, become U+FFFD; cut after that many characters.
     */
    public static String cleaned(String text, int charsMax) {
        int end = Math.min(text.length(), charsMax);
        if (end < text.length() && end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
            end--;
        }
        for (int i = 0; i < end; i++) {
            if (isBroken(text, i)) {
                return replaced(text, end);
            }
        }
        return text.substring(0, end);
    }

    private static String replaced(String text, int end) {
        StringBuilder clean = new StringBuilder(end);
        for (int i = 0; i < end; i++) {
            clean.append(isBroken(text, i) ? REPLACEMENT : text.charAt(i));
        }
        return clean.toString();
    }

    private static boolean isBroken(String text, int i) {
        char c = text.charAt(i);
        if (c >= ' ' && c < 0x7f) {
            return false;
        }
        return (Character.isISOControl(c) && c != '\t' && c != '\n') || isLoneSurrogate(text, i);
    }

    /** Whether the character there is half of a pair whose other half is missing. */
    public static boolean isLoneSurrogate(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }

    /** Whether the character is a control, a format character (bidirectional override) or a line separator. */
    public static boolean isInvisible(char c) {
        if (c >= ' ' && c < 0x7f) {
            return false;
        }
        int type = Character.getType(c);
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }
}
