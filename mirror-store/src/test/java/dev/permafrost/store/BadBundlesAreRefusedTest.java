package dev.permafrost.store;

import static dev.permafrost.store.BundleSites.ONE;
import static dev.permafrost.store.BundleSites.TWO;
import static dev.permafrost.store.BundleSites.answers;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.Snapshots;
import dev.permafrost.store.transfer.BundleImport;
import dev.permafrost.store.transfer.Keyring;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is wrong with a bundle is said, and the store that was to take it has the snapshots that it had. */
class BadBundlesAreRefusedTest {
    private static final int FLIPS_PER_FILE = 12;

    @TempDir
    static Path outside;

    @TempDir
    Path dir;

    private BundleSites sites;

    @BeforeAll
    static void fill(@TempDir Path nowhere) {
        BundleSites sites = BundleSites.in(outside, nowhere).filled();
        sites.export(ONE, outside.resolve("full"));
        sites.export(TWO, ONE, outside.resolve("delta"));
    }

    @BeforeEach
    void choose() {
        sites = BundleSites.in(outside, dir);
    }

    private Path copy(String bundle) throws IOException {
        Path copy = dir.resolve(bundle);
        if (Files.exists(copy)) {
            FaultsTest.deleteTree(copy);
        }
        try (Stream<Path> all = Files.walk(outside.resolve(bundle))) {
            for (Path from : all.toList()) {
                Files.copy(
                        from,
                        copy.resolve(outside.resolve(bundle).relativize(from).toString()));
            }
        }
        return copy;
    }

