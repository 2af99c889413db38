package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PEP 503's normal form, PEP 508's names. */
class ProjectNameNormalisedTest {
    @ParameterizedTest
    @CsvSource({
        "six,six",
        "Foo_Bar,foo-bar",
        "friendly--bard,friendly-bard",
        "FrIeNdLy-._.-bArD,friendly-bard",
        "zope.interface,zope-interface",
        "0,0",
        "A,a",
        "2to3,2to3"
    })
    void spellingsOfOneName(String spelling, String name) {
        assertThat(ProjectName.parse(spelling)).hasValue(new ProjectName(name));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "_a",
                "a-",
                ".a",
                "a.",
                "a b",
                "a/b",
                "../a",
                "a\u0000",
                "a\n",
                "é",
                "a%2e",
                "a+b",
                "a~b",
                "\u212aelvin",
                "a\\b"
            })
    void noName(String spelling) {
        assertThat(ProjectName.parse(spelling)).isEmpty();
    }

    @Test
    void lengthIsBounded() {
        assertThat(ProjectName.parse("a".repeat(256))).isPresent();
        assertThat(ProjectName.parse("a".repeat(257))).isEmpty();
    }

    @Test
    void onlyANormalNameIsOne() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ProjectName("Foo\n"))
                .withMessageContaining("'Foo\\u000a'");
        assertThatIllegalArgumentException().isThrownBy(() -> new ProjectName(""));
    }
}
