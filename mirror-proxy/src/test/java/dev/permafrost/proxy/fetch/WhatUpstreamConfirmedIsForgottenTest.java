package dev.permafrost.proxy.fetch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What upstream said of files without a digest is remembered as long as their page has them, and has no digest of them. */
class WhatUpstreamConfirmedIsForgottenTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String PAGE = "/simple/demo/";
    private static final String OTHER = "/simple/demo-x/";
    private static final IndexFile ONE = IndexFile.of(TinyWheel.of("demo", "1.0"));
    private static final IndexFile TWO = IndexFile.of(TinyWheel.of("demo", "2.0"));
    private static final IndexFile THREE = IndexFile.of(TinyWheel.of("demo-x", "3.0"));

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private RunningMirror mirror;

    @BeforeEach
    void start() {
        for (IndexFile file : List.of(ONE, TWO, THREE)) {
            upstream.on(file.path()).file(file.bytes(), file.etag());
        }
        list(PAGE, ONE.path(), TWO.path());
        list(OTHER, THREE.path());
        mirror = RunningMirror.in(data).from(upstream).pageTtl(Duration.ZERO).start();
        for (IndexFile file : List.of(ONE, TWO, THREE)) {
            assertThat(mirror.get(file.path()).body().sha256()).isEqualTo(file.sha256());
        }
        awaitRemembered(ONE, TWO, THREE);
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    private void list(String page, String... links) {
        StringBuilder text = new StringBuilder();
        Arrays.stream(links)
                .forEach(link -> text.append("<a href=\"../..")
                        .append(link)
                        .append("\">")
                        .append(link.replaceAll(".*/|#.*", ""))
                        .append("</a>"));
        upstream.on(page)
                .reply(200, Map.of("Content-Type", "text/html"), text.toString().getBytes(UTF_8));
    }

    private void awaitRemembered(IndexFile... files) {
        List<String> wanted = Arrays.stream(files)
                .map(file -> (file.equals(THREE) ? "demo-x/" : "demo/") + file.filename())
                .sorted()
                .toList();
        Eventually.is(
                SOON, "remembered of " + wanted, () -> List.copyOf(remembered()).equals(wanted));
    }

    private Set<String> remembered() {
        Set<String> keys = new TreeSet<>();
        mirror.store().view().catalog().docs("pypi", "confirmed", (key, row) -> keys.add(key));
        return keys;
    }

    @Test
    void ofAFileThatThePageHasNoMore() {
        list(PAGE, TWO.path());
        assertThat(mirror.get(PAGE).body().text()).doesNotContain(ONE.filename());
        awaitRemembered(TWO, THREE);
    }

    @Test
    void ofAFileOfWhichThePageHasADigest() {
        list(PAGE, ONE.path() + "#sha256=" + ONE.sha256(), TWO.path());
        assertThat(mirror.get(PAGE).body().text()).contains(ONE.sha256());
        awaitRemembered(TWO, THREE);
        assertThat(mirror.get(ONE.path()).body().sha256()).isEqualTo(ONE.sha256());
        assertThat(upstream.count(ONE.path())).isEqualTo(1);
    }

    @Test
    void ofAProjectThatHasNoFilesMore() {
        upstream.on(PAGE)
                .reply(SimpleIndexTree.JSON, "{\"meta\":{\"api-version\":\"1.0\"},\"name\":\"demo\",\"files\":[]}");
        assertThat(mirror.get(PAGE).status()).isEqualTo(200);
        awaitRemembered(THREE);
    }
}
