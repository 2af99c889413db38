package dev.permafrost.proxy.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The path of a request target, decoded exactly once. What could mean one thing here and another elsewhere is refused: control
 * characters, backslashes, semicolons, dot segments, encoded slashes, what is not UTF-8.
 */
final class RequestPath {
    private RequestPath() {}

    /** The decoded path, with its leading slash and without a query; null for one that is refused. */
    static @Nullable String decode(String target) {
        String path = withoutOrigin(target);
        if (path == null) {
            return null;
        }
        int end = path.length();
        boolean plain = true;
        for (int i = 0; i < end; i++) {
            char c = path.charAt(i);
            if (c == '?') {
                end = i;
            } else if (c <= ' ' || c >= 0x7F || c == '\\' || c == ';' || c == '#') {
                return null;
            } else if (c == '%' || (c == '.' && path.charAt(i - 1) == '/')) {
                plain = false;
            }
        }
        String raw = path.substring(0, end);
        return plain ? raw : check(percentDecode(raw));
    }

    /** RFC 9112 §3.2.2: a server takes the absolute form too. */
    private static @Nullable String withoutOrigin(String target) {
        if (target.startsWith("/")) {
            return target;
        }
        if (!startsWith(target, "http://") && !startsWith(target, "https://")) {
            return null;
        }
        String rest = target.substring(authorityEnd(target, target.indexOf("://") + "://".length()));
        return rest.startsWith("/") ? rest : "/" + rest;
    }

    /** Schemes are the same in either case (RFC 3986 §3.1). */
    private static boolean startsWith(String target, String origin) {
        return target.regionMatches(true, 0, origin, 0, origin.length());
    }

    /** The host and port of a target in absolute form; null where it is in another. */
    static @Nullable String authority(String target) {
        int scheme = target.indexOf("://");
        if (scheme < 0) {
            return null;
        }
        int start = scheme + "://".length();
        return target.substring(start, authorityEnd(target, start));
    }

    private static int authorityEnd(String target, int start) {
        int end = start;
        while (end < target.length() && "/?#".indexOf(target.charAt(end)) < 0) {
            end++;
        }
        return end;
    }

    /** Whether all of it is a host, or a host and a port, by its characters (RFC 3986 §3.2.2), or it is empty. */
    static boolean isAuthority(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!letter && c != '.' && c != '-' && c != ':' && c != '_' && c != '[' && c != ']' && c != '~') {
                return false;
            }
        }
        return true;
    }

    private static @Nullable String percentDecode(String raw) {
        ByteBuffer bytes = ByteBuffer.allocate(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '%') {
                bytes.put((byte) c);
                continue;
            }
            if (i + 2 >= raw.length()) {
                return null;
            }
            int high = Character.digit(raw.charAt(i + 1), 16);
            int low = Character.digit(raw.charAt(i + 2), 16);
            int decoded = high * 16 + low;
            if (high < 0 || low < 0 || decoded < ' ' || decoded == 0x7F || decoded == '/' || decoded == '\\') {
                return null;
            }
            bytes.put((byte) decoded);
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static @Nullable String check(@Nullable String path) {
        if (path == null) {
            return null;
        }
        for (String segment : path.split("/", -1)) {
            if (segment.equals(".") || segment.equals("..")) {
                return null;
            }
        }
        return path.chars().anyMatch(c -> Character.isISOControl(c)) ? null : path;
    }
}
