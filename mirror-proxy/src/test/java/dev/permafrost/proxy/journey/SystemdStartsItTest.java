package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The product as systemd starts it: what it says comes from its main process, which is all that NotifyAccess=main takes. */
@Tag("journey")
final class SystemdStartsItTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    /** Prints each datagram on a line, behind the number of the process that sent it. */
    private static final String RECEIVER = """
            import socket, struct, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            s.bind(sys.argv[1])
            print('bound', flush=True)
            while True:
                data, more, _, _ = s.recvmsg(4096, 1024)
                pid = struct.unpack('3i', more[0][2][:12])[0]
                print(pid, repr(data.decode()), flush=True)
            """;

    @TempDir
    Path folder = Path.of("");

    @Test
    void itsMainProcessSaysThatItIsReadyLivesAndStops() throws Exception {
        assumeTrue(Subprocess.onPath("python3").isPresent(), "no python3 here");
        Path socket = folder.resolve("notify");
        try (Subprocess systemd =
                Subprocess.command("python3", "-c", RECEIVER, socket.toString()).start()) {
            systemd.awaitLine(Pattern.compile("bound"), TIMEOUT);
            Product.Served server = Product.in(folder)
                    .serve(
                            List.of("env", "NOTIFY_SOCKET=" + socket, "WATCHDOG_USEC=500000"),
                            "--offline",
                            "--data",
                            folder.resolve("data").toString());
            try (server) {
                String pid = server.process().pid() + " ";
                systemd.awaitLine(
                        Pattern.compile(
                                pid + "'READY=1\\\\nSTATUS=Listening at http://127.0.0.1:" + server.port() + "/'"),
                        TIMEOUT);
                systemd.awaitLine(Pattern.compile(pid + "'WATCHDOG=1'"), TIMEOUT);
                assertThat(server.stop().exit()).isEqualTo(143);
                systemd.awaitLine(Pattern.compile(pid + "'STOPPING=1.*"), TIMEOUT);
            }
        }
    }
}
