package dev.permafrost.proxy.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class SubprocessLeavesNothingBehindTest {
    private static final Duration SOON = Duration.ofSeconds(20);

    @Test
    void capturesBothStreamsAndTheStatus() {
        Subprocess.Result result = Subprocess.command("sh", "-c", "echo out $A; echo err >&2; exit 3")
                .withoutEnv(name -> name.equals("A"))
                .env("A", "1")
                .run(SOON);
        assertThat(result.out()).isEqualTo("out 1\n");
        assertThat(result.err()).isEqualTo("err\n");
        assertThat(result.exit()).isEqualTo(3);
        assertThatThrownBy(result::orFail).hasMessageContaining("ended with 3");
    }

    @Test
    void killsWhatAProgramHasStarted() {
        long child;
        try (Subprocess process = Subprocess.command("sh", "-c", "sleep 100 & echo child $!; wait")
                .start()) {
            child = Long.parseLong(
                    process.awaitLine(Pattern.compile("child (\\d+)"), SOON).group(1));
            assertThat(ProcessHandle.of(child)).isPresent();
        }
        assertThat(ProcessHandle.of(child).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void killsAProgramWhoseTimeIsUp() {
        Subprocess.Result result = Subprocess.command("sleep", "100").run(Duration.ofMillis(200));
        assertThat(result.exit()).isNegative();
        assertThat(result.err()).contains("had not ended after PT0.2S");
    }

    @Test
    void saysWhatCameInsteadOfTheLineThatIsMissing() {
        try (Subprocess process =
                Subprocess.command("sh", "-c", "echo something").start()) {
            assertThatThrownBy(() -> process.awaitLine(Pattern.compile("else"), SOON))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("something")
                    .hasMessageContaining("which has ended");
        }
    }
}
