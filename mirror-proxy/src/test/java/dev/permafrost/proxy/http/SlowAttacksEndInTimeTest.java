package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** slowhttptest's four attacks, in the clear and under TLS, all at once: each is closed in time, and others are served meanwhile. */
class SlowAttacksEndInTimeTest {
    private static final int CONNECTIONS = 40;
    private static final int LENGTH_SECONDS = 40;
    private static final Duration SOON = Duration.ofSeconds(LENGTH_SECONDS + 20);
    private static final Duration ANSWERED = Duration.ofSeconds(5);
    private static final IndexFile LARGE = IndexFile.sized("large", 24_000_000);
    private static final IndexFile SMALL = IndexFile.sized("small", 100_000);

    @TempDir
    static Path data;

    private static ScriptedUpstream upstream;
    private static RunningMirror mirror;
    private CapturedLog log;

    /** One attack under way. */
    private record Attack(String name, Subprocess process) {}

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(LARGE).add(SMALL).serve(upstream);
        mirror = RunningMirror.in(data)
                .from(upstream)
                .withTls()
                .http("writeSlowWindow", Duration.ofSeconds(10))
                .start();
        mirror.get(LARGE.path());
        mirror.get(SMALL.path());
    }

    @AfterAll
    static void stop() {
        mirror.close();
        upstream.close();
    }

    @BeforeEach
    void capture() {
        log = CapturedLog.open();
    }

    @AfterEach
    void quiet() {
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    @Test
    void allAreClosedInTimeWhileOthersAreServed() throws InterruptedException {
        assumeTrue(Subprocess.onPath("slowhttptest").isPresent(), "there is no slowhttptest here");
        List<Attack> attacks = new ArrayList<>();
        try {
            for (boolean tls : new boolean[] {false, true}) {
                attacks.add(attack(tls, "slow headers", "/", "-H", "-i", "3"));
                attacks.add(attack(tls, "slow body", "/simple/", "-B", "-i", "3", "-s", "100000"));
                attacks.add(
                        attack(tls, "slow read", LARGE.path(), "-X", "-w", "10", "-y", "20", "-n", "1", "-z", "400"));
                attacks.add(attack(tls, "range flood", LARGE.path(), "-R", "-a", "5", "-b", "3000"));
            }
            List<Duration> waits = new ArrayList<>();
            while (attacks.stream().anyMatch(attack -> attack.process().isAlive())) {
                waits.add(served(false));
                waits.add(served(true));
                Thread.sleep(250);
            }
            assertThat(waits).hasSizeGreaterThan(20);
            waits.sort(Duration::compareTo);
            // the machine may have a bad moment for other reasons; one in fifty may be that
            assertThat(waits.get(waits.size() * 49 / 50)).isLessThan(ANSWERED);
            for (Attack attack : attacks) {
                String said = attack.process().await(SOON).out();
                // who keeps its window shut does not hear of its reset: there, the server's word is all there is
                if (!attack.name().startsWith("slow read")) {
                    assertThat(said).as(attack.name()).contains("No open connections left");
                }
            }
        } finally {
            attacks.forEach(attack -> attack.process().close());
        }
        assertThat(mirror.refused(Refusal.SLOW_READER)).isGreaterThanOrEqualTo(2 * CONNECTIONS);
    }

    private static Attack attack(boolean tls, String name, String path, String... options) {
        List<String> command = new ArrayList<>(List.of(
                "slowhttptest",
                "-c",
                String.valueOf(CONNECTIONS),
                "-r",
                "20",
                "-l",
                String.valueOf(LENGTH_SECONDS),
                "-u",
                (tls ? "https://localhost:" + mirror.tlsPort() : "http://localhost:" + mirror.port()) + path));
        command.addAll(List.of(options));
        return new Attack(
                name + (tls ? " under TLS" : ""), Subprocess.command(command).start());
    }

    private static Duration served(boolean tls) {
        long begun = System.nanoTime();
        try (RawHttp client = tls ? RawHttp.connectTls(mirror.tlsPort(), 0) : mirror.connect()) {
            assertThat(client.request("GET", SMALL.path()).read().body().sha256())
                    .isEqualTo(SMALL.sha256());
        }
        return Duration.ofNanos(System.nanoTime() - begun);
    }
}
