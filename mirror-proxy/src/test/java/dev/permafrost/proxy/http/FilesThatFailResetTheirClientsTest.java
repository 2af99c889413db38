package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RawHttp2;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A held file that can't be read to its end is cut off by a reset (pip 18 to 23 takes an orderly end for the file's own), and the
 * log says which it was.
 */
class FilesThatFailResetTheirClientsTest {
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final Duration SOON = Duration.ofSeconds(20);
    /** More than all buffers between here and there hold. */
    private static final IndexFile LARGE = IndexFile.sized("large", 24_000_000);

    @TempDir
    Path data;

    private ScriptedUpstream upstream;
    private RunningMirror mirror;
    private CapturedLog log;

    @BeforeEach
    void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(LARGE).serve(upstream);
        mirror = RunningMirror.in(data)
                .from(upstream)
                .clientTimeouts(Duration.ofSeconds(2), SOON)
                .withTls()
                .start();
        mirror.get(LARGE.path());
        log = CapturedLog.open();
    }

    @AfterEach
    void stop() {
        log.close();
        mirror.close();
        upstream.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"X: y", "Range: bytes=1-23999990", "Range: bytes=0-99,1000-23999990"})
    void oneThatHasShrunk(String field) throws IOException {
        try (RawHttp client = RawHttp.connect(mirror.port(), 16 << 10)) {
            client.request("GET", LARGE.path(), field);
            RawHttp.Head head = client.readHead();
            assertThat(head.status()).isIn(200, 206);
            shrink();
            assertThat(client.readBody(head, false).complete()).isFalse();
            assertThat(client.ending()).isEqualTo(RawHttp.Ending.RST);
        }
        assertItIsNamed();
    }

    @ParameterizedTest
    @ValueSource(strings = {"X: y", "Range: bytes=0-99,1000-23999990"})
    void oneThatHasShrunkUnderTls(String field) throws IOException {
        try (RawHttp client = RawHttp.connectTls(mirror.tlsPort(), 16 << 10)) {
            client.request("GET", LARGE.path(), field);
            RawHttp.Head head = client.readHead();
            shrink();
            assertThat(client.readBody(head, false).complete()).isFalse();
        }
        assertItIsNamed();
    }

    @Test
    void oneThatHasShrunkOverHttp2() throws IOException {
        try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort(), INITIAL_WINDOW_SIZE, 1 << 30)) {
            client.request(1, "GET", LARGE.path(), true).flush();
            client.expect(RawHttp2.HEADERS);
            shrink();
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, 1 << 30).flush();
            assertThat(client.expect(RawHttp2.RST_STREAM).stream()).isEqualTo(1);
        }
        assertItIsNamed();
    }

    @Test
    void eachIsToldOfOnceAMinute() throws IOException {
        assertThat(mirror.get(LARGE.path()).status()).isEqualTo(200);
        shrink();
        for (int i = 0; i < 3; i++) {
            try (RawHttp client = mirror.connect()) {
                assertThat(client.request("GET", LARGE.path())
                                .readDigest()
                                .body()
                                .complete())
                        .isFalse();
            }
        }
        assertItIsNamed();
    }

    @Test
    void aClientThatLeavesIsNoFaultOfTheFiles() {
        for (int i = 0; i < 5; i++) {
            try (RawHttp client = RawHttp.connect(mirror.port(), 16 << 10);
                    RawHttp encrypted = RawHttp.connectTls(mirror.tlsPort(), 16 << 10)) {
                client.request("GET", LARGE.path()).readHead();
                client.reset();
                encrypted
                        .request("GET", LARGE.path(), "Range: bytes=0-99,1000-23999990")
                        .readHead();
                encrypted.reset();
            }
        }
        mirror.close();
        assertThat(told()).isEmpty();
    }

    private void assertItIsNamed() {
        String told = log.await(SOON, "can't be read to its end");
        assertThat(told)
                .contains(LARGE.path(), LARGE.sha256(), "there are 1000000 bytes on the disk")
                .containsPattern("127\\.0\\.0\\.1 was cut off after [0-9]+ of 2[0-9]{7} bytes")
                .contains("delete blobs/sha256/" + LARGE.sha256().substring(0, 2));
        mirror.close();
        assertThat(told()).hasSize(1);
    }

    private List<String> told() {
        return log.messages().stream()
                .filter(message -> message.contains("can't be read"))
                .toList();
    }

    @Test
    void whoHasItAllIsLeftInOrder() {
        try (RawHttp client = mirror.connect()) {
            assertThat(client.request("GET", LARGE.path()).readDigest().body().sha256())
                    .isEqualTo(LARGE.sha256());
            assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
        }
        try (RawHttp client = mirror.connect()) {
            client.request("GET", LARGE.path(), "Connection: close");
            assertThat(client.readDigest().body().sha256()).isEqualTo(LARGE.sha256());
            assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
        }
        try (RawHttp client = mirror.connect()) {
            client.request("GET", LARGE.path());
            assertThat(client.readDigest().body().sha256()).isEqualTo(LARGE.sha256());
            client.send("nonsense\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(400);
            assertThat(client.awaitEnding(SOON)).isEqualTo(RawHttp.Ending.FIN);
        }
    }

    private void shrink() throws IOException {
        try (Stream<Path> files = Files.walk(data.resolve("blobs"))) {
            Path blob = files.filter(Files::isRegularFile)
                    .filter(file -> size(file) == LARGE.bytes().length)
                    .findFirst()
                    .orElseThrow();
            try (FileChannel channel = FileChannel.open(blob, StandardOpenOption.WRITE)) {
                channel.truncate(1_000_000);
            }
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
