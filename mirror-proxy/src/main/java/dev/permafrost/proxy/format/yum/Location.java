package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.repo.PlainText;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where metadata says that a file is.
 *
 * @param href as it stands there, which is what a client asks for
 * @param path what is asked for by it, below the base: percent-encoding undone, without {@code .} segments; never leaves the base
 * @param base the absolute URL, of HTTP or HTTPS, that it is below; null for the repository itself
 */
public record Location(String href, String path, @Nullable String base) {
    private static final int HREF_CHARS_MAX = 4096;

    /**
     * A location from its two attributes.
     *
     * @throws OddValueException if it is not a path of a file below its base
     */
    public static Location of(@Nullable String href, @Nullable String base) throws OddValueException {
        if (href == null || href.isEmpty()) {
            throw new OddValueException("it has no location");
        }
        String shown = "the location " + PlainText.quoted(href);
        if (href.length() > HREF_CHARS_MAX) {
            throw new OddValueException(shown + " is longer than " + HREF_CHARS_MAX + " characters");
        }
        if (href.contains("://") || href.startsWith("/")) {
            throw new OddValueException(shown + " is absolute; a file on another host is named by xml:base");
        }
        if (href.indexOf('?') >= 0 || href.indexOf('#') >= 0) {
            throw new OddValueException(
                    shown + " has a ? or # in it, which would cut it short; in a name they are written %3F and %23");
        }
        String path = path(href, shown);
        if (base == null || base.isEmpty()) {
            return new Location(href, path, null);
        }
        checkBase(base);
        return new Location(href, path, base);
    }

    private static String path(String href, String shown) throws OddValueException {
        String decoded = decoded(href);
        if (decoded == null) {
            throw new OddValueException(
                    shown + " has percent-encoding that is none of UTF-8; as a plain sign, % is written %25");
        }
        if (decoded.chars().anyMatch(Character::isISOControl)) {
            throw new OddValueException(shown + " has control characters in it");
        }
        if (decoded.indexOf('\\') >= 0) {
            throw new OddValueException(shown + " has a backslash in it, which some take for a slash");
        }
        List<String> segments = new ArrayList<>(List.of(decoded.split("/", -1)));
        String last = segments.get(segments.size() - 1);
        segments.removeIf(segment -> segment.equals("."));
        if (segments.contains("..")) {
            throw new OddValueException(shown + " leaves the repository by \"..\"");
        }
        if (last.isEmpty() || last.equals(".") || decoded.startsWith("/")) {
            throw new OddValueException(shown + " names a folder, not a file below the repository");
        }
        return String.join("/", segments);
    }

    private static void checkBase(String base) throws OddValueException {
        if (MirrorUrl.parse(base) == null) {
            throw new OddValueException("the base " + PlainText.quoted(withoutUserInfo(base))
                    + " is not a URL of HTTP or HTTPS, or has a login, a query or a fragment in it");
        }
    }

    private static String withoutUserInfo(String url) {
        return url.replaceAll("//[^/@]*@", "//***@");
    }

    /** A path as a URL has it, decoded once; null where an escape is incomplete or the bytes are not UTF-8. A plus stays a plus. */
    static @Nullable String decoded(String href) {
        if (href.indexOf('%') < 0) {
            return href;
        }
        byte[] in = href.getBytes(StandardCharsets.UTF_8);
        ByteBuffer out = ByteBuffer.allocate(in.length);
        for (int i = 0; i < in.length; i++) {
            if (in[i] != '%') {
                out.put(in[i]);
            } else if (i + 2 < in.length && HexFormat.isHexDigit(in[i + 1]) && HexFormat.isHexDigit(in[i + 2])) {
                out.put((byte) ((HexFormat.fromHexDigit(in[i + 1]) << 4) | HexFormat.fromHexDigit(in[i + 2])));
                i += 2;
            } else {
                return null;
            }
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(out.flip()).toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }
}
