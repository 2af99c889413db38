package dev.permafrost.store.transfer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A signature as it lies beside what it is of: a line that says what it is, the fingerprint of the key, the 64 bytes of Ed25519 in
 * hexadecimal digits. There is one way to write each, so that no bit of it can be another and still pass.
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record SignatureText(String fingerprint, byte[] signature) {
    private static final String FIRST_LINE = "permafrost-signature 1";
    private static final Pattern TEXT = Pattern.compile(
            FIRST_LINE + "\nkey ([0-9a-f]{64})\ned25519 ([0-9a-f]{" + 2 * Ed25519.SIGNATURE_BYTES + "})\n");
    private static final int BYTES_MAX = 512;

    byte[] write() {
        return (FIRST_LINE + "\nkey " + fingerprint + "\ned25519 "
                        + HexFormat.of().formatHex(signature) + "\n")
                .getBytes(US_ASCII);
    }

    /**
     * Reads one.
     *
     * @throws StoreException UNTRUSTED where it is none
     */
    static SignatureText read(byte[] bytes) {
        String text = bytes.length > BYTES_MAX ? "" : new String(bytes, ISO_8859_1);
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new StoreException(
                    FailureKind.UNTRUSTED,
                    "the signature can't be read: it is damaged, or of a newer version of Permafrost; copy it again from where"
                            + " it was made");
        }
        return new SignatureText(matcher.group(1), HexFormat.of().parseHex(matcher.group(2)));
    }
}
