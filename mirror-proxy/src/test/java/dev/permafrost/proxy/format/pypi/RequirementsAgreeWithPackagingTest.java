package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requirements and markers mean what PEP 508 says, and what Python's {@code packaging} makes of them. */
class RequirementsAgreeWithPackagingTest {
    private static final Map<String, String> LINUX = Map.of(
            "python_version", "3.11",
            "python_full_version", "3.11.4",
            "os_name", "posix",
            "sys_platform", "linux",
            "platform_release", "5.15.0-88-generic");

    @TempDir
    Path folder;

    @Test
    void itsPartsAreToldApart() {
        Requirement read = Requirement.parse("requests [security,tests] >= 2.8.1, == 2.8.* ; python_version < \"2.7\"")
                .orElseThrow();
        assertThat(read.name()).isEqualTo("requests");
        assertThat(read.extras()).containsExactly("security", "tests");
        assertThat(read.specifiers()).hasToString(">=2.8.1,==2.8.*");
        assertThat(read.url()).isNull();
        assertThat(read.marker()).hasToString("python_version < \"2.7\"");
        assertThat(read).hasToString("requests[security,tests]>=2.8.1,==2.8.*; python_version < \"2.7\"");
    }

    @Test
    void aUrlEndsAtASpace() {
        Requirement read = Requirement.parse("pip @ https://x.test/1.3.1.zip#sha1=da9 ; os_name == 'nt'")
                .orElseThrow();
        assertThat(read.url()).isEqualTo("https://x.test/1.3.1.zip#sha1=da9");
        assertThat(read.marker()).isNotNull();
        assertThat(Requirement.parse("pip @ https://x.test/a; os_name == 'nt'")).isEmpty();
        assertThat(Requirement.parse("pip @ https://x.test/a;os_name=='nt'")
                        .orElseThrow()
                        .url())
                .isEqualTo("https://x.test/a;os_name=='nt'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"a", "A.B-C_D", "a()", "a (>=1,)", "a[]", "a[b,c]>1", "a>=1,<2", "a;'x'==os_name", "a ~= 1.0"})
    void whatIsOneIsRead(String text) {
        assertThat(Requirement.parse(text)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-a",
                "a b",
                "a-",
                "a[b",
                "a[b,]",
                "a >=",
                "a >= x",
                "a (>=1",
                "a >=1)",
                "a >=1.*",
                "a ,>=1",
                "a @",
                "a;",
                "a; os_name",
                "a; os_name == nt",
                "a; os_name == 'nt' and",
                "a; (os_name == 'nt'",
                "a; os_name notin 'nt'",
                "a; osname == 'nt'",
                "a; os_name = 'nt'",
                "a; os_name == 'n\\x'"
            })
    void whatIsNoneIsSaidToBe(String text) {
        assertThat(Requirement.parse(text)).isEmpty();
    }

    @Test
    void nothingIsReadWithoutEnd() {
        assertThat(Requirement.parse("a; " + "(".repeat(5_000) + "os_name == 'nt'" + ")".repeat(5_000)))
                .isEmpty();
        assertThat(Requirement.parse("a".repeat(100_000))).isEmpty();
        String most = "os_name == 'x' or ".repeat(900) + "os_name == 'posix'";
        assertThat(Marker.parse(most).orElseThrow().evaluate(LINUX)).contains(true);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "python_version >= '3.8'|true",
                "python_version < '3.9'|false",
                "'3.8' <= python_version|true",
                "python_version in '2.7 3.11'|true",
                "python_version not in '2.7 3.11'|false",
                "python_full_version ~= '3.11.2'|true",
                "python_version == '3.*'|true",
                "os_name == 'posix' and sys_platform == 'win32'|false",
                "os_name == 'nt' or os_name == 'posix' and sys_platform == 'linux'|true",
                "(os_name == 'nt' or os_name == 'posix') and sys_platform == 'win32'|false",
                "os.name == 'posix'|true",
                // texts have no order
                "os_name > 'a'|false",
                "os_name >= 'posix'|true",
                "platform_release >= '4'|false",
                "extra == 'test'|false"
            })
    void whereAMarkerHolds(String marker, boolean holds) {
        assertThat(Marker.parse(marker).orElseThrow().evaluate(LINUX)).contains(holds);
    }

    @ParameterizedTest
    @ValueSource(strings = {"os_name ~= 'posix'", "platform_machine == 'x'", "'a' == 'b'", "'x' in extras"})
    void whereNobodyCanSay(String marker) {
        assertThat(Marker.parse(marker).orElseThrow().evaluate(LINUX)).isEmpty();
        assertThat(Marker.parse("os_name == 'posix' or " + marker).orElseThrow().evaluate(LINUX))
                .isEmpty();
    }

    @Test
    void extrasHaveOneSpelling() {
        Marker marker = Marker.parse("extra == 'Dev_Tools' or (extra == 'x' or extra == 'A.B')")
                .orElseThrow();
        assertThat(marker.evaluate(Map.of("extra", "dev.tools"))).contains(true);
        assertThat(marker.evaluate(Map.of("extra", "a-b"))).contains(true);
        assertThat(marker.evaluate(Map.of())).contains(false);
    }

    @Test
    void packagingSaysTheSame() throws Exception {
        RequirementsOracle.agreesOn(50_000, Long.getLong("permafrost.seed", System.nanoTime()), folder);
    }
}
