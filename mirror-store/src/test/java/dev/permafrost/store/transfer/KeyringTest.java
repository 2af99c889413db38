package dev.permafrost.store.transfer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two sites, each with a folder of keys. */
class KeyringTest {
    private static final byte[] CONTENT = "{\"wishes\": []}\n".getBytes(UTF_8);

    @TempDir
    Path folder;

    private Keyring sender;
    private Keyring receiver;

    @BeforeEach
    void makeKeys() {
        sender = Keyring.in(folder.resolve("sender/keys"));
        receiver = Keyring.in(folder.resolve("receiver/keys"));
        sender.create();
    }

    @Test
    void itsOwnerAloneReadsTheKeyThatSigns() throws Exception {
        assertThat(PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(sender.folder().resolve("own.pem"))))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(sender.publicFile())))
                .isEqualTo("rw-r--r--");
        assertThat(sender.folder()).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void aKeyIsNeverReplaced() throws Exception {
        byte[] before = Files.readAllBytes(sender.folder().resolve("own.pem"));
        assertFails(FailureKind.STORE_EXISTS, "move it away", sender::create);
        assertThat(sender.folder().resolve("own.pem")).hasBinaryContent(before);
    }

    @Test
    void aPublicHalfThatACrashHasLeftAloneIsNoKey() throws Exception {
        Files.delete(sender.folder().resolve("own.pem"));
        assertThat(sender.own()).isEmpty();
        assertFails(FailureKind.STORE_MISSING, "permafrost key new", () -> sender.sign(CONTENT));
        String fingerprint = sender.create();
        assertThat(sender.own()).contains(fingerprint);
        assertThat(sender.check(CONTENT, sender.sign(CONTENT)).fingerprint()).isEqualTo(fingerprint);
    }

    @Test
    void whatASiteSignsAnotherChecksOnceItTrustsIt() {
        byte[] signature = sender.sign(CONTENT);
        String fingerprint = sender.own().orElseThrow();
        assertFails(FailureKind.UNTRUSTED, fingerprint, () -> receiver.check(CONTENT, signature));
        assertFails(FailureKind.UNTRUSTED, "permafrost key trust", () -> receiver.check(CONTENT, signature));
        Signer signer = new Signer("inside", fingerprint);
        assertThat(receiver.trust("inside", sender.publicFile())).isEqualTo(signer);
        assertThat(receiver.check(CONTENT, signature)).isEqualTo(signer);
        assertThat(receiver.trusted()).containsExactly(signer);
        assertThat(fingerprint).matches("[0-9a-f]{64}");
    }

    @Test
    void aSiteTrustsItself() {
        assertThat(sender.check(CONTENT, sender.sign(CONTENT)).name()).isEqualTo(Keyring.OWN);
    }

    @Test
    void noBitOfContentOrSignatureCanBeAnother() {
        receiver.trust("inside", sender.publicFile());
        byte[] signature = sender.sign(CONTENT);
        assertFails(FailureKind.UNTRUSTED, "inside", () -> receiver.check("other".getBytes(UTF_8), signature));
        for (byte[] bytes : new byte[][] {CONTENT.clone(), signature}) {
            for (int bit = 0; bit < bytes.length * 8; bit++) {
                bytes[bit / 8] ^= (byte) (1 << bit % 8);
                byte[] content = bytes == signature ? CONTENT : bytes;
                assertFails(FailureKind.UNTRUSTED, "", () -> receiver.check(content, signature));
                bytes[bit / 8] ^= (byte) (1 << bit % 8);
            }
        }
        assertThat(receiver.check(CONTENT, signature).name()).isEqualTo("inside");
    }

    @Test
    void aSignatureThatIsNoneIsRefused() {
        receiver.trust("inside", sender.publicFile());
        String text = new String(sender.sign(CONTENT), UTF_8);
        for (String none :
                new String[] {"", "x".repeat(1 << 20), text + "\n", text.strip(), text.replace("1\n", "2\n")}) {
            assertFails(FailureKind.UNTRUSTED, "can't be read", () -> receiver.check(CONTENT, none.getBytes(UTF_8)));
        }
    }

    @Test
    void aRevokedKeyIsRefusedWhateverItSignedAndStaysSo() throws Exception {
        byte[] signature = sender.sign(CONTENT);
        Signer signer = receiver.trust("inside", sender.publicFile());
        assertThat(receiver.revoke("inside")).isEqualTo(signer);
        assertFails(FailureKind.UNTRUSTED, "revoked: inside", () -> receiver.check(CONTENT, signature));
        assertFails(FailureKind.UNTRUSTED, "revoked", () -> receiver.trust("inside", sender.publicFile()));
        assertFails(FailureKind.UNTRUSTED, "revoked", () -> receiver.trust("other", sender.publicFile()));
        assertThat(receiver.trusted()).isEmpty();
        assertThat(receiver.revoked()).containsExactly(signer);

        // as a crash leaves it between both steps
        Files.copy(sender.publicFile(), receiver.folder().resolve("trusted/inside.pub"));
        assertFails(FailureKind.UNTRUSTED, "revoked", () -> receiver.check(CONTENT, signature));
        assertThat(receiver.trusted()).isEmpty();
        receiver.revoke("inside");
        assertThat(receiver.folder().resolve("trusted/inside.pub")).doesNotExist();

        // and the site has made another
        Keyring next = Keyring.in(folder.resolve("next"));
        next.create();
        receiver.trust("inside", next.publicFile());
        assertThat(receiver.check(CONTENT, next.sign(CONTENT)).name()).isEqualTo("inside");
        assertThat(receiver.revoked()).containsExactly(signer);
    }

    @Test
    void aKeyIsRevokedBeforeAnybodyTrustsIt() {
        String fingerprint = sender.own().orElseThrow();
        assertThat(receiver.revoke(fingerprint)).isEqualTo(new Signer("", fingerprint));
        assertFails(FailureKind.UNTRUSTED, "revoked", () -> receiver.trust("inside", sender.publicFile()));
        assertFails(FailureKind.STORE_MISSING, "there are: none", () -> receiver.revoke("nobody"));
        assertFails(FailureKind.STORE_MISSING, "64 digits", () -> receiver.revoke(fingerprint.substring(1)));
    }

    @Test
    void aSiteThatHasRevokedItsOwnKeySignsNoMore() {
        byte[] signature = sender.sign(CONTENT);
        sender.revoke(Keyring.OWN);
        assertFails(FailureKind.UNTRUSTED, "move it away", () -> sender.sign(CONTENT));
        assertFails(FailureKind.UNTRUSTED, "revoked", () -> sender.check(CONTENT, signature));
    }

    @Test
    void aListOfRevokedKeysThatIsDamagedTrustsNobody() throws Exception {
        receiver.trust("inside", sender.publicFile());
        byte[] signature = sender.sign(CONTENT);
        Files.writeString(receiver.folder().resolve("revoked.lst"), "nonsense\n");
        assertFails(FailureKind.STORE_CORRUPT, "revoked.lst", () -> receiver.check(CONTENT, signature));
    }

    @Test
    void aNameAndAKeyBelongToEachOther() {
        Keyring other = Keyring.in(folder.resolve("other"));
        other.create();
        Signer signer = receiver.trust("inside", sender.publicFile());
        assertThat(receiver.trust("inside", sender.publicFile())).isEqualTo(signer);
        assertFails(
                FailureKind.STORE_EXISTS, "permafrost key revoke", () -> receiver.trust("inside", other.publicFile()));
        assertFails(FailureKind.STORE_EXISTS, "inside", () -> receiver.trust("again", sender.publicFile()));
        assertThat(receiver.trusted()).containsExactly(signer);
    }

    @Test
    void aNameStaysInItsFolder() {
        for (String name :
                new String[] {"", ".", "..", "../own", "a/b", ".hidden", "own", "a b", "x".repeat(65), "a\nb"}) {
            assertFails(FailureKind.BAD_REQUEST, "name", () -> receiver.trust(name, sender.publicFile()));
        }
        assertThat(receiver.folder()).doesNotExist();
    }

    @Test
    void aFileThatIsNoPublicKeyIsRefusedInWords() throws Exception {
        Path file = folder.resolve("file");
        assertFails(FailureKind.BAD_REQUEST, "there is no file", () -> receiver.trust("inside", file));
        assertFails(FailureKind.BAD_REQUEST, "folder", () -> receiver.trust("inside", folder));
        Files.write(file, new byte[1 << 20]);
        assertFails(FailureKind.BAD_REQUEST, "bytes", () -> receiver.trust("inside", file));
        Files.writeString(file, "-----BEGIN PUBLIC KEY-----\n%%%=\n-----END PUBLIC KEY-----\n");
        assertFails(FailureKind.BAD_REQUEST, "file", () -> receiver.trust("inside", file));
        KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
        rsa.initialize(1024);
        Files.write(
                file,
                Pem.write(Pem.PUBLIC_KEY, rsa.generateKeyPair().getPublic().getEncoded()));
        assertFails(FailureKind.BAD_REQUEST, "Ed25519", () -> receiver.trust("inside", file));
        assertFails(
                FailureKind.BAD_REQUEST,
                "own.pub",
                () -> receiver.trust("inside", sender.folder().resolve("own.pem")));
        assertThat(receiver.folder()).doesNotExist();
    }

    @Test
    void halvesThatDoNotBelongTogetherSignNothing() throws Exception {
        Keyring other = Keyring.in(folder.resolve("other"));
        other.create();
        Files.write(sender.publicFile(), Files.readAllBytes(other.publicFile()));
        assertFails(FailureKind.STORE_CORRUPT, "openssl pkey", () -> sender.sign(CONTENT));
    }

    @Test
    void openSslChecksWhatWeSignAndItsKeysSignHere() throws Exception {
        Path content = Files.write(folder.resolve("content"), CONTENT);
        String hex = new String(sender.sign(CONTENT), UTF_8).replaceAll("(?s).*\ned25519 |\n$", "");
        Path raw = Files.write(folder.resolve("raw"), HexFormat.of().parseHex(hex));
        assumeTrue(openssl("version") == 0, "there is no openssl");
        assertThat(openssl(
                        "pkeyutl",
                        "-verify",
                        "-pubin",
                        "-inkey",
                        sender.publicFile().toString(),
                        "-rawin",
                        "-in",
                        content.toString(),
                        "-sigfile",
                        raw.toString()))
                .isZero();
        Path key = sender.folder().resolve("own.pem");
        assertThat(openssl("genpkey", "-algorithm", "ed25519", "-out", key.toString()))
                .isZero();
        assertThat(openssl(
                        "pkey",
                        "-in",
                        key.toString(),
                        "-pubout",
                        "-out",
                        sender.publicFile().toString()))
                .isZero();
        receiver.trust("inside", sender.publicFile());
        assertThat(receiver.check(CONTENT, sender.sign(CONTENT)).name()).isEqualTo("inside");
    }

    private int openssl(String... arguments) throws Exception {
        String[] command = new String[arguments.length + 1];
        command[0] = "openssl";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        File log = folder.resolve("openssl.log").toFile();
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log)
                    .start();
            return process.waitFor(20, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException e) {
            return -1;
        }
    }

    private static void assertFails(FailureKind kind, String says, ThrowingCallable what) {
        assertThatExceptionOfType(StoreException.class)
                .isThrownBy(what)
                .withMessageContaining(says)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
    }
}
