package dev.permafrost.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Upstream leads us only where its operator lets it: not in loops, not to other hosts, not into the site's own network. */
class RedirectsAndLinksStayWhereTrustedTest {
    private static final IndexFile FILE = IndexFile.of(TinyWheel.of("demo", "1.0"));

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();

    @BeforeEach
    void serve() {
        new SimpleIndexTree().add(FILE).serve(upstream);
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void withinTheHostARedirectIsFollowed() {
        upstream.on(FILE.path()).redirect(302, "/elsewhere/file");
        upstream.on("/elsewhere/file").file(FILE.bytes(), "\"one\"");
        try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            assertThat(mirror.get(FILE.path()).body().sha256()).isEqualTo(FILE.sha256());
        }
    }

    @Test
    void aLoopIs502() {
        upstream.on("/simple/demo/").redirect(301, "/a");
        upstream.on("/a").redirect(301, "/simple/demo/");
        assertRefused("/simple/demo/", "redirects in a loop");
    }

    @Test
    void anEndlessChainIs502() {
        upstream.on("/simple/demo/").redirect(301, "/1");
        for (int i = 1; i < 10; i++) {
            upstream.on("/" + i).redirect(301, "/" + (i + 1));
        }
        assertRefused("/simple/demo/", "upstream.redirects-max (5)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://localhost:9/x", "http://example.org/x", "//localhost/x"})
    void anotherHostIs502AndNamesTheRemedy(String to) {
        upstream.on("/simple/demo/").redirect(302, to);
        assertRefused("/simple/demo/", "trusted-hosts");
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "ftp://127.0.0.1/x", "http://u:p@127.0.0.1/x", "http:///x", ":", ""})
    void whatIsNoPlainUrlIs502(String to) {
        upstream.on("/simple/demo/").redirect(302, to);
        assertRefused("/simple/demo/", "redirects");
    }

    @Test
    void aTrustedHostIsFollowedTo() {
        upstream.on(FILE.path()).redirect(302, "http://localhost:" + upstream.port() + "/elsewhere");
        upstream.on("/elsewhere").file(FILE.bytes(), "\"one\"");
        try (RunningMirror mirror =
                RunningMirror.in(data).from(upstream).trusting("localhost").start()) {
            assertThat(mirror.get(FILE.path()).body().sha256()).isEqualTo(FILE.sha256());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "127.0.0.2", "[::1]", "10.0.0.1", "169.254.169.254"})
    void aLinkIntoTheSitesOwnNetworkIsNotFollowed(String host) {
        linkTo(host);
        assertRefused(FILE.path(), "private address", "trusted-hosts");
        assertThat(upstream.count("/files/" + FILE.filename())).isZero();
    }

    @Test
    void aLinkToATrustedHostIsFollowed() {
        linkTo("localhost");
        try (RunningMirror mirror =
                RunningMirror.in(data).from(upstream).trusting("localhost").start()) {
            assertThat(mirror.get(pathOfHash()).body().sha256()).isEqualTo(FILE.sha256());
        }
    }

    private void linkTo(String host) {
        upstream.on("/simple/demo/")
                .reply(
                        "text/html",
                        "<a href=\"http://" + host + ":" + upstream.port() + "/files/" + FILE.filename() + "#sha256="
                                + FILE.sha256() + "\">" + FILE.filename() + "</a>");
        upstream.on("/files/" + FILE.filename()).file(FILE.bytes(), "\"one\"");
    }

    /** Where a file without an upstream path of PyPI's shape is served: by its sha256, which here gives the same path. */
    private static String pathOfHash() {
        return FILE.path();
    }

    private void assertRefused(String path, String... why) {
        try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            RawHttp.Response response = mirror.get(path);
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.body().text()).contains(List.of(why)).doesNotContain("Exception", "resolved");
        }
    }
}
