package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The token alone is on standard output, so that a script can take it; everything else is not. */
class TokenVerbTest {
    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void aNewTokenIsPrintedAloneAndItsDigestKept() throws Exception {
        Path file = folder.resolve("tokens");
        assertThat(run("new", "ci", "--file", file.toString())).isZero();
        String token = out.toString().strip();
        assertThat(out.toString()).isEqualTo(token + System.lineSeparator());
        assertThat(token).matches("pfr-[A-Za-z0-9_-]{43}");
        assertThat(err.toString()).contains("__token__", "ci").doesNotContain(token);
        assertThat(Files.readString(file)).contains("\nci:").doesNotContain(token);
    }

    @Test
    void misuseIsSaidAndMakesNothing() {
        Path file = folder.resolve("tokens");
        assertThat(run()).isEqualTo(2);
        assertThat(run("new", "ci")).isEqualTo(2);
        assertThat(err.toString()).contains("--file");
        assertThat(run("new", "a b", "--file", file.toString())).isNotZero();
        assertThat(file).doesNotExist();
        assertThat(out.toString()).isEmpty();
    }

    private int run(String... arguments) {
        return new CommandLine(new TokenCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
