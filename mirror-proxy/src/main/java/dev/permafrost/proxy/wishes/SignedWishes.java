package dev.permafrost.proxy.wishes;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.transfer.Keyring;
import dev.permafrost.store.transfer.Signer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Wishes on their way from a site without a line to one that has it: a document of one line for each, and behind it, in the same file, the
 * signature of whoever wrote it.
 *
 * @param wishes what is wished
 * @param signer whose key signed them; empty where nobody looked
 */
public record SignedWishes(List<Wish> wishes, Optional<Signer> signer) {
    /** What every such file begins with. */
    public static final String BEGIN = "{\"kind\":\"" + WishJson.KIND + "\"";

    /** How a signature begins. No line of the document can begin so: each is of JSON. */
    private static final String SIGNATURE = "\npermafrost-signature ";

    /** Copies the list. */
    public SignedWishes {
        wishes = List.copyOf(wishes);
    }

    /** Writes such a file's content. Blocks; fails as {@link Keyring#sign} does. */
    public static byte[] write(Collection<Wish> wishes, Keyring keyring) {
        byte[] document = WishJson.carried(wishes);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(document);
        out.writeBytes(keyring.sign(document));
        return out.toByteArray();
    }

    /**
     * Reads such a file. Blocks.
     *
     * @param keyring by whose keys it is checked; null to take it whoever signed it, if anybody did
     * @throws StoreException UNTRUSTED where it isn't signed by a key that is trusted; STORE_CORRUPT, STORE_TOO_NEW where it can't be read;
     *     BAD_REQUEST where there is no such file
     */
    public static SignedWishes read(Path file, @Nullable Keyring keyring) {
        byte[] content = content(file);
        String text = new String(content, ISO_8859_1);
        int end = text.lastIndexOf(SIGNATURE) + 1;
        byte[] document = end == 0 ? content : Arrays.copyOf(content, end);
        Optional<Signer> signer = Optional.empty();
        if (keyring != null) {
            if (end == 0) {
                throw new StoreException(
                        FailureKind.UNTRUSTED,
                        file
                                + " is not signed, or was cut off; --untrusted takes it all the same: it can make this site fetch what"
                                + " it says, and nothing else");
            }
            signer = Optional.of(check(file, document, Arrays.copyOfRange(content, end, content.length), keyring));
        }
        return new SignedWishes(WishJson.readCarried(document, file.toString()), signer);
    }

    private static Signer check(Path file, byte[] document, byte[] signature, Keyring keyring) {
        try {
            return keyring.check(document, signature);
        } catch (StoreException e) {
            throw e.kind() == FailureKind.UNTRUSTED
                    ? new StoreException(FailureKind.UNTRUSTED, file + " is not taken: " + e.getMessage(), e)
                    : e;
        }
    }

    private static byte[] content(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(WishJson.BYTES_MAX + 1);
            if (content.length > WishJson.BYTES_MAX) {
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        file + " is no list of wishes: it has more than " + WishJson.BYTES_MAX + " bytes");
            }
            return content;
        } catch (NoSuchFileException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, "there is no file " + file, e);
        } catch (IOException e) {
            throw Files.isDirectory(file)
                    ? new StoreException(FailureKind.BAD_REQUEST, file + " is a folder; name the file in it", e)
                    : Failures.of("reading", file, e);
        }
    }
}
