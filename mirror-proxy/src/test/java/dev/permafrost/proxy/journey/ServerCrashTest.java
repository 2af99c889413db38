package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is killed in the middle of a download (SIGKILL) leaves nothing that the next one trips over. */
@Tag("journey")
final class ServerCrashTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final int WHEEL_BYTES = 24 * 1024 * 1024;
    private static final int KILL_AFTER_BYTES = 4 * 1024 * 1024;
    private static final long PACE_BYTES_PER_SECOND = 4 * 1024 * 1024;

    @TempDir
    Path folder = Path.of("");

    @Test
    void afterAKillInMidDownloadTheNextServerServesTheWheel() throws Exception {
        Optional<Pips.Pip> pip = Pips.newest();
        assumeTrue(pip.isPresent(), "no pip here");
        TinyWheel made = TinyWheel.of("avalanche", "1.0").padded(WHEEL_BYTES, 3);
        IndexFile wheel = IndexFile.of(made);
        IndexFile metadata = IndexFile.of("any", "any.zip", "1", made.metadata());
        Product product = Product.in(folder);
        Path data = folder.resolve("data");
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(wheel).serve(upstream);
            upstream.on(wheel.path()).file(wheel.bytes(), wheel.etag()).slowly(PACE_BYTES_PER_SECOND);
            Path download = Files.createDirectory(folder.resolve("download"));
            try (Product.Served server = product.connected(data, upstream.url("/simple/"));
                    Subprocess client = pip.orElseThrow()
                            .target(folder.resolve("unused"))
                            .start(
                                    "download",
                                    "--no-cache-dir",
                                    "--retries=0",
                                    "--index-url",
                                    server.index(),
                                    "--dest",
                                    download.toString(),
                                    "avalanche")) {
                awaitStaged(data, client);
                server.kill();
                assertThat(client.await(TIMEOUT).exit()).as("exit code of pip").isPositive();
            }
            assertThat(download).isEmptyDirectory();
            assertThat(Folders.blobs(data)).isEmpty();

            upstream.on(wheel.path()).file(wheel.bytes(), wheel.etag());
            try (Product.Served server = product.connected(data, upstream.url("/simple/"))) {
                assertThat(Folders.staged(data))
                        .hasSizeLessThanOrEqualTo(
                                product.status(data).path("suspended").intValue());
                pip.orElseThrow()
                        .target(folder.resolve("target"))
                        .install(server.index(), TIMEOUT, "avalanche")
                        .orFail();
                assertThat(folder.resolve("target").resolve("avalanche").resolve("padding.bin"))
                        .hasSize(WHEEL_BYTES);
                assertThat(Folders.blobs(data)).containsExactlyInAnyOrder(wheel.sha256(), metadata.sha256());
                assertThat(Folders.staged(data)).isEmpty();
                assertThat(product.status(data).path("suspended").intValue()).isZero();
            }
        }
    }

    private static void awaitStaged(Path data, Subprocess client) throws Exception {
        long deadline = System.nanoTime() + TIMEOUT.toNanos();
        while (stagedBytes(data) < KILL_AFTER_BYTES) {
            assertThat(client.isAlive()).as("pip is under way").isTrue();
            assertThat(System.nanoTime()).as("now").isLessThan(deadline);
            Thread.sleep(20);
        }
    }

    private static long stagedBytes(Path data) throws IOException {
        long bytes = 0;
        for (Path file : Folders.staged(data)) {
            try {
                bytes += Files.size(file);
            } catch (NoSuchFileException e) {
                // Committed between the two looks.
            }
        }
        return bytes;
    }
}
