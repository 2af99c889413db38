package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Specifiers mean what PEP 440 says, and what Python's {@code packaging} makes of them. */
class SpecifiersAgreeWithPackagingTest {
    @TempDir
    Path folder;

    @Test
    void eachOperatorMeansWhatItSays() {
        assertAllows("==1.0", "1", "1.0.0", "1.0+local").refuses("1.0.1", "1.0a1");
        assertAllows("==1.0+a.1", "1.0+A-1").refuses("1.0");
        assertAllows("==1.2.*", "1.2", "1.2.5", "1.2.post1", "1.2rc1").refuses("1.20", "1!1.2");
        assertAllows("!=1.*", "2", "0.9").refuses("1", "1.5");
        assertAllows("~=1.4.5", "1.4.5", "1.4.9", "1.4.5.post1").refuses("1.5", "1.4.4", "1.4.5a1");
        assertAllows("~=1.0c1", "1.0rc1", "1.9").refuses("2.0");
        assertAllows(">=1.20, <3, !=2.0", "1.20", "2.1").refuses("1.19", "2.0", "3.0", "3.0a1");
        assertAllows("<1.0", "0.9", "0.9.post1").refuses("1.0", "1.0.dev1", "1.0rc1");
        assertAllows("<1.0.post1", "1.0", "1.0a1").refuses("1.0.post1.dev0");
        assertAllows(">1.0", "1.1", "1.1.post1").refuses("1.0", "1.0.post1", "1.0+local");
        assertAllows(">1.0a1", "1.0.post1", "1.0a2+local").refuses("1.0a1.post1", "1.0a1+local");
        assertAllows("===1.0", "1.0").refuses("1.0.0");
        assertAllows("", "1", "2a1").refuses();
    }

    @Test
    void aPrereleaseMustBeNamed() {
        Version prerelease = Version.parse("2.0a1").orElseThrow();
        assertThat(read(">=1.0").contain(prerelease)).isFalse();
        assertThat(read(">=1.0").contain(prerelease, true)).isTrue();
        assertThat(read(">=1.0,!=1.5a1").contain(prerelease)).isFalse();
        assertThat(read(">=1.0a1").contain(prerelease)).isTrue();
        assertThat(read("===2.0a1").contain(prerelease)).isTrue();
    }

    @Test
    void whatIsNoSpecifierIsSaidToBe() {
        assertThat(new String[] {
                    "1.0", "=1.0", ">=1.*", "~=1", "==1.0a1.*", "==1.0.* .*", ">1.0+local", "==", "==x", "=>1", "==1 2"
                })
                .allSatisfy(text -> assertThat(Specifiers.parse(text)).as(text).isEmpty());
    }

    @Test
    void packagingSaysTheSame() throws Exception {
        PackagingOracle.agreesOnSpecifiers(50_000, Long.getLong("permafrost.seed", System.nanoTime()), folder);
    }

    private record Read(String text, Specifiers specifiers) {
        void refuses(String... versions) {
            assertThat(versions)
                    .allSatisfy(version -> assertThat(specifiers.contain(version(version), true))
                            .as(version + " in " + text)
                            .isFalse());
        }
    }

    private static Read assertAllows(String text, String... versions) {
        Specifiers specifiers = read(text);
        assertThat(versions)
                .allSatisfy(version -> assertThat(specifiers.contain(version(version), true))
                        .as(version + " in " + text)
                        .isTrue());
        return new Read(text, specifiers);
    }

    private static Specifiers read(String text) {
        return Specifiers.parse(text).orElseThrow();
    }

    private static Version version(String text) {
        return Version.parse(text).orElseThrow();
    }
}
