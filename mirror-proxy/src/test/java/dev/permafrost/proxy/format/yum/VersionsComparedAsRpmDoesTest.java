package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.format.yum.rpm.RpmVersions;
import dev.permafrost.proxy.testing.RpmData;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which version is newer: what rpm's own tests say. */
class VersionsComparedAsRpmDoesTest {
    /** First, second, and whether the first is newer. */
    private static final String CASES = """
            1.0 1.0 0
            1.0 2.0 -1
            2.0.1 2.0.1 0
            2.0 2.0.1 -1
            2.0.1a 2.0.1a 0
            2.0.1a 2.0.1 1
            5.5p1 5.5p1 0
            5.5p1 5.5p2 -1
            5.5p10 5.5p10 0
            5.5p1 5.5p10 -1
            10xyz 10.1xyz -1
            xyz10 xyz10 0
            xyz10 xyz10.1 -1
            xyz.4 xyz.4 0
            xyz.4 8 -1
            xyz.4 2 -1
            5.5p2 5.6p1 -1
            5.6p1 6.5p1 -1
            6.0.rc1 6.0 1
            10b2 10a1 1
            10a2 10b2 -1
            1.0aa 1.0aa 0
            1.0a 1.0aa -1
            10.0001 10.0001 0
            10.0001 10.1 0
            10.0001 10.0039 -1
            4.999.9 5.0 -1
            20101121 20101121 0
            20101121 20101122 -1
            2_0 2_0 0
            2.0 2_0 0
            a a 0
            a+ a+ 0
            a+ a_ 0
            +a +a 0
            +a _a 0
            +_ +_ 0
            _+ +_ 0
            _+ _+ 0
            + _ 0
            1.0~rc1 1.0~rc1 0
            1.0~rc1 1.0 -1
            1.0~rc1 1.0~rc2 -1
            1.0~rc1~git123 1.0~rc1~git123 0
            1.0~rc1~git123 1.0~rc1 -1
            1.0^ 1.0^ 0
            1.0^ 1.0 1
            1.0^git1 1.0^git1 0
            1.0^git1 1.0 1
            1.0^git1 1.0^git2 -1
            1.0^git1 1.01 -1
            1.0^20160101 1.0^20160101 0
            1.0^20160101 1.0.1 -1
            1.0^20160101^git1 1.0^20160101^git1 0
            1.0^20160102 1.0^20160101^git1 1
            1.0~rc1^git1 1.0~rc1^git1 0
            1.0~rc1^git1 1.0~rc1 1
            1.0^git1~pre 1.0^git1~pre 0
            1.0^git1 1.0^git1~pre 1
            1b.fc17 1b.fc17 0
            1b.fc17 1.fc17 -1
            1g.fc17 1.fc17 1
            1.1.α 1.1.β 0
            1.1.αα 1.1.α 0
            00000000000000000000000000000000001 1 0
            123456789012345678901234567890 123456789012345678901234567891 -1
            """;

    static Stream<String> cases() {
        return CASES.lines();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void asInRpmsTests(String line) {
        String[] fields = line.split(" ", -1);
        int expected = Integer.parseInt(fields[2]);
        assertThat(Integer.signum(RpmVersions.compare(fields[0], fields[1]))).isEqualTo(expected);
        assertThat(Integer.signum(RpmVersions.compare(fields[1], fields[0]))).isEqualTo(-expected);
    }

    @Test
    void epochComesFirstAndReleaseLast() {
        List<Nevra> inOrder = Stream.of(
                        "a-1-2.x", "a-1-10.x", "a-1.1-1.x", "a-1:0.1-1.x", "a-2:0.1~rc-1.x", "a-2:0.1-1.x")
                .map(text -> Nevra.parse(text).orElseThrow())
                .toList();
        assertThat(inOrder.stream().sorted(Nevra.BY_AGE.reversed()).sorted(Nevra.BY_AGE))
                .containsExactlyElementsOf(inOrder);
    }

    @ParameterizedTest
    @CsvSource({
        "bash-5.1.8-6.el9.x86_64.rpm, bash, 0, 5.1.8, 6.el9, x86_64",
        "java-1.8.0-openjdk-1:1.8.0.362.b09-4.el9.x86_64, java-1.8.0-openjdk, 1, 1.8.0.362.b09, 4.el9, x86_64",
        "2:vim-8.2-1.i686.rpm, vim, 2, 8.2, 1, i686",
        "foo-1.0^git~1-1.src.rpm, foo, 0, 1.0^git~1, 1, src",
        "a-b-c-d.e, a-b, 0, c, d, e",
    })
    void readFromFileNames(String text, String name, long epoch, String version, String release, String arch) {
        assertThat(Nevra.parse(text)).contains(new Nevra(name, epoch, version, release, arch));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".rpm",
                "bash.rpm",
                "bash-1.rpm",
                "bash-1-1.rpm",
                "-1-1.x.rpm",
                "a--1.x",
                "a-1-.x",
                "a-1-1.",
                "a-x:1-1.y",
                "a-4294967296:1-1.y",
                "a-1.5:1-1.y",
                "a-:1-1.y"
            })
    void whatIsNoFileNameOfAPackageIsNotRead(String text) {
        assertThat(Nevra.parse(text)).isEmpty();
    }

    @Test
    void writtenAsPeopleWriteIt() {
        Nevra plain = new Nevra("bash", 0, "5.1", "6.el9", "x86_64");
        assertThat(plain).hasToString("bash-5.1-6.el9.x86_64");
        assertThat(plain.filename()).isEqualTo("bash-5.1-6.el9.x86_64.rpm");
        assertThat(new Nevra("vim", 2, "8", "1", "i686")).hasToString("vim-2:8-1.i686");
    }

    @Test
    void namesOfRealFilesAreRead() throws IOException {
        assertThat(RpmData.endingWith(".src.rpm"))
                .isNotEmpty()
                .allSatisfy(file -> assertThat(Nevra.parse(file.getFileName().toString()))
                        .hasValueSatisfying(nevra -> assertThat(nevra.filename())
                                .isEqualTo(file.getFileName().toString())));
    }
}
