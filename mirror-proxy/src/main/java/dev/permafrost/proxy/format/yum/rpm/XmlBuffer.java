package dev.permafrost.proxy.format.yum.rpm;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** XML in UTF-8, as libxml2 lays it out and escapes it, as long as its package's allowance lasts. */
final class XmlBuffer {
    private static final int FIRST_BYTES = 4 << 10;
    private static final int GROWTH_BYTES_MAX = 4 << 20;
    private static final int UTF8_BYTES_MAX = 4;

    private final Allowance allowance;
    private byte[] bytes = new byte[FIRST_BYTES];
    private int length;

    /** An empty one, of a package with that allowance. */
    XmlBuffer(Allowance allowance) {
        this.allowance = allowance;
    }

    /** Adds markup, which is ASCII. */
    XmlBuffer raw(String markup) throws BadRpmException {
        reserve(markup.length());
        for (int i = 0; i < markup.length(); i++) {
            bytes[length++] = (byte) markup.charAt(i);
        }
        return this;
    }

    /** Adds text between tags. */
    XmlBuffer text(String text) throws BadRpmException {
        return escaped(text, false);
    }

    /** Adds an attribute to a tag that is not closed yet. */
    XmlBuffer attribute(String name, String value) throws BadRpmException {
        return raw(" ").raw(name).raw("=\"").escaped(value, true).raw("\"");
    }

    /** Adds a whole element on a line of its own. */
    XmlBuffer element(String indent, String name, String text) throws BadRpmException {
        return raw(indent).raw("<").raw(name).close(name, text);
    }

    /** Ends the tag at hand, and its element with that text in it. */
    XmlBuffer close(String name, String text) throws BadRpmException {
        return raw(">").text(text).raw("</").raw(name).raw(">\n");
    }

    /** What was added, after which nothing more is. */
    byte[] bytes() {
        allowance.giveBack(bytes.length - Math.max(length, FIRST_BYTES));
        return Arrays.copyOf(bytes, length);
    }

    private XmlBuffer escaped(String text, boolean inAttribute) throws BadRpmException {
        reserve(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                return beyondAscii(text, i, inAttribute);
            }
            String entity = entity(c, inAttribute);
            if (entity == null) {
                bytes[length++] = (byte) c;
            } else {
                raw(entity);
                reserve(text.length() - i);
            }
        }
        return this;
    }

    private XmlBuffer beyondAscii(String text, int from, boolean inAttribute) throws BadRpmException {
        int point;
        for (int i = from; i < text.length(); i += Character.charCount(point)) {
            point = text.codePointAt(i);
            String entity = point < 0x80 ? entity((char) point, inAttribute) : inAttribute ? reference(point) : null;
            if (entity == null) {
                utf8(point);
            } else {
                raw(entity);
            }
        }
        return this;
    }

    private static String reference(int point) {
        return "&#x" + Integer.toHexString(point).toUpperCase(Locale.ROOT) + ";";
    }

    private void utf8(int point) throws BadRpmException {
        reserve(UTF8_BYTES_MAX);
        if (point < 0x80) {
            bytes[length++] = (byte) point;
        } else if (point < 0x800) {
            bytes[length++] = (byte) (0xc0 | point >> 6);
            continuation(point);
        } else if (point < 0x10000) {
            bytes[length++] = (byte) (0xe0 | point >> 12);
            continuation(point >> 6);
            continuation(point);
        } else {
            bytes[length++] = (byte) (0xf0 | point >> 18);
            continuation(point >> 12);
            continuation(point >> 6);
            continuation(point);
        }
    }

    private void continuation(int point) {
        bytes[length++] = (byte) (0x80 | (point & 0x3f));
    }

    private static @Nullable String entity(char c, boolean inAttribute) {
        return switch (c) {
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            case '\r' -> "&#13;";
            case '"' -> inAttribute ? "&quot;" : null;
            case '\n' -> inAttribute ? "&#10;" : null;
            case '\t' -> inAttribute ? "&#9;" : null;
            default -> null;
        };
    }

    private void reserve(int more) throws BadRpmException {
        if (more > bytes.length - length) {
            long wanted = (long) length + more + Math.min(length, GROWTH_BYTES_MAX);
            allowance.take(wanted - bytes.length);
            bytes = Arrays.copyOf(bytes, (int) wanted);
        }
    }
}
