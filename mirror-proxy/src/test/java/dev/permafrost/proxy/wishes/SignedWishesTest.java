package dev.permafrost.proxy.wishes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.transfer.Keyring;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A list of wishes on its way is what its sender wrote, or it is not taken. */
class SignedWishesTest {
    private static final List<Wish> WISHES = List.of(
            new Wish(
                    "pypi",
                    "numpy",
                    3,
                    Instant.parse("2026-01-02T03:04:05Z"),
                    Instant.parse("2026-01-02T04:04:05Z"),
                    2),
            new Wish(
                    "yum",
                    "permafrost-signature 1\\n",
                    0,
                    Instant.parse("2026-01-02T03:04:05Z"),
                    Instant.parse("2026-01-02T03:04:05Z"),
                    0));

    @TempDir
    Path folder;

    private Keyring sender;
    private Keyring receiver;

    @BeforeEach
    void makeKeys() {
        sender = Keyring.in(folder.resolve("sender"));
        receiver = Keyring.in(folder.resolve("receiver"));
        sender.create();
    }

    @Test
    void itIsTakenOfWhoeverIsTrusted() throws Exception {
        Path file = file(SignedWishes.write(WISHES, sender));
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> SignedWishes.read(file, receiver))
                .withMessageContainingAll(file.toString(), "permafrost key trust")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(FailureKind.UNTRUSTED));
        receiver.trust("inside", sender.publicFile());
        SignedWishes read = SignedWishes.read(file, receiver);
        assertThat(read.wishes()).isEqualTo(WISHES);
        assertThat(read.signer().orElseThrow().name()).isEqualTo("inside");
    }

    @Test
    void noByteOfItCanBeAnother() throws Exception {
        receiver.trust("inside", sender.publicFile());
        byte[] sound = SignedWishes.write(WISHES, sender);
        for (int i = 0; i < sound.length; i += 3) {
            byte[] other = sound.clone();
            other[i] ^= 1;
            Path file = file(other);
            assertThatExceptionOfType(StoreException.class)
                    .as("byte " + i)
                    .isThrownBy(() -> SignedWishes.read(file, receiver))
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(FailureKind.UNTRUSTED));
            Path cut = file(Arrays.copyOf(sound, i));
            assertThatExceptionOfType(StoreException.class).isThrownBy(() -> SignedWishes.read(cut, receiver));
        }
    }

    @Test
    void whoeverWritesItMayBeAnybodyIfSoWanted() throws Exception {
        byte[] document = WishJson.carried(WISHES);
        assertThat(SignedWishes.read(file(document), null).wishes()).isEqualTo(WISHES);
        assertThat(SignedWishes.read(file(SignedWishes.write(WISHES, sender)), null)
                        .wishes())
                .isEqualTo(WISHES);
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> SignedWishes.read(file(document), receiver))
                .withMessageContaining("--untrusted");
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> SignedWishes.read(file("nonsense".getBytes(UTF_8)), null))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_CORRUPT));
    }

    @Test
    void whatIsNoFileIsSaid() {
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> SignedWishes.read(folder.resolve("none"), receiver))
                .withMessageContaining("there is no file");
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(() -> SignedWishes.read(folder, receiver))
                .withMessageContaining("folder");
    }

    private Path file(byte[] content) throws Exception {
        return Files.write(folder.resolve("wishes"), content);
    }
}
