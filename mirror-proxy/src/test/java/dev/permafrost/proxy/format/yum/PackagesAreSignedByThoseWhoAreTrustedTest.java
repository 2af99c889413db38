package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.RpmBuilder;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A package passes if one of the keys has signed it, header and payload, and does not if anything in it is another byte. */
class PackagesAreSignedByThoseWhoAreTrustedTest {
    private static final String FOLDER = "centos-release-and-keys/";
    private static final String RELEASE_7 = FOLDER + "centos-release-7-2.1511.el7.centos.2.10.x86_64.rpm";
    private static final String KEY_7 = FOLDER + "RPM-GPG-KEY-CentOS-7";

    @TempDir
    Path folder = Path.of("");

    private static PackageSigners signers(String... keys) {
        return PackageSigners.of(List.of(keys).stream().map(RpmData::path).toList(), Clock.systemUTC());
    }

    private static @Nullable String refusal(PackageSigners signers, byte[] rpm) throws IOException {
        return signers.refusal(new ByteArrayInputStream(rpm), rpm.length, "it");
    }

    @Test
    void theReleaseOfCentos7IsSignedByItsKey() throws IOException {
        assertThat(refusal(signers(KEY_7), RpmData.bytes(RELEASE_7))).isNull();
    }

    @Test
    void anotherKeyIsNoneOfThoseThatAreTrusted() throws IOException {
        assertThat(refusal(signers(FOLDER + "RPM-GPG-KEY-CentOS-6"), RpmData.bytes(RELEASE_7)))
                .contains("24C6A8A7F4A80EB5", "not among those that are trusted");
    }

    @Test
    void anyByteOfTheHeaderOrThePayloadMakesItAnother() throws IOException {
        PackageSigners signers = signers(KEY_7);
        byte[] rpm = RpmData.bytes(RELEASE_7);
        for (int at : new int[] {rpm.length / 2, rpm.length - 1, 10_000}) {
            byte[] other = rpm.clone();
            other[at] ^= 1;
            assertThat(refusal(signers, other)).as("byte " + at).isNotNull();
        }
    }

    @Test
    void onesThatNobodyHasSignedOrThatAreNoRpmsAreRefusedInWords() throws IOException {
        PackageSigners signers = signers(KEY_7);
        assertThat(refusal(signers, new RpmBuilder("a", "1", "1", "noarch").bytes()))
                .isEqualTo("nobody has signed it");
        assertThat(refusal(signers, new byte[0])).contains("it is empty");
        assertThat(refusal(signers, "<html>".getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .contains("does not begin with ed ab ee db");
    }

    @Test
    void aKeyMayHaveExpiredSinceItSigned() throws IOException {
        assertThat(refusal(
                        signers(FOLDER + "RPM-GPG-KEY-CentOS-6"),
                        RpmData.bytes(FOLDER + "centos-release-6-0.el6.centos.5.x86_64.rpm")))
                .isNull();
    }

    /** Packages that rpm is tested with; those since 4.14 have a digest of the payload in what is signed. */
    @ParameterizedTest
    @CsvSource({
        "signed, rpm.org-rsa-2048-test.pub, true",
        "signed, rpm.org-ed25519-test.pub, false",
        "signed-with-new-subkey, rpm.org-rsa-2048-add-subkey.asc, true",
        "v3-signed, rpm.org-rsa-2048-test.pub, true"
    })
    void itIsAsRpmHasIt(String kind, String key, boolean passes) throws IOException {
        byte[] rpm = RpmData.bytes("rpm-upstream-testdata/RPMS/hello-2.0-1.x86_64-" + kind + ".rpm");
        PackageSigners signers = signers("rpm-upstream-testdata/keys/" + key);
        String refusal = refusal(signers, rpm);
        assertThat(refusal == null).as(refusal).isEqualTo(passes);
        rpm[rpm.length - 1] ^= 1;
        assertThat(refusal(signers, rpm)).as("with another payload").isNotNull();
    }

    @Test
    void aFileWithoutAKeyIsAFaultOfTheCommandLine() throws IOException {
        Path none = Files.writeString(folder.resolve("none"), "no key");
        assertThatThrownBy(() -> PackageSigners.of(List.of(none), Clock.systemUTC()))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("keys of packages: ");
        assertThatThrownBy(() -> PackageSigners.of(List.of(folder.resolve("absent")), Clock.systemUTC()))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("can't be read");
    }
}
