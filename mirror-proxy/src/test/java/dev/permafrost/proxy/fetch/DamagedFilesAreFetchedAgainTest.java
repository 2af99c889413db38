package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A held file that is gone from the disk, or is not as long as it was, is fetched again; without an upstream it is no answer. */
class DamagedFilesAreFetchedAgainTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", new byte[300_000]);

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private Path blob;

    @BeforeEach
    void fill() throws IOException {
        new SimpleIndexTree().add(FILE).serve(upstream);
        try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            assertThat(mirror.get(FILE.path()).status()).isEqualTo(200);
        }
        try (Stream<Path> files = Files.walk(data.resolve("blobs"))) {
            blob = files.filter(file -> file.endsWith(FILE.sha256()))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void oneThatIsGone() throws IOException {
        Files.delete(blob);
        assertItIsFetchedAgain();
    }

    @Test
    void oneThatHasShrunk() throws IOException {
        shrink();
        assertItIsFetchedAgain();
    }

    @Test
    void offlineOneThatHasShrunkIsNotServed() throws IOException {
        shrink();
        try (CapturedLog log = CapturedLog.open();
                RunningMirror mirror =
                        RunningMirror.in(data).from(upstream).offline().start()) {
            assertThat(mirror.get(FILE.path()).status()).isEqualTo(500);
            log.await(SOON, FILE.sha256(), "with 300000 bytes", "has 1000 bytes");
        }
    }

    private void assertItIsFetchedAgain() throws IOException {
        try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            for (int i = 0; i < 2; i++) {
                RawHttp.Response answer = mirror.get(FILE.path());
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.body().sha256()).isEqualTo(FILE.sha256());
            }
        }
        assertThat(Files.size(blob)).isEqualTo(FILE.bytes().length);
    }

    private void shrink() throws IOException {
        try (FileChannel channel = FileChannel.open(blob, StandardOpenOption.WRITE)) {
            channel.truncate(1000);
        }
    }
}
