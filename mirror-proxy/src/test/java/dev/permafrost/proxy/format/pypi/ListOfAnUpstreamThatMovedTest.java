package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where another index is configured, its list of all projects is fetched whole, though both give theirs the same validator. */
class ListOfAnUpstreamThatMovedTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String LIST = "/simple/";

    @TempDir
    Path data;

    private final ScriptedUpstream before = ScriptedUpstream.start();
    private final ScriptedUpstream now = ScriptedUpstream.start();
    private String etag = "";

    @BeforeEach
    void start() {
        list(before, "alpha");
        list(now, "omega");
        try (RunningMirror mirror = RunningMirror.in(data).from(before).start()) {
            RawHttp.Response first = mirror.get(LIST);
            assertThat(first.body().text()).contains("alpha");
            etag = Objects.requireNonNull(first.header("ETag"));
        }
        try (RunningMirror mirror = RunningMirror.in(data).from(before).start()) {
            assertThat(mirror.get(LIST, "If-None-Match: " + etag).status()).isEqualTo(304);
        }
        assertThat(before.count(LIST)).as("a list that is young enough").isEqualTo(1);
    }

    @AfterEach
    void stop() {
        before.close();
        now.close();
    }

    private static void list(ScriptedUpstream upstream, String project) {
        upstream.on(LIST).onRequest(request -> {
            Map<String, String> headers = new HashMap<>(Map.of("ETag", "\"same\""));
            if (request.header("If-None-Match") != null) {
                return Answer.of(304, headers, new byte[0]);
            }
            headers.put("Content-Type", SimpleIndexTree.JSON);
            String body = "{\"meta\":{\"api-version\":\"1.1\"},\"projects\":[{\"name\":\"" + project + "\"}]}";
            return Answer.of(200, headers, body.getBytes(UTF_8));
        });
    }

    @Test
    void nobodyIsToldThatNothingHasChanged() {
        try (RunningMirror mirror = RunningMirror.in(data).from(now).start()) {
            RawHttp.Response list = mirror.get(LIST, "If-None-Match: " + etag);
            assertThat(list.status()).isEqualTo(200);
            assertThat(list.body().text()).contains("omega").doesNotContain("alpha");
            assertThat(now.requests(LIST).get(0).header("If-None-Match")).isNull();
        }
    }

    /** Upstreams are known to answer 304 unasked, which confirms nothing. */
    @ParameterizedTest
    @ValueSource(ints = {503, 304})
    void theOneBeforeIsServedWhileTheNewOneSaysNothing(int status) {
        now.on(LIST).reply(status);
        try (RunningMirror mirror = RunningMirror.in(data)
                .from(now)
                .retriesMax(0)
                .failureTtl(Duration.ZERO)
                .start()) {
            assertThat(mirror.get(LIST).body().text()).contains("alpha");
            list(now, "omega");
            Eventually.is(
                    SOON, "the new one", () -> mirror.get(LIST).body().text().contains("omega"));
        }
    }

    @Test
    void itIsForgottenWhereTheNewOneHasNone() {
        now.on(LIST).reply(404);
        try (RunningMirror mirror = RunningMirror.in(data).from(now).start()) {
            assertThat(mirror.get(LIST).body().text()).doesNotContain("alpha");
            assertThat(mirror.get(LIST).body().text()).doesNotContain("alpha");
        }
    }
}
