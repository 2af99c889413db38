package dev.permafrost.proxy.pgp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.bcpg.ArmoredInputStream;

/** The blocks of text that OpenPGP's binary is packed in (RFC 9580 §6), of which a file may have several. */
final class Armor {
    private static final String BEGIN = "-----BEGIN PGP ";
    private static final String END = "-----END PGP ";

    private Armor() {}

    /** The binary of each block of that kind, such as {@code PUBLIC KEY BLOCK}; a file without any block is binary itself. */
    static List<InputStream> blocks(byte[] file, String kind) throws IOException {
        String text = new String(file, ISO_8859_1);
        if (!text.contains(BEGIN)) {
            return List.of(new ByteArrayInputStream(file));
        }
        List<InputStream> blocks = new ArrayList<>();
        int start = text.indexOf(BEGIN + kind);
        while (start >= 0) {
            int end = text.indexOf(END + kind, start);
            int lineEnd = end < 0 ? text.length() : Math.min(text.length(), end + END.length() + kind.length() + 5);
            blocks.add(ArmoredInputStream.builder().build(new ByteArrayInputStream(file, start, lineEnd - start)));
            start = text.indexOf(BEGIN + kind, lineEnd);
        }
        return blocks;
    }
}
