package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.Received;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.model.ArtifactKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A process that is killed in the midst of a long package leaves what the next one goes on with. */
class LongPackagesGoOnAfterAKillTest extends MirroredRpms {
    private static final String PATH = "p/long-1-1.noarch.rpm";
    private static final int BYTES = 40 << 20;
    private static final int SENT_BYTES = 34 << 20;
    private static final int NOTED_BYTES = 32 << 20;

    @Test
    void itIsGoneOnWithFromWhereItWasNoted() throws IOException {
        byte[] bytes = new byte[BYTES];
        new Random(1).nextBytes(bytes);
        String etag = '"' + RpmTree.sha256(bytes) + '"';
        new RpmTree().with(PATH, bytes).at(upstream, AT);
        CountDownLatch gate = new CountDownLatch(1);
        upstream.on(AT + PATH).file(bytes, etag).gateAfter(SENT_BYTES, gate);
        ok(REPOMD);
        Path killed = data.resolveSibling(data.getFileName() + "-killed");
        try (RawHttp client = mirror.connect()) {
            client.request("GET", "/yum/" + PATH);
            Eventually.is(
                    PATIENCE,
                    "a note of how far it is",
                    () -> mirror.store()
                            .view()
                            .catalog()
                            .partial(new ArtifactKey("yum", PATH))
                            .filter(row -> row.offsetBytes() >= NOTED_BYTES)
                            .isPresent());
            copy(data, killed);
        }
        gate.countDown();
        upstream.on(AT + PATH).file(bytes, etag);
        upstream.forgetRequests();
        try (RunningMirror next = RunningMirror.in(killed)
                .beside(YumRepositories.of("yum", Duration.ofHours(1), Map.of("", List.of(upstream.uri(AT)))))
                .start()) {
            assertThat(next.get("/yum/" + PATH).body().bytes()).isEqualTo(bytes);
            Received asked = upstream.requests(AT + PATH).get(0);
            assertThat(asked.header("Range")).matches("bytes=\\d+-");
            assertThat(Long.parseLong(String.valueOf(asked.header("Range")).replaceAll("\\D", "")))
                    .isBetween((long) NOTED_BYTES, (long) SENT_BYTES);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file :
                    files.filter(each -> !each.endsWith("control.sock")).toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }
}
