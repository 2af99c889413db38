package dev.permafrost.proxy.format.yum.rpm;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/** Text in headers: UTF-8, or what old packages have, Latin 1; without the characters that XML can't have. */
final class RpmText {
    private static final int FIRST_HIGH_LATIN_1 = 0xc0;

    private RpmText() {}

    /** The text of those bytes. */
    static String decoded(byte[] bytes, int start, int end) {
        if (start == end) {
            return "";
        }
        boolean plain = true;
        for (int i = start; i < end; i++) {
            // negative ones are beyond ASCII
            if (bytes[i] < ' ' && !isBlank(bytes[i])) {
                plain = false;
                break;
            }
        }
        return plain ? new String(bytes, start, end - start, ISO_8859_1) : decodedSlowly(bytes, start, end);
    }

    private static String decodedSlowly(byte[] bytes, int start, int end) {
        try {
            return cleaned(UTF_8.newDecoder()
                    .decode(ByteBuffer.wrap(bytes, start, end - start))
                    .toString());
        } catch (CharacterCodingException e) {
            return latin1(bytes, start, end);
        }
    }

    /** As createrepo_c reads it: what is between ASCII and the letters of Latin 1 is left out, since it is more likely of cp1252. */
    private static String latin1(byte[] bytes, int start, int end) {
        StringBuilder text = new StringBuilder(end - start);
        for (int i = start; i < end; i++) {
            int c = bytes[i] & 0xff;
            if ((c < 0x80 && (c >= ' ' || isBlank(c))) || c >= FIRST_HIGH_LATIN_1) {
                text.append((char) c);
            }
        }
        return text.toString();
    }

    private static String cleaned(String text) {
        if (text.chars().noneMatch(RpmText::isForbidden)) {
            return text;
        }
        StringBuilder clean = new StringBuilder(text.length());
        text.chars().filter(c -> !isForbidden(c)).forEach(c -> clean.append((char) c));
        return clean.toString();
    }

    private static boolean isForbidden(int c) {
        return (c < ' ' && !isBlank(c)) || c == 0xfffe || c == 0xffff;
    }

    private static boolean isBlank(int c) {
        return c == '\t' || c == '\n' || c == '\r';
    }
}
