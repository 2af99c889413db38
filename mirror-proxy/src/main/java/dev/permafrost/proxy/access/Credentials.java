package dev.permafrost.proxy.access;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** A user's name and password as a client has sent them in an Authorization field (RFC 7617 §2). Never shows the password. */
final class Credentials {
    /** The name that stands for no user: the password is a token, which tells whose it is. */
    static final String TOKEN_USER = "__token__";

    private static final String SCHEME = "Basic ";
    private static final int BYTES_MAX = 1024;
    private static final int ENCODED_CHARS_MAX = (BYTES_MAX + 2) / 3 * 4;

    private final byte[] both;
    private final String user;
    private final int colon;

    private Credentials(byte[] both, int colon) {
        this.both = both;
        this.colon = colon;
        this.user = new String(both, 0, colon, UTF_8);
    }

    /**
     * Reads the value of an Authorization field. Text that is not UTF-8 is taken for ISO 8859-1, which is what pip and other
     * users of Python's requests send.
     *
     * @return null for another scheme, for what is not base64, without a colon, with control characters, or beyond 1 KiB
     */
    static @Nullable Credentials parse(String field) {
        if (!field.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return null;
        }
        String encoded = field.substring(SCHEME.length()).strip();
        if (encoded.length() > ENCODED_CHARS_MAX) {
            return null;
        }
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(encoded);
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
        boolean ascii = true;
        for (byte b : bytes) {
            if (b < 0) {
                ascii = false;
            } else if (b < ' ' || b == 0x7F) {
                return null;
            }
        }
        byte[] both = ascii || isUtf8(bytes) ? bytes : new String(bytes, ISO_8859_1).getBytes(UTF_8);
        int colon = 0;
        while (colon < both.length && both[colon] != ':') {
            colon++;
        }
        return colon == both.length ? null : new Credentials(both, colon);
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    String user() {
        return user;
    }

    boolean isToken() {
        return user.equals(TOKEN_USER);
    }

    /** The password's bytes, a copy. */
    byte[] password() {
        return Arrays.copyOfRange(both, colon + 1, both.length);
    }

    /** Name, colon and password; not to be changed. */
    byte[] both() {
        return both;
    }

    @Override
    public String toString() {
        return user + ":(secret)";
    }
}
