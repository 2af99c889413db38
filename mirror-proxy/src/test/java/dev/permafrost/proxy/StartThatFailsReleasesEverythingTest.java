package dev.permafrost.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
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
}
