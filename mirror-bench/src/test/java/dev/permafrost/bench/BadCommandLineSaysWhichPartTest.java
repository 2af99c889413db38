package dev.permafrost.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.bench.workload.Scenario;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BadCommandLineSaysWhichPartTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Test
    void withoutArgumentsTheScenariosAreListed() {
        assertThat(run()).isZero();
        assertThat(out.toString(UTF_8))
                .contains("  nginx: ", "  herd: ", "  createrepo: ", "  heap: ", "  origin: ", "--gigabytes");
    }

    @Test
    void anUnknownScenario() {
        assertThat(run("fly")).isEqualTo(2);
        assertThat(err.toString(UTF_8)).startsWith("bench: no scenario 'fly'; there are ");
        for (Scenario scenario : Scenario.all()) {
            assertThat(err.toString(UTF_8)).contains(scenario.name());
        }
    }

    @Test
    void anUnknownOption() {
        assertThat(run("herd", "--wings", "2")).isEqualTo(2);
        assertThat(err.toString(UTF_8)).contains("'--wings' is not an option");
    }

    @Test
    void anOptionWithoutItsValue() {
        assertThat(run("herd", "--clients")).isEqualTo(2);
        assertThat(err.toString(UTF_8)).contains("'--clients' lacks its value");
    }

    @Test
    void aNumberOutOfBounds() {
        assertThat(run("origin", "--projects=0")).isEqualTo(2);
        assertThat(err.toString(UTF_8)).contains("--projects is a whole number of 1 or more, not '0'");
    }

    @Test
    void aLoadThatIsNotKnown() {
        assertThat(run("nginx", "--load", "ab")).isEqualTo(2);
        assertThat(err.toString(UTF_8)).contains("--load is own or wrk, not 'ab'");
    }

    @Test
    void aLauncherThatIsNotThere() {
        assertThat(run("herd", "--megabytes", "1", "--permafrost", "no-such-file"))
                .isEqualTo(3);
        assertThat(err.toString(UTF_8)).contains("no-such-file, which is not a program");
    }

    private int run(String... arguments) {
        return Main.run(List.of(arguments), new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    }
}
