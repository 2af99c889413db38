package dev.permafrost.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A connection to upstream serves one request after another, and is never closed under the next one. */
class ConnectionsAreReusedTest {
    private static final int FILES = 120;

    @TempDir
    Path data;

    @Test
    void oneConnectionForFilesAskedOneAfterAnother() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            List<IndexFile> files = files(20);
            serve(upstream, files);
            for (IndexFile file : files) {
                assertThat(mirror.get(file.path()).body().sha256()).isEqualTo(file.sha256());
            }
            assertThat(upstream.connections()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void revalidationNeedsNoNewConnectionEach() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                RunningMirror mirror = RunningMirror.in(data)
                        .from(upstream)
                        .pageTtl(Duration.ofMillis(1))
                        .start()) {
            serve(upstream, files(1));
            for (int i = 0; i < 10; i++) {
                assertThat(mirror.get("/simple/demo/").status()).isEqualTo(200);
            }
            assertThat(upstream.count("/simple/demo/")).isGreaterThan(5);
            assertThat(upstream.connections()).isLessThanOrEqualTo(2);
        }
    }

    @Test
    void manyAtOnceNeedNoSecondTry() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                RunningMirror mirror =
                        RunningMirror.in(data).from(upstream).retriesMax(0).start()) {
            List<IndexFile> files = files(FILES);
            serve(upstream, files);
            mirror.get("/simple/demo/");
            List<Future<String>> asked = new ArrayList<>();
            for (IndexFile file : files) {
                asked.add(threads.submit(() -> mirror.get(file.path()).body().sha256()));
            }
            for (int i = 0; i < FILES; i++) {
                assertThat(asked.get(i).get()).isEqualTo(files.get(i).sha256());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static List<IndexFile> files(int count) {
        List<IndexFile> files = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            files.add(IndexFile.of(TinyWheel.of("demo", "1." + i).padded(1000, i)));
        }
        return files;
    }

    private static void serve(ScriptedUpstream upstream, List<IndexFile> files) {
        SimpleIndexTree tree = new SimpleIndexTree();
        files.forEach(tree::add);
        tree.serve(upstream);
        for (IndexFile file : files) {
            upstream.on(file.path()).reply(Answer.file(file.bytes(), file.etag()));
        }
    }
}
