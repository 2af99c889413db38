package dev.permafrost.proxy.pgp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.pgp.DetachedSignature.Bad;
import dev.permafrost.proxy.pgp.DetachedSignature.Good;
import dev.permafrost.proxy.pgp.DetachedSignature.Result;
import dev.permafrost.proxy.testing.RpmData;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which signatures are believed. The keys and signatures beside this class are GnuPG's, made in March 2024 with keys of that January. */
class SignatureCheckedAsGpgvDoesTest {
    private static final Instant SOON = Instant.parse("2024-03-02T00:00:00Z");
    private static final Instant LATER = Instant.parse("2025-06-01T00:00:00Z");
    private static final String ALICE = "6AC32FA9A719239AFD5BEF8D5810854216104C31";
    private static final String BOB = "095BAB7F0CCA952B24731A72B1132CFFE4DC0680";
    private static final byte[] FILE = "what was signed\nin two lines\n".getBytes(UTF_8);

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = SignatureCheckedAsGpgvDoesTest.class.getResourceAsStream(name)) {
            assertThat(in).as(name).isNotNull();
            return in == null ? new byte[0] : in.readAllBytes();
        }
    }

    private static PublicKeys keys(String... names) throws IOException {
        PublicKeys keys = PublicKeys.none();
        for (String name : names) {
            keys = keys.and(PublicKeys.read(resource(name), name));
        }
        return keys;
    }

    private static Result check(byte[] file, byte[] signature, PublicKeys keys, Instant now) throws IOException {
        return DetachedSignature.check(new ByteArrayInputStream(file), signature, keys, now);
    }

    private static Result check(String signature, PublicKeys keys) throws IOException {
        return check(FILE, resource(signature), keys, SOON);
    }

    private static void assertBad(Result result, String... words) {
        assertThat(result)
                .isInstanceOfSatisfying(
                        Bad.class,
                        bad -> assertThat(bad.reason()).contains(words).matches("[^\\p{Cc}\\p{Cf}]+"));
    }

    @ParameterizedTest
    @CsvSource({
        "alice.sig.asc, alice.key.asc",
        "alice.sig, alice.key",
        "alice.sig.asc, both.keys.asc",
        "alice.sig, alice.key.asc"
    })
    void aGoodOneSaysWhoseItIs(String signature, String key) throws IOException {
        assertThat(check(signature, keys(key)))
                .isEqualTo(new Good(
                        "5810854216104C31",
                        ALICE,
                        "Alice <alice@example.org>",
                        Instant.parse("2024-03-01T00:00:00Z"),
                        null));
    }

    @Test
    void aSubkeySignsForItsOwner() throws IOException {
        assertThat(check("bob.sig.asc", keys("bob.key.asc"))).isInstanceOfSatisfying(Good.class, good -> {
            assertThat(good.keyId()).isEqualTo("476CE690D27D4D83");
            assertThat(good.fingerprint()).isEqualTo(BOB);
            assertThat(good.userId()).isEqualTo("Bob <bob@example.org>");
        });
    }

    @Test
    void aSubkeyThatNobodyVouchesForDoesNot() throws IOException {
        PGPPublicKeyRing alice = keys("alice.key").rings().get(0);
        PGPPublicKey stolen = keys("bob.key.asc").rings().get(0).getPublicKey(0x476CE690D27D4D83L);
        byte[] claimed = new PGPPublicKeyRing(List.of(alice.getPublicKey(), stolen)).getEncoded();
        PublicKeys keys = PublicKeys.read(claimed, "claimed");
        assertThat(keys.fingerprints()).containsExactly(ALICE);
        assertBad(check("bob.sig.asc", keys), "476CE690D27D4D83", "no subkey that 5810854216104C31 vouches for");
    }

    @Test
    void aKeyThatDoesNotSignItselfIsNotBelieved() throws IOException {
        PGPPublicKey alice = keys("alice.key").rings().get(0).getPublicKey();
        PGPPublicKey bare = PGPPublicKey.removeCertification(alice, "Alice <alice@example.org>");
        byte[] ring = new PGPPublicKeyRing(List.of(bare)).getEncoded();
        assertBad(check("alice.sig", PublicKeys.read(ring, "bare")), "not signed by itself");
    }

    @Test
    void bytesThatWereChangedAreSeen() throws IOException {
        byte[] changed = FILE.clone();
        changed[3] ^= 1;
        assertBad(
                check(changed, resource("alice.sig"), keys("both.keys.asc"), SOON),
                "5810854216104C31 (Alice <alice@example.org>)",
                "not of these bytes");
        assertBad(check(new byte[0], resource("alice.sig"), keys("alice.key"), SOON), "not of these bytes");
    }

    @Test
    void anUnknownKeyIsNamed() throws IOException {
        assertBad(check("alice.sig", keys("bob.key.asc")), "5810854216104C31", "not among those that are trusted");
        assertBad(check("alice.sig", PublicKeys.none()), "5810854216104C31");
    }

    @Test
    void ofSeveralOneGoodOneIsEnough() throws IOException {
        assertThat(check("alice-and-bob.sig.asc", keys("alice.key"))).isInstanceOf(Good.class);
        assertThat(check("alice-and-bob.sig.asc", keys("bob.key.asc"))).isInstanceOf(Good.class);
        assertBad(check("alice-and-bob.sig.asc", keys("revoked.key.asc")), "not among");
        ByteArrayOutputStream two = new ByteArrayOutputStream();
        two.write(resource("revoked.sig.asc"));
        two.write(resource("alice.sig.asc"));
        assertThat(check(FILE, two.toByteArray(), keys("alice.key", "revoked.key.asc"), SOON))
                .isInstanceOf(Good.class);
    }

    @Test
    void anExpiredKeyIsNotBelievedForWhatItSignedBefore() throws IOException {
        byte[] signature = resource("expired.sig.asc");
        assertThat(check(FILE, signature, keys("expired.key.asc"), SOON)).isInstanceOf(Good.class);
        assertBad(check(FILE, signature, keys("expired.key.asc"), LATER), "expired at 2024-12-31T00:00:00Z");
    }

    @Test
    void aRevokedKeyIsNotBelieved() throws IOException {
        assertBad(check("revoked.sig.asc", keys("revoked.key.asc")), "was revoked");
    }

    @Test
    void aSignatureExpiresToo() throws IOException {
        byte[] signature = resource("alice-expiring.sig.asc");
        assertThat(check(FILE, signature, keys("alice.key"), SOON)).isInstanceOf(Good.class);
        assertBad(check(FILE, signature, keys("alice.key"), LATER), "expired at 2024-03-11T00:00:00Z");
    }

    @Test
    void aSignatureFromTheFutureMakesOneThinkOfTheClock() throws IOException {
        Instant before = Instant.parse("2024-02-01T00:00:00Z");
        assertBad(check(FILE, resource("alice.sig"), keys("alice.key"), before), "yet to come", "clock");
        assertThat(check(FILE, resource("alice.sig"), keys("alice.key"), Instant.parse("2024-02-29T12:00:00Z")))
                .isInstanceOf(Good.class);
    }

    @Test
    void sha1IsBelievedWithAWarningAndMd5IsNot() throws IOException {
        assertThat(check("alice-sha1.sig.asc", keys("alice.key")))
                .isInstanceOfSatisfying(
                        Good.class, good -> assertThat(good.warning()).contains("SHA-1"));
        assertBad(check("certifier-md5.sig.asc", keys("certifier.key.asc")), "MD5");
    }

    @Test
    void linesOfATextMayEndEitherWay() throws IOException {
        byte[] windows = new String(FILE, UTF_8).replace("\n", "\r\n").getBytes(UTF_8);
        assertThat(check("alice-text.sig.asc", keys("alice.key"))).isInstanceOf(Good.class);
        assertThat(check(windows, resource("alice-text.sig.asc"), keys("alice.key"), SOON))
                .isInstanceOf(Good.class);
        assertBad(check(windows, resource("alice.sig.asc"), keys("alice.key"), SOON), "not of these bytes");
    }

    @Test
    void whatItDemandsToBeUnderstoodHasToBe() throws IOException {
        assertBad(check("alice-critical.sig.asc", keys("alice.key")), "type 20");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "-----BEGIN PGP SIGNATURE-----", "<html></html>", "\u0088\u0001"})
    void whatIsNoSignatureIsNone(String signature) throws IOException {
        assertThat(check(FILE, signature.getBytes(UTF_8), keys("alice.key"), SOON))
                .isInstanceOf(Bad.class);
        assertThat(check(FILE, resource("alice.key.asc"), keys("alice.key"), SOON))
                .isInstanceOf(Bad.class);
        assertBad(check(FILE, new byte[(1 << 20) + 1], keys("alice.key"), SOON), "1048577 bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nxxxx\n"})
    void whatIsNoKeyIsSaid(String file) {
        PublicKeys keys = PublicKeys.read(file.getBytes(UTF_8), "the file");
        assertThat(keys.isEmpty()).isTrue();
        assertThat(keys.problems())
                .isNotEmpty()
                .allSatisfy(problem -> assertThat(problem).startsWith("the file has"));
    }

    @Test
    void randomDamageIsNeverBelieved() throws IOException {
        byte[] signature = resource("alice.sig");
        byte[] key = resource("bob.key.asc");
        byte[] bobs = resource("bob.sig.asc");
        for (long seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            byte[] bad = signature.clone();
            // the last bytes are a number that is part of the proof
            bad[bad.length - 1 - random.nextInt(30)] ^= (byte) (1 + random.nextInt(255));
            assertThat(check(FILE, bad, keys("alice.key"), SOON))
                    .as("seed " + seed)
                    .isInstanceOf(Bad.class);
            byte[] odd = signature.clone();
            odd[random.nextInt(odd.length)] = (byte) random.nextInt(256);
            assertThat(check(FILE, odd, keys("alice.key"), SOON))
                    .as("seed " + seed)
                    .isNotNull();
            byte[] oddKey = key.clone();
            oddKey[random.nextInt(oddKey.length)] = (byte) (' ' + random.nextInt(90));
            assertThat(check(FILE, bobs, PublicKeys.read(oddKey, "odd"), SOON))
                    .as("seed " + seed)
                    .isNotNull();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "repo-xlibre-opensuse-signed/repodata/repomd.xml, .asc, repo-xlibre-opensuse-signed/outtathebox5319-rpm-signing-key.asc, AB70E8147E117264, false",
        "librepo-testdata/servermock-static/01/repodata/repomd.xml, .asc, librepo-testdata/servermock-static/01/repodata/repomd.xml.key, 97BDB7906441EDF5, false",
    })
    void realSignaturesOfToday(String file, String suffix, String key, String keyId, boolean isWeak)
            throws IOException {
        assertReal(file, suffix, key, keyId, isWeak, Instant.parse("2026-02-10T00:00:00Z"));
    }

    /** Their keys have long expired. */
    @ParameterizedTest
    @CsvSource({
        "libzypp-testdata/zypp/tests/data/11.0-update/repodata/repomd.xml, A84EDAE89C800ACA, 2008-11-01",
        "libzypp-testdata/zypp/tests/data/OBS_zypp_svn-11.1/repodata/repomd.xml, C96F13F71959FBCB, 2009-01-25",
        "libzypp-testdata/zypp/tests/data/obs_virtualbox_11_1/repodata/repomd.xml, F852E3C157721A66, 2009-01-25",
    })
    void realSignaturesOfOldTimes(String file, String keyId, String day) throws IOException {
        assertReal(file, ".asc", file + ".key", keyId, true, Instant.parse(day + "T00:00:00Z"));
    }

    private static void assertReal(String file, String suffix, String key, String keyId, boolean isWeak, Instant now)
            throws IOException {
        PublicKeys keys = PublicKeys.read(RpmData.bytes(key), key);
        assertThat(keys.problems()).isEmpty();
        byte[] signature = RpmData.bytes(file + suffix);
        assertThat(check(RpmData.bytes(file), signature, keys, now)).isInstanceOfSatisfying(Good.class, good -> {
            assertThat(good.keyId()).isEqualTo(keyId);
            assertThat(good.warning() != null).isEqualTo(isWeak);
        });
        byte[] changed = RpmData.bytes(file);
        changed[changed.length / 2] ^= 1;
        assertBad(check(changed, signature, keys, now), keyId, "not of these bytes");
    }

    @Test
    void realKeysThatExpired() throws IOException {
        String folder = "librepo-testdata/expired_test/";
        PublicKeys keys = PublicKeys.read(RpmData.bytes(folder + "expired_key.asc"), "the key");
        assertBad(
                check(
                        RpmData.bytes(folder + "test_data.txt"),
                        RpmData.bytes(folder + "test_data.txt.asc"),
                        keys,
                        LATER),
                "5DFF8B9DDC1B3C1F",
                "expired at");
    }

    @Test
    void realKeyFilesAreRead() throws IOException {
        for (int i = 2; i <= 7; i++) {
            String name = "centos-release-and-keys/RPM-GPG-KEY-CentOS-" + i;
            PublicKeys keys = PublicKeys.read(RpmData.bytes(name), name);
            assertThat(keys.problems()).as(name).isEmpty();
            assertThat(keys.fingerprints()).as(name).hasSize(1);
        }
    }
}
