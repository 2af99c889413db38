package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tags in a wheel's name are all combinations of what its dots join (PEP 425), which is what its WHEEL must say. */
class WheelTagsComparedTest {
    @ParameterizedTest
    @CsvSource({
        "py3-none-any, py3-none-any, true",
        "py2.py3-none-any, py2-none-any py3-none-any, true",
        "py2.py3-none-any, py3-none-any py2-none-any py3-none-any, true",
        // as poetry writes it
        "py2.py3-none-any, py2.py3-none-any, true",
        "py2.py3-none-any, py3-none-any, false",
        "py3-none-any, py2-none-any py3-none-any, false",
        "cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64,"
                + " cp39-abi3-manylinux_2_17_x86_64 cp39-abi3-manylinux2014_x86_64, true",
        "cp39-abi3-manylinux2014_x86_64, cp39-abi3-linux_x86_64, false",
        "cp39.cp310-none.abi3-any, cp39-none-any cp310-abi3-any, false",
        "cp39.cp310-none.abi3-any, cp39-none.abi3-any cp310-none.abi3-any, true",
        "CP39-cp39-Win32, cp39-CP39-win32, true",
        "py3-none-any, py3-none, false",
        "py3-none-any, 1-py3-none-any, false",
    })
    void theyAgreeOrNot(String inName, String within, boolean agree) {
        for (String build : List.of("", "1-")) {
            assertThat(WheelTags.ofFile("demo-1.0-" + build + inName + ".whl").agreeWith(List.of(within.split(" "))))
                    .isEqualTo(agree);
        }
    }

    @Test
    void noListTakesLong() {
        String many = String.join(".", Collections.nCopies(20, "a"));
        String joined = joined("p") + "-" + joined("a") + "-" + joined("x");
        WheelTags huge = WheelTags.ofFile("demo-1.0-" + joined + ".whl");
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(5), () -> {
            assertThat(huge.agreeWith(List.of(joined))).isFalse();
            assertThat(WheelTags.ofFile("demo-1.0-a-a-a.whl")
                            .agreeWith(Collections.nCopies(100_000, many + "-" + many + "-" + many)))
                    .isFalse();
        });
    }

    private static String joined(String prefix) {
        StringBuilder all = new StringBuilder(prefix);
        for (int i = 0; i < 500; i++) {
            all.append('.').append(prefix).append(i);
        }
        return all.toString();
    }
}
