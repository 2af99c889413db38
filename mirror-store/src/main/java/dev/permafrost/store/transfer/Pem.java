package dev.permafrost.store.transfer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Files of keys in PEM (RFC 7468), as OpenSSL writes and reads them. */
final class Pem {
    static final String PUBLIC_KEY = "PUBLIC KEY";
    static final String PRIVATE_KEY = "PRIVATE KEY";

    private static final int FILE_BYTES_MAX = 16 << 10;
    private static final int LINE_CHARACTERS = 64;

    private Pem() {}

    static byte[] write(String label, byte[] der) {
        String body = Base64.getMimeEncoder(LINE_CHARACTERS, new byte[] {'\n'}).encodeToString(der);
        return ("-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n").getBytes(US_ASCII);
    }

    /**
     * What the first block of that label in a file holds. Blocks.
     *
     * @throws StoreException BAD_REQUEST where the file holds none, or is no file; DISK_FAILED where it can't be read
     */
    static byte[] read(String label, Path file) {
        String text = text(file);
        String begin = "-----BEGIN " + label + "-----";
        int start = text.indexOf(begin);
        int end = start < 0 ? -1 : text.indexOf("-----END " + label + "-----", start);
        if (end < 0) {
            String remedy = label.equals(PUBLIC_KEY) && text.contains("PRIVATE KEY-----")
                    ? "it holds a private key, which is to stay where it was made; take own.pub, which lies beside it"
                    : "it has no block '" + begin + "'";
            throw bad(file, label, remedy, null);
        }
        try {
            return Base64.getMimeDecoder().decode(text.substring(start + begin.length(), end));
        } catch (IllegalArgumentException e) {
            throw bad(file, label, String.valueOf(e.getMessage()), e);
        }
    }

    private static String text(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(FILE_BYTES_MAX + 1);
            if (bytes.length > FILE_BYTES_MAX) {
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        file + " is no file of a key: it has more than " + FILE_BYTES_MAX + " bytes");
            }
            return new String(bytes, ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, "there is no file " + file, e);
        } catch (IOException e) {
            throw Files.isDirectory(file)
                    ? new StoreException(FailureKind.BAD_REQUEST, file + " is a folder, not a file of a key", e)
                    : Failures.of("reading", file, e);
        }
    }

    private static StoreException bad(Path file, String label, String why, @Nullable Throwable cause) {
        return new StoreException(
                FailureKind.BAD_REQUEST, file + " has no " + label.toLowerCase(Locale.ROOT) + " in PEM: " + why, cause);
    }
}
