package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.YumRepositories;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A mirror with a repository of RPMs called yum, which asks its upstream for every request and forgets failures at once. */
abstract class MirroredRpms {
    static final String AT = "/el/7/";
    static final String REPOMD = "repodata/repomd.xml";
    static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path data;

    final ScriptedUpstream upstream = ScriptedUpstream.start();
    RunningMirror mirror;

    @BeforeEach
    void start() {
        mirror = builder().start();
    }

    RunningMirror.Builder builder() {
        return RunningMirror.in(data)
                .beside(YumRepositories.from(upstream, AT))
                .failureTtl(Duration.ZERO)
                .absentTtl(Duration.ZERO);
    }

    /** Starts another one in its place, of the same store. */
    void restart(RunningMirror.Builder as) {
        mirror.close();
        mirror = as.start();
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    RawHttp.Response get(String path) {
        return mirror.get("/yum/" + path);
    }

    RawHttp.Response ok(String path) {
        RawHttp.Response response = get(path);
        assertThat(response.status()).as(path + ": " + response.body().text()).isEqualTo(200);
        return response;
    }
}
