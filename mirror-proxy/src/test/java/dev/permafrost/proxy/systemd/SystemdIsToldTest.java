package dev.permafrost.proxy.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.netty.resources.LoopResources;

/** What arrives at a real datagram socket, by a path and by an abstract address. */
@SuppressWarnings("NullAway") // what goes wrong here is a failed test
class SystemdIsToldTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    /** Binds a socket, and prints each datagram on a line. */
    private static final String RECEIVER = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.bind(sys.argv[1].replace('@', '\\0'))
            print('bound', flush=True)
            while True:
                print(repr(s.recv(4096).decode()), flush=True)
            """;

    private static final Duration ENDS_WITHIN = Duration.ofSeconds(100);

    @TempDir
    Path folder;

    private LoopResources loops;

    @BeforeEach
    void start() {
        assumeTrue(Subprocess.onPath("python3").isPresent(), "no python3 here");
        loops = LoopResources.create("told", 2, true);
    }

    @AfterEach
    void stop() {
        if (loops != null) {
            loops.disposeLater(Duration.ZERO, SOON).block(SOON);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "@permafrost-"})
    void thatItIsReadyLivesAndStops(String kind) {
        String address = kind.equals("/")
                ? folder.resolve("notify").toString()
                : kind + ProcessHandle.current().pid();
        try (Subprocess systemd = receiver(address)) {
            ServiceManager manager =
                    ServiceManager.of(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "400000"), loops, ENDS_WITHIN);
            assertThat(manager).isNotNull();
            manager.ready("Listening at x");
            systemd.awaitLine(Pattern.compile("'READY=1\\\\nSTATUS=Listening at x'"), SOON);
            systemd.awaitLine(Pattern.compile("'WATCHDOG=1'"), SOON);
            manager.close();
            // 100 s for the clients, and a minute for the store
            systemd.awaitLine(
                    Pattern.compile(
                            "'STOPPING=1\\\\nEXTEND_TIMEOUT_USEC=160000000\\\\nSTATUS=Finishing what is under way'"),
                    SOON);
            manager.close();
        }
    }

    @Test
    void aLoopThatHangsIsNotVouchedFor() {
        String address = folder.resolve("notify").toString();
        CountDownLatch hang = new CountDownLatch(1);
        try (Subprocess systemd = receiver(address)) {
            ServiceManager manager =
                    ServiceManager.of(Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "200000"), loops, ENDS_WITHIN);
            manager.ready("x");
            systemd.awaitLine(Pattern.compile("'WATCHDOG=1'"), SOON);
            loops.onServer(true).next().execute(() -> spinUntil(hang));
            // what was said before may still be on its way
            long before = Eventually.value(SOON, "it falls silent for a second", () -> {
                long now = heard(systemd);
                Eventually.after(Duration.ofSeconds(1));
                return heard(systemd) == now ? Optional.of(now) : Optional.empty();
            });
            hang.countDown();
            Eventually.is(SOON, "it is vouched for again", () -> heard(systemd) > before);
            manager.close();
        }
    }

    @Test
    void theWatchdogOfAnotherProcessIsNoneOfOurs() throws Exception {
        String address = folder.resolve("notify").toString();
        try (Subprocess systemd = receiver(address)) {
            ServiceManager manager = ServiceManager.of(
                    Map.of("NOTIFY_SOCKET", address, "WATCHDOG_USEC", "100000", "WATCHDOG_PID", "1"),
                    loops,
                    ENDS_WITHIN);
            manager.ready("x");
            Thread.sleep(500);
            manager.close();
            systemd.awaitLine(Pattern.compile("'STOPPING=1.*"), SOON);
            assertThat(heard(systemd)).isZero();
        }
    }

    @Test
    void withoutSystemdThereIsNothing() {
        assertThat(ServiceManager.of(Map.of(), loops, ENDS_WITHIN)).isNull();
        assertThat(ServiceManager.of(Map.of("NOTIFY_SOCKET", ""), loops, ENDS_WITHIN))
                .isNull();
    }

    @Test
    void aSocketThatIsGoneIsNoMoreThanALineInTheLog() {
        try (CapturedLog log = CapturedLog.open()) {
            ServiceManager manager = ServiceManager.of(
                    Map.of("NOTIFY_SOCKET", folder.resolve("none").toString()), loops, ENDS_WITHIN);
            manager.ready("x");
            manager.close();
            assertThat(log.withStackTrace()).isEmpty();
            assertThat(ServiceManager.of(Map.of("NOTIFY_SOCKET", "vsock:2:1234"), loops, ENDS_WITHIN))
                    .isNull();
        }
    }

    private static void spinUntil(CountDownLatch end) {
        long turns = 0;
        while (end.getCount() > 0) {
            turns++;
        }
        assertThat(turns).isPositive();
    }

    private static long heard(Subprocess systemd) {
        return systemd.out().lines().filter(line -> line.equals("'WATCHDOG=1'")).count();
    }

    private static Subprocess receiver(String address) {
        Subprocess receiver =
                Subprocess.command(List.of("python3", "-c", RECEIVER, address)).start();
        receiver.awaitLine(Pattern.compile("bound"), SOON);
        return receiver;
    }
}
