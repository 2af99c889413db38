package dev.permafrost.proxy.format.pypi;

import java.util.Map;

/**
 * Character references in attribute values (HTML Living Standard §13.2.5.72): all numeric ones, and of the named ones
 * those that stand for ASCII or a blank. An unknown name stays as it is written.
 */
final class HtmlEntities {
    private static final int NAME_CHARS_MAX = 8;
    private static final int REPLACEMENT = 0xFFFD;

    private static final Map<String, String> NAMED = Map.ofEntries(
            Map.entry("amp", "&"),
            Map.entry("AMP", "&"),
            Map.entry("lt", "<"),
            Map.entry("LT", "<"),
            Map.entry("gt", ">"),
            Map.entry("GT", ">"),
            Map.entry("quot", "\""),
            Map.entry("QUOT", "\""),
            Map.entry("apos", "'"),
            Map.entry("nbsp", "\u00a0"),
            Map.entry("Tab", "\t"),
            Map.entry("NewLine", "\n"),
            Map.entry("excl", "!"),
            Map.entry("num", "#"),
            Map.entry("dollar", "$"),
            Map.entry("percnt", "%"),
            Map.entry("lpar", "("),
            Map.entry("rpar", ")"),
            Map.entry("ast", "*"),
            Map.entry("plus", "+"),
            Map.entry("comma", ","),
            Map.entry("period", "."),
            Map.entry("sol", "/"),
            Map.entry("colon", ":"),
            Map.entry("semi", ";"),
            Map.entry("equals", "="),
            Map.entry("quest", "?"),
            Map.entry("commat", "@"),
            Map.entry("lsqb", "["),
            Map.entry("bsol", "\\"),
            Map.entry("rsqb", "]"),
            Map.entry("Hat", "^"),
            Map.entry("lowbar", "_"),
            Map.entry("hyphen", "\u2010"),
            Map.entry("lbrace", "{"),
            Map.entry("vert", "|"),
            Map.entry("rbrace", "}"));

    private HtmlEntities() {}

    /** The value with its references replaced, once. */
    static String decoded(String value) {
        int ampersand = value.indexOf('&');
        if (ampersand < 0) {
            return value;
        }
        StringBuilder decoded = new StringBuilder(value.length());
        int done = 0;
        while (ampersand >= 0) {
            decoded.append(value, done, ampersand);
            done = value.startsWith("#", ampersand + 1)
                    ? numeric(value, ampersand, decoded)
                    : named(value, ampersand, decoded);
            ampersand = value.indexOf('&', done);
        }
        return decoded.append(value, done, value.length()).toString();
    }

    /** Appends what a numeric reference stands for; answers where it ends. */
    private static int numeric(String value, int ampersand, StringBuilder decoded) {
        int start = ampersand + 2;
        int radix = 10;
        if (start < value.length() && (value.charAt(start) | 0x20) == 'x') {
            radix = 16;
            start++;
        }
        int codePoint = 0;
        int end = start;
        while (end < value.length() && value.charAt(end) < 0x80 && Character.digit(value.charAt(end), radix) >= 0) {
            codePoint = Math.min(codePoint * radix + Character.digit(value.charAt(end), radix), 0x110000);
            end++;
        }
        if (end == start) {
            decoded.append('&');
            return ampersand + 1;
        }
        boolean scalar = codePoint > 0 && codePoint < 0x110000 && (codePoint < 0xD800 || codePoint > 0xDFFF);
        decoded.appendCodePoint(scalar ? codePoint : REPLACEMENT);
        return end < value.length() && value.charAt(end) == ';' ? end + 1 : end;
    }

    /** Appends what a named reference stands for, or the ampersand alone; answers where that ends. */
    private static int named(String value, int ampersand, StringBuilder decoded) {
        int start = ampersand + 1;
        int end = start;
        while (end < value.length() && end - start <= NAME_CHARS_MAX && isLetterOrDigit(value.charAt(end))) {
            end++;
        }
        String name = value.substring(start, end);
        String text = NAMED.get(name);
        boolean closed = end < value.length() && value.charAt(end) == ';';
        // The oldest names count without a semicolon too, unless the query of a URL goes on after them.
        boolean counts = closed || (isOldest(name) && (end == value.length() || value.charAt(end) != '='));
        if (text == null || !counts) {
            decoded.append('&');
            return start;
        }
        decoded.append(text);
        return closed ? end + 1 : end;
    }

    private static boolean isOldest(String name) {
        return switch (name) {
            case "amp", "AMP", "lt", "LT", "gt", "GT", "quot", "QUOT", "nbsp" -> true;
            default -> false;
        };
    }

    private static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
}
