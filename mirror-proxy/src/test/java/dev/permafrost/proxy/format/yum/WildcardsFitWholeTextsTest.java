package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Patterns mean what they mean to rpm and dnf, and cost no more than both lengths. */
class WildcardsFitWholeTextsTest {
    @ParameterizedTest
    @CsvSource({
        "kernel, kernel, true",
        "kernel, kernel-core, false",
        "kernel*, kernel-core, true",
        "*core, kernel-core, true",
        "k*l*c*e, kernel-core, true",
        "k?rnel, kernel, true",
        "k?rnel, krnel, false",
        "lib[ab]c, libac, true",
        "lib[ab]c, libcc, false",
        "lib[a-c]c, libbc, true",
        "lib[!a-c]c, libbc, false",
        "lib[^a-c]c, libzc, true",
        "lib[]x]c, lib]c, true",
        "lib[ab, 'lib[ab', true",
        "lib[a-], lib-, true",
        "libstdc++, libstdc++, true",
        "a.b, axb, false",
        "**, anything, true"
    })
    void aPatternFitsTheWholeText(String pattern, String text, boolean fits) {
        assertThat(new Wildcards(pattern).fits(text)).isEqualTo(fits);
    }

    @Test
    void manyStarsTakeNoLongerThanBothLengths() {
        Wildcards hard = new Wildcards("*a".repeat(500) + "b");
        Assertions.assertTimeout(
                Duration.ofSeconds(5),
                () -> assertThat(hard.fits("a".repeat(10_000))).isFalse());
    }

    @Test
    void anEmptyOneIsNone() {
        assertThatThrownBy(() -> new Wildcards("")).isInstanceOf(IllegalArgumentException.class);
    }
}
