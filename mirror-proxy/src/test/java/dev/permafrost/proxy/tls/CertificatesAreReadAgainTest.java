package dev.permafrost.proxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.Subprocess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are replaced one after the other, or wrongly at first: what is shown is in order at any time, and new in the end. */
class CertificatesAreReadAgainTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final Duration OFTEN = Duration.ofMillis(200);
    private static final FileTime SOME_TIME = FileTime.from(Instant.parse("2026-01-02T03:04:05Z"));
    private static final String CERTIFICATE = "-----BEGIN CERTIFICATE-----";

    @TempDir
    Path folder;

    private CertificateAuthority authority;
    private Path chain;
    private Path key;
    private Path passphrase;
    private CapturedLog log;

    @BeforeEach
    void first() throws IOException {
        authority = CertificateAuthority.init(folder.resolve("ca"), Set.of("pypi.local"), null);
        chain = folder.resolve("chain.pem");
        key = folder.resolve("key.pem");
        passphrase = Files.writeString(folder.resolve("passphrase"), "sesame\n");
        Issued issued = issued(30);
        Files.writeString(chain, issued.chain());
        Files.writeString(key, issued.key());
        log = CapturedLog.open();
    }

    @AfterEach
    void quiet() {
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    /** What is put right may leave no trace in size, time and inode: as chmod does, where a file could not be read. */
    @Test
    void whatIsPutRightIsSeenEvenIfTheFileLooksTheSame() throws IOException {
        try (TlsContexts shown = shown(null)) {
            Instant before = shown.firstEnds();
            Issued next = issued(60);
            write(key, "x".repeat(next.key().length()));
            replace(chain, next.chain());
            log.await(SOON, "keeping the certificates", "has no private key");
            assertThat(shown.firstEnds()).isEqualTo(before);
            write(key, next.key());
            Eventually.is(
                    SOON, "the new one is shown", () -> shown.firstEnds().isAfter(before.plus(Duration.ofDays(20))));
            assertThat(log.await(SOON, "in order again")).isNotEmpty();
        }
    }

    @Test
    void keyAndChainMayComeOneAfterTheOther() throws IOException {
        try (TlsContexts shown = shown(null)) {
            Instant before = shown.firstEnds();
            Issued next = issued(60);
            replace(chain, next.chain());
            log.await(SOON, "keeping the certificates", key.toString(), "is not the key of");
            assertThat(shown.firstEnds()).isEqualTo(before);
            replace(key, next.key());
            Eventually.is(
                    SOON, "the new one is shown", () -> shown.firstEnds().isAfter(before.plus(Duration.ofDays(20))));
        }
    }

    @Test
    void thePassphrasesFileIsOneOfThem() throws IOException {
        encrypt("sesame");
        try (TlsContexts shown = shown(passphrase)) {
            Instant before = shown.firstEnds();
            replace(passphrase, "open\n");
            log.await(SOON, "keeping the certificates", "is the passphrase right?");
            Issued next = issued(60);
            replace(key, next.key());
            encrypt("open");
            replace(chain, next.chain());
            Eventually.is(
                    SOON, "the new one is shown", () -> shown.firstEnds().isAfter(before.plus(Duration.ofDays(20))));
        }
    }

    /** A key and a certificate for it that ends in so many days. */
    private record Issued(String key, String chain) {}

    private Issued issued(int days) throws IOException {
        Path both = authority.issue(
                Files.createTempDirectory(folder, "issued"), List.of("pypi.local"), Duration.ofDays(days));
        String text = Files.readString(both);
        int at = text.indexOf(CERTIFICATE);
        return new Issued(text.substring(0, at), text.substring(at));
    }

    private TlsContexts shown(@Nullable Path passphraseFile) {
        return TlsContexts.of(
                new TlsConfig(
                        List.of(new CertificateFiles(chain, key, passphraseFile)),
                        TlsConfig.ClientAuthentication.NONE,
                        null,
                        OFTEN),
                null);
    }

    private void encrypt(String with) throws IOException {
        Path encrypted = folder.resolve("encrypted.pem");
        Subprocess.command(
                        "openssl",
                        "pkey",
                        "-in",
                        key.toString(),
                        "-aes256",
                        "-passout",
                        "pass:" + with,
                        "-out",
                        encrypted.toString())
                .run(SOON)
                .orFail();
        Files.move(encrypted, key, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private void replace(Path file, String text) throws IOException {
        Path made = Files.writeString(folder.resolve("new"), text);
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Writes it in place, at always the same time. */
    private static void write(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, SOME_TIME);
    }
}
