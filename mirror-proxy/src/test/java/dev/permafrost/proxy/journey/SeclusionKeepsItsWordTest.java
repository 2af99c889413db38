package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.Subprocess;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An oracle that could not fail would prove nothing. */
@Tag("journey")
final class SeclusionKeepsItsWordTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    @TempDir
    Path folder = Path.of("");

    @Test
    void aConnectionIsRefusedAndNoticed() throws Exception {
        Seclusion seclusion = Seclusion.of(Files.createDirectory(folder.resolve("store")), folder);
        assumeTrue(seclusion.traced() && seclusion.secluded(), "no strace or no namespaces here");
        try (ServerSocket outside = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Subprocess.Result result = in(seclusion, "exec 3<>/dev/tcp/127.0.0.1/" + outside.getLocalPort());
            assertThat(result.exit()).isPositive();
            assertThat(seclusion.outward()).hasSize(1).first().asString().contains("htons(" + outside.getLocalPort());
        }
    }

    @Test
    void theStoreCannotBeWrittenAndAQuietProgramIsQuiet() throws Exception {
        Seclusion seclusion = Seclusion.of(Files.createDirectory(folder.resolve("store")), folder);
        assumeTrue(seclusion.traced() && seclusion.secluded(), "no strace or no namespaces here");
        assertThat(in(seclusion, "touch " + seclusion.store().resolve("x")).err())
                .contains("Read-only file system");
        assertThat(seclusion.outward()).isEmpty();
    }

    private static Subprocess.Result in(Seclusion seclusion, String script) {
        List<String> command = new ArrayList<>(seclusion.prefix());
        command.addAll(List.of("bash", "-c", script));
        return Subprocess.command(command).run(TIMEOUT);
    }
}
