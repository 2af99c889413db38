package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where another index is configured, pages of the one before are fetched whole, though both give them the same validator. */
class PagesOfAnUpstreamThatMovedTest {
    private static final IndexFile FILE = IndexFile.of(TinyWheel.of("demo", "1.0"));
    private static final String PAGE = "/simple/demo/";

    @TempDir
    Path data;

    @Test
    void linksLeadToTheNewHost() {
        SimpleIndexTree tree = new SimpleIndexTree().add(FILE);
        try (ScriptedUpstream before = ScriptedUpstream.start();
                ScriptedUpstream now = ScriptedUpstream.start()) {
            tree.serve(before);
            tree.serve(now);
            for (int i = 0; i < 2; i++) {
                try (RunningMirror mirror = RunningMirror.in(data).from(before).start()) {
                    assertThat(mirror.get(PAGE).status()).isEqualTo(200);
                }
            }
            assertThat(before.count(PAGE)).as("a page that is young enough").isEqualTo(1);
            try (RunningMirror mirror = RunningMirror.in(data).from(now).start()) {
                assertThat(mirror.get(PAGE).status()).isEqualTo(200);
                assertThat(now.requests(PAGE).get(0).header("If-None-Match")).isNull();
                assertThat(mirror.get(FILE.path()).body().sha256()).isEqualTo(FILE.sha256());
            }
            assertThat(before.count(FILE.path())).isZero();
            assertThat(now.count(FILE.path())).isEqualTo(1);
        }
    }
}
