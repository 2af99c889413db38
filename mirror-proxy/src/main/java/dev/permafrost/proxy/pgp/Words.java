package dev.permafrost.proxy.pgp;

import java.util.HexFormat;
import org.bouncycastle.openpgp.PGPPublicKey;

/** Keys and what strangers wrote, as messages say them. */
final class Words {
    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final int CHARS_MAX = 200;

    private Words() {}

    static String keyId(long id) {
        return HEX.toHexDigits(id);
    }

    static String fingerprint(PGPPublicKey key) {
        return HEX.formatHex(key.getFingerprint());
    }

    /** A text on one line, not endless, and without what could hide or forge a part of it. */
    static String plain(String text) {
        StringBuilder plain = new StringBuilder();
        text.codePoints().limit(CHARS_MAX).forEach(c -> plain.appendCodePoint(isPlain(c) ? c : 0xfffd));
        return plain.toString();
    }

    private static boolean isPlain(int c) {
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
