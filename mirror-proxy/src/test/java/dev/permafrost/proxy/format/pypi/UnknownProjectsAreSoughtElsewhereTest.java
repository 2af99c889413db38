package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.access.Tokens;
import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.Policies;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.model.SnapshotId;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a fallback, and only then, a client is sent to another index for a project of which nothing is known, and for no other. */
class UnknownProjectsAreSoughtElsewhereTest {
    private static final URI ELSEWHERE = URI.create("https://pypi.example.org/simple/");
    private static final String JSON = "Accept: " + SimpleIndexTree.JSON;
    private static final TinyWheel WHEEL = TinyWheel.of("demo", "1.0");

    @TempDir
    Path folder;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private String login = "";
    private Path tokens = Path.of("");

    @BeforeEach
    void token() throws Exception {
        tokens = folder.resolve("tokens");
        login = "Authorization: Basic "
                + Base64.getEncoder().encodeToString(("__token__:" + Tokens.issue(tokens, "ci")).getBytes(UTF_8));
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    private RunningMirror.Builder mirror() {
        return RunningMirror.in(folder.resolve("data")).fallback(ELSEWHERE);
    }

    private RunningMirror.Builder ours() {
        return mirror().auth(new RepositoryAuth(null, tokens, Audience.ANYONE, Audience.of(Set.of("ci"))));
    }

    private static void assertSent(RawHttp.Response answer, String project) {
        assertThat(answer.status()).isEqualTo(303);
        assertThat(answer.header("Location")).isEqualTo(ELSEWHERE + project + "/");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    }

    @Test
    void ofARepositoryThatIsTheOriginOfItsFiles() {
        try (RunningMirror mirror = ours().start()) {
            assertSent(mirror.get("/simple/demo/"), "demo");
            assertSent(mirror.get("/simple/demo/", JSON), "demo");
            assertThat(mirror.get("/simple/De.Mo/").header("Location")).isEqualTo("../de-mo/");
            assertThat(Form.upload(WHEEL).post(mirror.port(), "/", login).status())
                    .isEqualTo(200);
            assertThat(mirror.get("/simple/demo/", JSON).body().text()).contains(WHEEL.filename());
            assertSent(mirror.get("/simple/other/"), "other");
            // pages alone: files and the JSON API are not what pip asks an index for
            assertThat(mirror.get("/pypi/other/json").status()).isEqualTo(404);
            assertThat(mirror.get("/packages/other/other-1.0.tar.gz").status()).isEqualTo(404);
        }
    }

    @Test
    void ofOneWithAnUpstreamWhatUpstreamDoesNotHave() {
        new SimpleIndexTree().add(WHEEL).serve(upstream);
        upstream.on("/simple/broken/").reply(500);
        try (RunningMirror mirror =
                mirror().from(upstream).pageTtl(Duration.ZERO).start()) {
            assertSent(mirror.get("/simple/other/"), "other");
            assertThat(mirror.get("/simple/broken/").status())
                    .as("is not known to be unknown")
                    .isEqualTo(502);
            assertThat(mirror.get("/simple/demo/").status()).isEqualTo(200);
            upstream.on("/simple/demo/").reply(404);
            assertThat(mirror.get("/simple/demo/").status())
                    .as("gone, and not unknown")
                    .isEqualTo(404);
        }
    }

    @Test
    void whatThePolicyRefusesIsNotSoughtElsewhere() {
        try (RunningMirror mirror = ours().policy(
                        Policies.of("{rules: [{deny: {project: 'acme-*'}}], refuse-with: 404}"))
                .start()) {
            assertThat(mirror.get("/simple/acme-core/").status()).isEqualTo(404);
            assertSent(mirror.get("/simple/other/"), "other");
        }
    }

    @Test
    void offlineAndFrozenNobodyIsSentAnywhere() {
        try (RunningMirror mirror = ours().start()) {
            Form.upload(WHEEL).post(mirror.port(), "/", login);
        }
        try (RunningMirror mirror = ours().offline().start()) {
            assertThat(mirror.get("/simple/demo/").status()).isEqualTo(200);
            assertThat(mirror.get("/simple/other/").status()).isEqualTo(404);
            mirror.store().freeze(new SnapshotId("one"));
        }
        try (RunningMirror mirror = ours().frozen().start()) {
            assertThat(mirror.get("/simple/demo/").status()).isEqualTo(200);
            RawHttp.Response absent = mirror.get("/simple/other/");
            assertThat(absent.status()).isEqualTo(404);
            assertThat(absent.header("Location")).isNull();
        }
    }

    @Test
    void withoutOneItIsNotFound() {
        try (RunningMirror mirror = RunningMirror.in(folder.resolve("data")).start()) {
            assertThat(mirror.get("/simple/other/").status()).isEqualTo(404);
        }
    }

    @Test
    void aRealPipFollows() {
        assumeTrue(Pips.newest().isPresent(), "no pip here");
        new SimpleIndexTree().add(WHEEL).serve(upstream);
        try (RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                .fallback(upstream.uri("/simple/"))
                .start()) {
            Pips.newest()
                    .orElseThrow()
                    .target(folder.resolve("target"))
                    .install("http://127.0.0.1:" + mirror.port() + "/simple/", Duration.ofMinutes(2), "demo")
                    .orFail();
            assertThat(upstream.count(IndexFile.of(WHEEL).path())).isEqualTo(1);
        }
    }
}
