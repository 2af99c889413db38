package dev.permafrost.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.http.ListenAddress;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that can't listen says so and lets go of the store. */
class StartThatFailsReleasesEverythingTest {
    @TempDir
    Path data;

    @Test
    void aPortInUseIsNamedAndTheStoreCanBeOpenedAgain() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            assertThatThrownBy(() -> RunningMirror.in(data).port(port).start())
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("127.0.0.1:" + port)
                    .hasMessageContaining("--set listen=")
                    .satisfies(e -> assertThat(((StoreException) e).kind()).isEqualTo(FailureKind.BAD_REQUEST));
        }
        try (RunningMirror mirror = RunningMirror.in(data).start()) {
            assertThat(mirror.get("/-/health/ready").status()).isEqualTo(200);
        }
    }

    /** The delay is for clients that a balancer still sends, and there are none yet. */
    @Test
    void itFailsWithoutTheDelayOfAShutdown() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = taken.getLocalPort();
            for (RunningMirror.Builder mirror : List.of(
                    RunningMirror.in(data).withAdmin(port),
                    RunningMirror.in(data).alsoAt(new ListenAddress("127.0.0.1", port)))) {
                long begun = System.nanoTime();
                assertThatThrownBy(() -> mirror.http("shutdownDelay", Duration.ofMinutes(1))
                                .start())
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("127.0.0.1:" + port);
                assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(30));
            }
        }
    }
}
