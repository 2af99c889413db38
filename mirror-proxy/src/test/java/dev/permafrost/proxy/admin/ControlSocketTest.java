package dev.permafrost.proxy.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A command reaches the process that owns the store, and gets its answer. */
final class ControlSocketTest {
    @TempDir
    Path folder;

    private Path socket = Path.of("");

    @BeforeEach
    void nameSocket() {
        socket = folder.resolve("control.sock");
    }

    @Test
    void carriesArgumentsProgressAndResult() {
        Verb echo = (arguments, progress) -> {
            progress.progress("halfway", 1, 2);
            return Map.of("given", arguments, "count", 3, "list", List.of("a"));
        };
        try (ControlServer server = new ControlServer(socket, Map.of("echo", echo))) {
            List<String> steps = new ArrayList<>();
            assertThat(ControlClient.call(
                            socket,
                            "echo",
                            Map.of("name", "x\ny é"),
                            (text, done, total) -> steps.add(text + done + total)))
                    .contains(Map.of("given", Map.of("name", "x\ny é"), "count", 3, "list", List.of("a")));
            assertThat(steps).containsExactly("halfway12");
            assertThat(server).isNotNull();
        }
    }

    @Test
    void carriesTheKindOfAFailure() {
        Verb fail = (arguments, progress) -> {
            throw new StoreException(FailureKind.STORE_EXISTS, "there is a snapshot 'x' already");
        };
        Verb fault = (arguments, progress) -> {
            throw new IllegalStateException("oops");
        };
        try (ControlServer server = new ControlServer(socket, Map.of("fail", fail, "fault", fault))) {
            assertFails("fail", FailureKind.STORE_EXISTS, "there is a snapshot 'x' already");
            assertFails(
                    "fault",
                    FailureKind.INTERNAL,
                    "a fault in Permafrost: java.lang.IllegalStateException: oops; the server's log says more");
            assertFails(
                    "fly",
                    FailureKind.BAD_REQUEST,
                    "the running server does not know 'fly'; is it of another version?");
            assertThat(server).isNotNull();
        }
    }

    @Test
    void isForItsOwnerAlone() throws Exception {
        try (ControlServer server = new ControlServer(socket, Map.of())) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
            assertThat(server).isNotNull();
        }
        assertThat(socket).doesNotExist();
    }

    @Test
    void tellsNoServerFromAFailure() throws Exception {
        assertThat(ControlClient.call(socket, "echo", Map.of(), ProgressSink.NONE))
                .isEmpty();
        leaveStaleSocket();
        assertThat(ControlClient.call(socket, "echo", Map.of(), ProgressSink.NONE))
                .isEmpty();
        assertThat(ControlClient.call(folder.resolve("x".repeat(200)), "echo", Map.of(), ProgressSink.NONE))
                .isEmpty();
    }

    @Test
    void replacesTheSocketOfADeadProcess() throws Exception {
        leaveStaleSocket();
        try (ControlServer server = new ControlServer(socket, Map.of("ping", (arguments, progress) -> Map.of()))) {
            assertThat(ControlClient.call(socket, "ping", Map.of(), ProgressSink.NONE))
                    .contains(Map.of());
            assertThat(server).isNotNull();
        }
    }

    @Test
    void leavesTheSocketOfALivingProcess() {
        try (ControlServer server = new ControlServer(socket, Map.of())) {
            assertThatThrownBy(() -> new ControlServer(socket, Map.of()))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_LOCKED))
                    .hasMessage("another Permafrost listens at " + socket + "; end that one first");
            assertThat(socket).exists();
            assertThat(server).isNotNull();
        }
    }

    @Test
    void saysThatThePathIsTooLong() {
        Path tooLong = folder.resolve("x".repeat(108));
        assertThatThrownBy(() -> new ControlServer(tooLong, Map.of()))
                .isInstanceOf(StoreException.class)
                .hasMessage("no control socket at " + tooLong
                        + ": its path is longer than 107 bytes; move the data folder to"
                        + " a shorter path, or start the server with a relative one");
    }

    @Test
    void saysWhyThereCanBeNone() {
        assertThatThrownBy(() -> new ControlServer(folder.resolve("none/control.sock"), Map.of()))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.DISK_FAILED))
                .hasMessageStartingWith("no control socket at ");
    }

    private void leaveStaleSocket() throws Exception {
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket));
        }
        assertThat(socket).exists();
    }

    private void assertFails(String verb, FailureKind kind, String message) {
        assertThatThrownBy(() -> ControlClient.call(socket, verb, Map.of(), ProgressSink.NONE))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessage(message);
    }
}