    private void assertRefused(ThrowingCallable call, FailureKind kind, String... words) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class,
                        e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
                .hasMessageContainingAll(words);
    }

    /** Signs a manifest anew that has been changed, as a sender would that is wrong or malicious. */
    private Path forged(String bundle, String from, String to) throws IOException {
        Path copy = copy(bundle);
        String manifest = Files.readString(copy.resolve("bundle.json"));
        assertThat(manifest).contains(from);
        byte[] changed = manifest.replace(from, to).getBytes(UTF_8);
        Files.write(copy.resolve("bundle.json"), changed);
        Files.write(copy.resolve("bundle.json.sig"), sites.senderKeys().sign(changed));
        return copy;
    }

    @Test
    void aFlippedBitAnywhereIsFound() throws IOException {
        sites.receive(outside.resolve("full"));
        Map<String, String> before = answers(sites.receiver(), ONE);
        Random random = new Random(Seeds.next("flips"));
        List<Path> files;
        try (Stream<Path> all = Files.walk(outside.resolve("delta"))) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> !file.endsWith("SHA256SUMS"))
                    .map(outside.resolve("delta")::relativize)
                    .toList();
        }
        assertThat(files).hasSize(6);
        for (Path file : files) {
            byte[] good = Files.readAllBytes(outside.resolve("delta").resolve(file));
            for (int i = 0; i < FLIPS_PER_FILE; i++) {
                Path copy = copy("delta");
                byte[] bad = good.clone();
                // the first bytes and the last, where heads and ends are, and drawn ones
                int at = i < 3 ? i : i < 6 ? bad.length - 1 - (i - 3) : random.nextInt(bad.length);
                bad[at] ^= (byte) (1 << random.nextInt(8));
                Files.write(copy.resolve(file), bad);
                assertThatThrownBy(() -> sites.receive(copy))
                        .as("%s, byte %d of %d", file, at, bad.length)
                        .isInstanceOf(StoreException.class);
                assertThat(sites.receiver().resolve("snapshots/two")).doesNotExist();
                forgetBlobs();
            }
        }
        StoreInvariants.check(sites.receiver());
        assertThat(answers(sites.receiver(), ONE)).isEqualTo(before);
        sites.receive(outside.resolve("delta"));
        assertThat(answers(sites.receiver(), TWO)).isEqualTo(answers(sites.sender(), TWO));
    }

    /** What was found right before a flip stays, and would not be read again. */
    private void forgetBlobs() throws IOException {
        List<String> kept = new ArrayList<>();
        new Snapshots(sites.receiver(), FileOps.system()).blobs(ONE, (digest, size) -> kept.add(digest.hex()));
        try (Stream<Path> all = Files.walk(sites.receiver().resolve("blobs"))) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                if (!kept.contains(file.getFileName().toString())) {
                    Files.delete(file);
                }
            }
        }
    }

    @Test
    void aFileThatIsCutShortOrMissingIsNamed() throws IOException {
        for (String file : List.of("packs/0001.pack", "snapshot.json", "lists/0001.blobs", "index/0001.rows")) {
            Path copy = copy("full");
            byte[] good = Files.readAllBytes(copy.resolve(file));
            Files.write(copy.resolve(file), Arrays.copyOf(good, good.length - 1));
            assertRefused(() -> sites.receive(copy), FailureKind.STORE_CORRUPT, file, "cut short");
            Files.delete(copy.resolve(file));
            assertRefused(() -> sites.receive(copy), FailureKind.STORE_MISSING, "volume 1", "missing");
        }
        Path unsigned = copy("full");
        Files.delete(unsigned.resolve("bundle.json.sig"));
        assertRefused(() -> sites.receive(unsigned), FailureKind.STORE_MISSING, "bundle.json.sig", "cut short");
        Path empty = Files.createDirectories(dir.resolve("empty"));
        assertRefused(() -> sites.receive(empty), FailureKind.STORE_MISSING, "no bundle in");
        assertThat(MirrorStore.isStore(sites.receiver())).isFalse();
        sites.receive(outside.resolve("full"));
        StoreInvariants.check(sites.receiver());
    }

    @Test
    void theBaseMustBeThere() {
        assertRefused(
                () -> sites.receive(outside.resolve("delta")),
                FailureKind.STORE_MISSING,
                "builds on snapshot 'one'",
                "export --for");
        assertThat(sites.receiver()).doesNotExist();
    }

    @Test
    void aKeyThatIsNotTrustedOrRevokedIsRefusedBeforeAnythingIsWritten() {
        sites.keys().revoke("outside");
        assertRefused(() -> sites.receive(outside.resolve("full")), FailureKind.UNTRUSTED, "revoked");
        Keyring none = Keyring.in(dir.resolve("no-keys"));
        assertRefused(
                () -> ReceivingStore.take(
                        sites.receiver(),
                        FileOps.system(),
                        none,
                        BundleImport.Wanted.ALL,
                        (text, done, total) -> {},
                        arriving -> arriving.from(List.of(outside.resolve("full")))),
                FailureKind.UNTRUSTED,
                "not trusted");
        assertThat(sites.receiver()).doesNotExist();
    }

    @Test
    void whatAManifestClaimsMustBePossible() throws IOException {
        assertRefused(
                () -> sites.receive(forged("full", "\"blob-bytes\" : 14", "\"blob-bytes\" : 9000000000000000000")),
                FailureKind.STORE_CORRUPT,
                "can't be true");
        assertRefused(
                () -> sites.receive(forged("full", "\"rows\" : 10", "\"rows\" : 10000000000")),
                FailureKind.STORE_CORRUPT,
                "claims 10000000000 rows");
        assertRefused(
                () -> sites.receive(forged("full", "packs/0001.pack", "../../etc/passwd")),
                FailureKind.STORE_CORRUPT,
                "../../etc/passwd");
        assertRefused(
                () -> sites.receive(forged("full", "\"name\" : \"one\"", "\"name\" : \"../one\"")),
                FailureKind.STORE_CORRUPT,
                "'../one'");
        assertRefused(
                () -> sites.receive(forged("full", "\"format\" : 1", "\"format\" : 2")),
                FailureKind.STORE_TOO_NEW,
                "format 2",
                "newer");
        assertRefused(
                () -> sites.receive(forged("full", "\"name\" : \"one\"", "\"name\" : \"three\"")),
                FailureKind.STORE_CORRUPT,
                "three");
        assertThat(MirrorStore.isStore(sites.receiver())).isFalse();
    }

    @Test
    void anotherSenderOrAnotherSnapshotOfTheSameNameIsRefused(@TempDir Path elsewhere) throws IOException {
        sites.receive(outside.resolve("full"));
        BundleSites others = BundleSites.in(elsewhere, elsewhere.resolve("r"));
        others.filled();
        others.export(ONE, elsewhere.resolve("one"));
        others.export(TWO, elsewhere.resolve("two"));
        sites.keys().trust("other", others.senderKeys().publicFile());
        assertRefused(
                () -> sites.receive(elsewhere.resolve("one")), FailureKind.STORE_EXISTS, "another snapshot 'one'");
        assertRefused(() -> sites.receive(elsewhere.resolve("two")), FailureKind.BAD_REQUEST, "--new-sender", "--data");
        sites.receive(FileOps.system(), new BundleImport.Wanted(false, true, true), elsewhere.resolve("two"));
        StoreInvariants.check(sites.receiver());
    }

    @Test
    void aStoreAmongOtherThingsIsNotMade() throws IOException {
        Files.createDirectories(sites.receiver());
        Files.writeString(sites.receiver().resolve("thesis.txt"), "precious");
        assertRefused(() -> sites.receive(outside.resolve("full")), FailureKind.STORE_MISSING, "thesis.txt");
    }
}
