package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which file names may become a URL, a key and a line of a log. */
class UnsafeFileNameRefusedTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "../a.whl",
                "a/b.whl",
                "a\\b.whl",
                "a\u0000.whl",
                "a\n.whl",
                "a\u007f.whl",
                "a\u0085.whl",
                ".a.whl",
                "a.whl?x",
                "a.whl#x",
                "a%2f.whl",
                "a;b.whl",
                " a.whl",
                "a.whl ",
                "a\u202e.whl",
                "a\u2028.whl",
                "a\ud800.whl"
            })
    void unsafe(String fileName) {
        assertThat(DistributionName.isSafe(fileName)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.whl",
                "torch-2.4.0+cpu-cp312.whl",
                "a-1!2.0~x.tar.gz",
                "a b-1.0.zip",
                "é-1.0.zip",
                "a@b=c&d.whl",
                "😀-1.zip"
            })
    void safe(String fileName) {
        assertThat(DistributionName.isSafe(fileName)).isTrue();
        assertThat(PercentCoding.decoded(PercentCoding.encoded(fileName))).isEqualTo(fileName);
        assertThat(PercentCoding.encoded(fileName)).matches("[A-Za-z0-9._~%-]+");
    }

    @Test
    void lengthIsCountedInBytes() {
        assertThat(DistributionName.isSafe("a".repeat(255))).isTrue();
        assertThat(DistributionName.isSafe("a".repeat(256))).isFalse();
        assertThat(DistributionName.isSafe("é".repeat(127))).isTrue();
        assertThat(DistributionName.isSafe("é".repeat(128))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"%", "%2", "%zz", "a%", "%ff", "%c3", "%C0%AF"})
    void notDecoded(String segment) {
        assertThat(PercentCoding.decoded(segment)).isNull();
    }

    @Test
    void decodedOnce() {
        assertThat(PercentCoding.decoded("a%2Bb%25+%c3%A9")).isEqualTo("a+b%+é");
    }
}
