package dev.permafrost.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys in the forms that openssl and certificate services write. */
class KeysInEveryFormTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    private Path passphrase;

    @BeforeEach
    void passphrase() throws Exception {
        passphrase = Files.writeString(folder.resolve("passphrase"), "a b c\nnot this\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rsa -traditional",
                "rsa",
                "ec -traditional",
                "ec",
                "rsa -traditional -aes128 -passout file:passphrase",
                "rsa -aes256 -passout file:passphrase",
                "ec -traditional -aes256 -passout file:passphrase",
                "ec -aes128 -passout file:passphrase"
            })
    void isRead(String form) throws Exception {
        Identity identity = PemFiles.identity(
                made(form.substring(0, form.indexOf(' ') < 0 ? form.length() : form.indexOf(' ')), form));
        assertThat(identity.dnsNames()).containsExactly("demo.local");
    }

    @Test
    void keyAndCertificateMayShareAFile() throws Exception {
        CertificateFiles files = made("ec", "ec");
        Path both = Files.writeString(
                folder.resolve("both.pem"), Files.readString(files.key()) + Files.readString(files.chain()));
        assertThat(PemFiles.identity(new CertificateFiles(both, both, null)).chain())
                .hasSize(1);
    }

    @Test
    void whatDoesNotFitIsSaid() throws Exception {
        CertificateFiles one = made("ec", "ec");
        Path key = Files.move(one.key(), folder.resolve("first.pem"));
        CertificateFiles other = made("rsa", "rsa");
        assertThatThrownBy(() -> PemFiles.identity(new CertificateFiles(other.chain(), key, null)))
                .hasMessageContaining(key.toString())
                .hasMessageContaining("is not the key of");
        assertThatThrownBy(() -> PemFiles.identity(new CertificateFiles(key, key, null)))
                .hasMessageContaining("has no certificate");
        assertThatThrownBy(() -> PemFiles.identity(new CertificateFiles(other.chain(), other.chain(), null)))
                .hasMessageContaining("has no private key");
        assertThatThrownBy(() ->
                        PemFiles.identity(new CertificateFiles(folder.resolve("none"), folder.resolve("none"), null)))
                .hasMessageContaining("is not there");
        Path cut = Files.writeString(
                folder.resolve("cut.pem"), Files.readString(other.chain()).substring(0, 300));
        assertThatThrownBy(() -> PemFiles.identity(new CertificateFiles(cut, other.key(), null)))
                .hasMessageContaining(cut.toString());
    }

    @Test
    void anEncryptedKeyNeedsItsPassphrase() throws Exception {
        CertificateFiles files = made("ec", "ec -aes128 -passout file:passphrase");
        assertThatThrownBy(() -> PemFiles.identity(new CertificateFiles(files.chain(), files.key(), null)))
                .hasMessageContaining("is encrypted");
        Path wrong = Files.writeString(folder.resolve("wrong"), "sesame\n");
        assertThatThrownBy(() -> PemFiles.identity(new CertificateFiles(files.chain(), files.key(), wrong)))
                .hasMessageContaining("passphrase")
                .hasMessageNotContaining("sesame");
    }

    private CertificateFiles made(String algorithm, String form) throws Exception {
        Path plain = folder.resolve("plain.pem");
        Path key = folder.resolve("key.pem");
        Path chain = folder.resolve("chain.pem");
        openssl(
                algorithm.equals("rsa")
                        ? "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out plain.pem"
                        : "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out plain.pem");
        openssl(
                "req -x509 -new -key plain.pem -subj /CN=demo -addext subjectAltName=DNS:Demo.local -days 30 -out chain.pem");
        openssl("pkey -in plain.pem -out key.pem" + form.substring(algorithm.length()));
        Files.delete(plain);
        return new CertificateFiles(chain, key, form.contains("passphrase") ? passphrase : null);
    }

    private void openssl(String arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        Subprocess.command(command).in(folder).run(SOON).orFail();
    }
}
