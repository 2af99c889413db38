package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions are read, spelled and ordered as PEP 440 says, and as Python's {@code packaging} does. */
class VersionsAgreeWithPackagingTest {
    /** PEP 440 §Summary of permitted suffixes and relative ordering, and §Local version identifiers, with what pip adds. */
    private static final List<String> OLDEST_FIRST = List.of(
            "nonsense",
            "1.dev0",
            "1.0.dev456",
            "1.0a1",
            "1.0a2.dev456",
            "1.0a12.dev456",
            "1.0a12",
            "1.0b1.dev456",
            "1.0b2",
            "1.0b2.post345.dev456",
            "1.0b2.post345",
            "1.0rc1.dev456",
            "1.0rc1",
            "1.0",
            "1.0+abc.5",
            "1.0+abc.7",
            "1.0+5",
            "1.0.post456.dev34",
            "1.0.post456",
            "1.0.15",
            "1.1.dev1",
            "1!0.1");

    @TempDir
    Path folder;

    @Test
    void theOldestComesFirst() {
        List<String> shuffled = new ArrayList<>(OLDEST_FIRST);
        Collections.shuffle(shuffled, new Random(1));
        assertThat(Version.sorted(shuffled)).isEqualTo(OLDEST_FIRST);
    }

    @Test
    void whatAWheelsNameSpellsWithAnUnderscoreHasItsPlace() {
        assertThat(Version.sorted(List.of("1.0.1", "1.0_1", "1.0"))).containsExactly("1.0", "1.0_1", "1.0.1");
        assertThat(Version.key("1.0_1")).isEqualTo(Version.key("1.0.post1"));
    }

    @Test
    void aPrereleaseIsKnown() {
        assertThat(List.of("1a1", "1.dev0", "1rc1.post2", "1.post1.dev2"))
                .allMatch(text -> Version.parse(text).orElseThrow().isPrerelease());
        assertThat(List.of("1", "1.post1", "1+dev"))
                .noneMatch(text -> Version.parse(text).orElseThrow().isPrerelease());
    }

    @Test
    void whatHasNoEndIsNoVersion() {
        assertThat(Version.parse("1" + ".0".repeat(100_000))).isEmpty();
    }

    @Test
    void packagingSaysTheSame() throws Exception {
        PackagingOracle.agreesOn(50_000, Long.getLong("permafrost.seed", System.nanoTime()), folder);
    }
}
