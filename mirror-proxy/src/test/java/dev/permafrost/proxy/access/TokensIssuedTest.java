package dev.permafrost.proxy.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A token is told once; the file has its digest alone, for its owner alone, whole or not at all. */
@SuppressWarnings("ObjectToString") // what goes wrong here is a failed test
class TokensIssuedTest {
    @TempDir
    Path folder;

    @Test
    void theFileKnowsWhoseTokenItIsAndNotTheToken() throws IOException {
        Path file = folder.resolve("tokens");
        String one = Tokens.issue(file, "ci");
        String two = Tokens.issue(file, "release.bot");
        String rotated = Tokens.issue(file, "ci");
        assertThat(one).matches("pfr-[A-Za-z0-9_-]{43}").isNotEqualTo(rotated);
        assertThat(Files.readString(file)).startsWith("# ").doesNotContain(one, two, rotated, one.substring(4));
        assertThat(Files.readAllLines(file)).hasSize(4);
        Tokens tokens = Tokens.read(file);
        assertThat(tokens.nameOf(one.getBytes(UTF_8))).isEqualTo("ci");
        assertThat(tokens.nameOf(two.getBytes(UTF_8))).isEqualTo("release.bot");
        assertThat(tokens.nameOf(rotated.getBytes(UTF_8))).isEqualTo("ci");
        assertThat(tokens.nameOf((one + "x").getBytes(UTF_8))).isNull();
        assertThat(tokens.nameOf(new byte[0])).isNull();
        assertThat(tokens.names()).containsExactlyInAnyOrder("ci", "release.bot");
        assertThat(tokens.toString()).doesNotContain("ci:");
    }

    @Test
    void onlyItsOwnerReadsItUnlessItWasOtherwise() throws IOException {
        Path file = folder.resolve("tokens");
        Tokens.issue(file, "ci");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        Tokens.issue(file, "ci");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void whatIsBrokenIsLeftAsItIs() throws IOException {
        Path file = Files.writeString(folder.resolve("tokens"), "ci:secret\nx y:" + "0".repeat(64) + "\n");
        assertThatThrownBy(() -> Tokens.issue(file, "ci"))
                .hasMessageContaining(file + ":1: 'ci' has no SHA-256")
                .hasMessageContaining("permafrost token new NAME --file FILE")
                .hasMessageContaining(file + ":2: 'x y' can't be a token's name")
                .hasMessageNotContaining("secret");
        assertThat(Files.readString(file)).startsWith("ci:secret\n");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void twoAtOnceDoNotLoseOne() throws IOException {
        Path file = folder.resolve("tokens");
        Path underWay = Files.createFile(folder.resolve(".tokens.new"));
        assertThatThrownBy(() -> Tokens.issue(file, "ci")).hasMessageContaining(underWay + " is there");
        assertThat(underWay).exists();
        assertThat(file).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "__token__", "a b", "a:b", "-x", "a\n", "\u00e4"})
    void aNameIsOneWord(String name) {
        assertThatThrownBy(() -> Tokens.issue(folder.resolve("tokens"), name))
                .hasMessageContaining("can't be a token's name; write 1 to 64");
        assertThat(folder.resolve("tokens")).doesNotExist();
    }
}
