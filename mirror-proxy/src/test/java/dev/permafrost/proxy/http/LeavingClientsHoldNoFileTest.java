package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever leaves in the middle of an answer, the file is closed behind it once the server is. */
class LeavingClientsHoldNoFileTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final int CLIENTS = 5;
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", new byte[16 << 20]);

    @TempDir
    Path folder;

    @Test
    void whateverTheyHadAskedFor() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(FILE).serve(upstream);
            try (RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                    .from(upstream)
                    .withTls()
                    .start()) {
                assertThat(mirror.get(FILE.path()).status()).isEqualTo(200);
                for (String range : new String[] {"bytes=0-", "bytes=0-8000000,8100000-16000000"}) {
                    for (int i = 0; i < CLIENTS; i++) {
                        leave(RawHttp.connect(mirror.port(), 4096), range);
                        leave(RawHttp.connectTls(mirror.tlsPort(), 4096), range);
                    }
                }
            }
        }
        Eventually.is(SOON, "no descriptor of the file is left", () -> open() == 0);
    }

    private static void leave(RawHttp client, String range) {
        try (client) {
            client.request("GET", FILE.path(), "Range: " + range).readHead();
            client.reset();
        }
    }

    private long open() {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .map(this::target)
                    .filter(file -> file.contains("/blobs/"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String target(Path descriptor) {
        try {
            String file = Files.readSymbolicLink(descriptor).toString();
            return file.startsWith(folder.toString()) ? file : "";
        } catch (IOException closed) {
            return "";
        }
    }
}
