package dev.permafrost.proxy.format.pypi;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Percent-encoding of path segments (RFC 3986 §2.1), over UTF-8. */
final class PercentCoding {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private PercentCoding() {}

    /** The segment with everything but RFC 3986's unreserved characters encoded. */
    static String encoded(String segment) {
        for (int i = 0; i < segment.length(); i++) {
            if (!isUnreserved(segment.charAt(i))) {
                return encodedFrom(segment, i);
            }
        }
        return segment;
    }

    /** A path with each of its segments encoded. */
    static String encodedPath(String path) {
        return Arrays.stream(path.split("/", -1)).map(PercentCoding::encoded).collect(Collectors.joining("/"));
    }

    private static String encodedFrom(String segment, int start) {
        StringBuilder encoded = new StringBuilder(segment.length() + 16).append(segment, 0, start);
        for (byte b : segment.substring(start).getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (isUnreserved(c)) {
                encoded.append(c);
            } else {
                HEX.toHexDigits(encoded.append('%'), b);
            }
        }
        return encoded.toString();
    }

    /** The segment decoded once; null if an escape is incomplete or the bytes are not UTF-8. A plus stays a plus. */
    static @Nullable String decoded(String segment) {
        int start = segment.indexOf('%');
        if (start < 0) {
            return segment;
        }
        byte[] in = segment.getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[in.length];
        int length = 0;
        for (int i = 0; i < in.length; i++) {
            if (in[i] != '%') {
                out[length++] = in[i];
                continue;
            }
            if (i + 2 >= in.length || !HexFormat.isHexDigit(in[i + 1]) || !HexFormat.isHexDigit(in[i + 2])) {
                return null;
            }
            out[length++] = (byte) ((HexFormat.fromHexDigit(in[i + 1]) << 4) | HexFormat.fromHexDigit(in[i + 2]));
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(out, 0, length))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static boolean isUnreserved(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }
}
