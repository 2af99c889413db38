package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.permafrost.proxy.testing.Subprocess;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.AbstractStringAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command line says, where it says it, and the exit codes that scripts go by. */
@Tag("journey")
final class CommandLineTest {
    @TempDir
    Path folder = Path.of("");

    private @Nullable Product product;
    private Path data = Path.of("");

    @BeforeEach
    void findProduct() throws Exception {
        product = Product.in(folder);
        data = folder.resolve("data");
    }

    @Test
    void helpAndVersionGoToStandardOutput() {
        Subprocess.Result help = product().run("--help").orFail();
        assertThat(help.out())
                .contains("serve", "freeze", "status", "Exit codes", "pip install --index-url")
                .doesNotContain("\u001b");
        assertThat(help.err()).isEmpty();
        assertThat(product().run("--version").orFail().out()).matches("permafrost \\d\\S* \\(Java \\d[^)]*\\)\n");
        assertThat(product().run("serve", "--help").orFail().out()).contains("--frozen", "--offline", "--set");
    }

    @Test
    void misuseEndsWithTwo() {
        misused("thaw").contains("'thaw'");
        misused("serve", "--nope").contains("--nope");
        misused("freeze", "--to").contains("--to");
        misused().contains("Usage");
    }

    @Test
    void everyProblemOfTheConfigurationIsSaidAtOnce() throws Exception {
        Path file = Files.writeString(
                folder.resolve("mirror.yaml"),
                "listen: nowhere\nhttp:\n  idle-timeout: soon\nrepositories:\n  pypi:\n    upstream: ftp://x/\n");
        misused("serve", "--config", file.toString(), "--set", "fetch.nope=1")
                .contains(
                        "mirror.yaml",
                        "listen",
                        "nowhere",
                        "http.idle-timeout",
                        "soon",
                        "upstream",
                        "ftp",
                        "fetch.nope")
                .doesNotContain("Exception", "\tat ");
    }

    @Test
    void aStoreThatIsNotThereIsAFailureThatSaysHowToMakeOne() {
        failed("status", "--data", data.toString()).contains("no store in " + data, "permafrost serve --data " + data);
        failed("freeze", "--data", data.toString()).contains("no store in " + data);
        assertThat(data).doesNotExist();
    }

    @Test
    void aPortThatIsTakenIsSaidAndNothingIsLeftOpen() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            misused("serve", "--offline", "--data", data.toString(), "--set", "listen=" + address)
                    .contains(address, "in use", "--set listen=");
        }
        assertThat(data.resolve("control.sock")).doesNotExist();
        assertThat(product().status(data).path("entries").longValue()).isZero();
    }

    @Test
    void aStoreHasOneServerAtATime() {
        try (Product.Served server = product().serve(List.of(), "--offline", "--data", data.toString())) {
            failed("serve", "--offline", "--data", data.toString(), "--set", "listen=127.0.0.1:0")
                    .contains("another process", data.toString(), "--frozen");
            assertThat(server.process().isAlive()).isTrue();
        }
    }

    @Test
    void theGreetingTellsWhatToTypeAndTermEndsItSoon() throws Exception {
        try (Product.Served server = product().serve(List.of(), "--offline", "--data", data.toString())) {
            assertThat(server.process().out())
                    .contains("pip install --index-url " + server.index() + " ", "permafrost freeze --data " + data);
            JsonNode status = product().status(data);
            assertThat(status.path("serving").textValue()).isEqualTo("live");
            assertThat(status.path("entries").isIntegralNumber()).isTrue();
            assertThat(status.path("snapshots").isArray()).isTrue();
            long start = System.nanoTime();
            assertThat(server.stop().exit()).as("128 + SIGTERM").isEqualTo(143);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        }
        assertThat(data.resolve("control.sock")).doesNotExist();
    }

    @Test
    void theOperatorsListenerIsInTheGreeting() {
        try (Product.Served server =
                product().serve(List.of(), "--offline", "--data", data.toString(), "--set", "admin=127.0.0.1:0")) {
            assertThat(server.process().out()).containsPattern("http://127\\.0\\.0\\.1:\\d+/-/metrics");
        }
    }

    @Test
    void aSnapshotThatIsNotThereIsNamed() {
        try (Product.Served server = product().serve(List.of(), "--offline", "--data", data.toString())) {
            assertThat(server.stop().exit()).isEqualTo(143);
        }
        failed("serve", "--data", data.toString(), "--frozen=winter").contains("winter");
        failed("serve", "--data", data.toString(), "--frozen").contains("freeze");
        misused("serve", "--data", data.toString(), "--frozen=../winter").contains("../winter");
    }

    private Product product() {
        return Objects.requireNonNull(product);
    }

    private AbstractStringAssert<?> misused(String... arguments) {
        return ended(2, arguments);
    }

    private AbstractStringAssert<?> failed(String... arguments) {
        return ended(1, arguments);
    }

    private AbstractStringAssert<?> ended(int exit, String... arguments) {
        Subprocess.Result result = product().run(arguments);
        assertThat(result.exit()).as("%s", result).isEqualTo(exit);
        assertThat(result.out()).isEmpty();
        return assertThat(result.err()).doesNotContain("Exception", "\tat ");
    }
}
