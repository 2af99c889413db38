package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.access.Tokens;
import dev.permafrost.proxy.admin.ControlClient;
import dev.permafrost.proxy.admin.ControlServer;
import dev.permafrost.proxy.admin.ProgressSink;
import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.SourcesConfig;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.Policies;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.Records;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.model.SnapshotId;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A repository that is made of others serves each project from where it should come from, and from nowhere else. */
class SourcesAreCombinedTest {
    private static final String JSON = "Accept: application/vnd.pypi.simple.v1+json";
    private static final TinyWheel OURS = TinyWheel.of("acme", "1.0");
    private static final TinyWheel OURS_TOO = TinyWheel.of("shared", "1.0").requires("acme");
    private static final IndexFile THEIRS = IndexFile.of(TinyWheel.of("acme", "99.0"));
    private static final IndexFile SHARED = IndexFile.of(TinyWheel.of("shared", "2.0"));
    private static final IndexFile SHARED_SAME = IndexFile.of(TinyWheel.of("shared", "1.0"));
    private static final IndexFile DEMO = IndexFile.of(TinyWheel.of("demo", "1.0"));

    @TempDir
    Path folder;

    private ScriptedUpstream upstream;
    private String login = "";
    private RepositoryAuth auth = RepositoryAuth.defaults();

    @BeforeEach
    void start() throws Exception {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(THEIRS).add(SHARED).add(SHARED_SAME).add(DEMO).serve(upstream);
        Path tokens = folder.resolve("tokens");
        login = "Authorization: Basic "
                + Base64.getEncoder().encodeToString(("__token__:" + Tokens.issue(tokens, "ci")).getBytes(UTF_8));
        auth = new RepositoryAuth(null, tokens, Audience.ANYONE, Audience.of(Set.of("ci")));
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void aProjectComesFromTheFirstThatHasIt() {
        try (RunningMirror mirror = made(false, Map.of()).start()) {
            send(mirror, "/ours/", OURS);
            for (String accept : new String[] {"Accept: text/html", JSON}) {
                assertThat(mirror.get("/all/simple/acme/", accept).body().text())
                        .contains("acme-1.0")
                        .doesNotContain("acme-99.0");
                assertThat(mirror.get("/all/simple/demo/", accept).body().text())
                        .contains("demo-1.0");
            }
            assertThat(mirror.get("/all/pypi/acme/json").body().text()).doesNotContain("99.0");
            assertThat(mirror.get("/all/pypi/acme/99.0/json").status()).isEqualTo(404);
            assertThat(file(mirror, "/all/simple/acme/")).isEqualTo(OURS.bytes());
            assertThat(mirror.get("/all" + DEMO.path()).body().bytes()).isEqualTo(DEMO.bytes());
            assertThat(upstream.requests("/simple/acme/")).isEmpty();
            RawHttp.Response none = mirror.get("/all/simple/nobodys/");
            assertThat(none.status()).isEqualTo(404);
            assertThat(none.body().text()).isEqualTo("there is no project nobodys in ours, pypi\n");
        }
    }

    /** First dropped by the one that comes first, then had again. */
    @Test
    void whatASourceHasNoMoreIsRememberedOfflineAndFrozenAndThroughAnOutage() {
        Path data = folder.resolve("dropped");
        IndexFile second = IndexFile.of(TinyWheel.of("demo", "2.0"));
        try (ScriptedUpstream other = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(second).serve(other);
            RepositoryConfig beside =
                    Records.with(RepositoryConfig.defaults("second"), "upstream", other.uri("/simple/"));
            RepositoryConfig all = Records.with(
                    RepositoryConfig.defaults("all"),
                    "sources",
                    new SourcesConfig(List.of("pypi", "second"), false, Map.of()));
            try (RunningMirror mirror = two(data, beside, all).start()) {
                assertThat(mirror.get("/all/simple/demo/").body().text()).contains("demo-1.0");
                assertThat(mirror.get("/all" + DEMO.path()).status()).isEqualTo(200);
                assertThat(mirror.get("/second" + second.path()).status()).isEqualTo(200);
            }
            upstream.on("/simple/demo/").reply(404);
            try (RunningMirror mirror = two(data, beside, all).start()) {
                assertThat(mirror.get("/all/simple/demo/").body().text()).contains("demo-2.0");
                mirror.store().freeze(new SnapshotId("dropped"));
            }
            upstream.on("/simple/demo/").reply(503);
            for (RunningMirror.Builder builder : List.of(
                    two(data, beside, all),
                    two(data, beside, all).pageTtl(Duration.ofHours(1)),
                    two(data, beside, all).offline(),
                    two(data, beside, all).frozen())) {
                try (RunningMirror mirror = builder.start()) {
                    assertThat(mirror.get("/all/simple/demo/").body().text())
                            .contains("demo-2.0")
                            .doesNotContain("demo-1.0");
                    assertThat(mirror.get("/pypi/simple/demo/").status()).isEqualTo(404);
                }
            }
            try (RunningMirror mirror = two(data, beside, all).offline().start()) {
                assertThat(mirror.get("/pypi/simple/", JSON).body().text()).doesNotContain("demo");
            }
            new SimpleIndexTree().add(DEMO).serve(upstream);
            try (RunningMirror mirror = two(data, beside, all).start()) {
                assertThat(mirror.get("/all/simple/demo/").body().text()).contains("demo-1.0");
            }
            try (RunningMirror mirror = two(data, beside, all).offline().start()) {
                assertThat(mirror.get("/all/simple/demo/").body().text()).contains("demo-1.0");
            }
        }
    }

    private RunningMirror.Builder two(Path data, RepositoryConfig beside, RepositoryConfig all) {
        return RunningMirror.in(data)
                .from(upstream)
                .pageTtl(Duration.ZERO)
                .retriesMax(0)
                .beside(beside)
                .beside(all);
    }

    @Test
    void aFileThatNoPageListsIsNotServed() {
        try (RunningMirror mirror = made(false, Map.of()).start()) {
            send(mirror, "/ours/", OURS);
            assertThat(mirror.get(THEIRS.path()).status())
                    .as("its own repository has it")
                    .isEqualTo(200);
            for (String suffix : new String[] {"", ".metadata"}) {
                assertThat(mirror.get("/all" + THEIRS.path() + suffix).status()).isEqualTo(404);
            }
        }
    }

    @Test
    void whatIsSentTakesItsPlaceAtOnce() {
        try (RunningMirror mirror = made(false, Map.of()).start()) {
            assertThat(mirror.get("/all/simple/acme/").body().text()).contains("acme-99.0");
            assertThat(mirror.get("/all" + THEIRS.path()).status()).isEqualTo(200);
            assertThat(mirror.get("/all" + THEIRS.path()).status()).isEqualTo(200);
            send(mirror, "/ours/", OURS);
            assertThat(mirror.get("/all/simple/acme/").body().text())
                    .contains("acme-1.0")
                    .doesNotContain("acme-99.0");
            assertThat(mirror.get("/all" + THEIRS.path()).status()).isEqualTo(404);
        }
    }

    @Test
    void aPinnedNameIsAskedOfNobodyElse() {
        try (RunningMirror mirror =
                made(false, Map.of("ours", List.of("Acme*"))).start()) {
            assertThat(mirror.get("/all/simple/acme/").status()).isEqualTo(404);
            assertThat(mirror.get("/all/simple/acme-tools/").status()).isEqualTo(404);
            assertThat(mirror.get("/all/pypi/acme/json").status()).isEqualTo(404);
            assertThat(mirror.get("/all" + THEIRS.path()).status()).isEqualTo(404);
            assertThat(upstream.requests()).isEmpty();
            assertThat(mirror.get("/all/simple/demo/").status()).isEqualTo(200);
        }
        try (RunningMirror mirror = made(false, Map.of("pypi", List.of("acme"))).start()) {
            send(mirror, "/ours/", OURS);
            assertThat(mirror.get("/all/simple/acme/").body().text())
                    .contains("acme-99.0")
                    .doesNotContain("acme-1.0");
        }
    }

    @Test
    void anUpstreamThatFailsEndsTheSearch() {
        ScriptedUpstream second = ScriptedUpstream.start();
        try (second) {
            new SimpleIndexTree().add(THEIRS).serve(second);
            upstream.on("/simple/acme/").reply(500);
            RepositoryConfig next = Records.with(RepositoryConfig.defaults("next"), "upstream", second.uri("/simple/"));
            try (RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                    .from(upstream)
                    .beside(next)
                    .beside(Records.with(
                            RepositoryConfig.defaults("all"),
                            "sources",
                            new SourcesConfig(List.of("pypi", "next"), false, Map.of())))
                    .start()) {
                assertThat(mirror.get("/all/simple/acme/").status()).isIn(502, 503);
                assertThat(mirror.get("/all" + THEIRS.path()).status()).isIn(502, 503);
                assertThat(second.requests()).isEmpty();
            }
        }
    }

    @Test
    void mergedAProjectHasTheFilesOfAll() {
        try (RunningMirror mirror = made(true, Map.of()).start()) {
            send(mirror, "/ours/", OURS_TOO);
            String page = mirror.get("/all/simple/shared/").body().text();
            assertThat(page).contains("shared-1.0", "shared-2.0");
            assertThat(page.split("<a href", -1)).hasSize(3);
            String json = mirror.get("/all/simple/shared/", JSON).body().text();
            assertThat(json).contains("\"versions\":[\"1.0\",\"2.0\"]", Form.digest("SHA-256", OURS_TOO.bytes()));
            assertThat(mirror.get("/all/pypi/shared/json").body().text()).contains("\"version\":\"2.0\"");
            assertThat(mirror.get("/all" + SHARED.path()).body().bytes()).isEqualTo(SHARED.bytes());
            assertThat(file(mirror, "/all/simple/shared/")).isEqualTo(OURS_TOO.bytes());
            send(mirror, "/ours/", TinyWheel.of("shared", "3.0"));
            assertThat(mirror.get("/all/simple/shared/").body().text()).contains("shared-3.0");
        }
    }

    @Test
    void aNameThatASourceRefusesIsLookedForInTheNext() {
        try (RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                .from(upstream)
                .policy(Policies.of("{rules: [{deny: {project: [acme, evil]}}]}"))
                .beside(Records.with(RepositoryConfig.defaults("ours"), "auth", auth))
                .beside(Records.with(
                        RepositoryConfig.defaults("all"),
                        "sources",
                        new SourcesConfig(List.of("pypi", "ours"), false, Map.of())))
                .start()) {
            send(mirror, "/ours/", OURS);
            assertThat(mirror.get("/all/simple/acme/").body().text()).contains("acme-1.0");
            RawHttp.Response refused = mirror.get("/all/simple/evil/");
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body().text()).contains("project evil is not served", "permafrost explain pypi evil");
        }
    }

    @Test
    void whatIsSentToItGoesToTheSourceThatTakesIt() {
        try (RunningMirror mirror = made(false, Map.of()).start()) {
            send(mirror, "/all/", OURS);
            assertThat(mirror.get("/ours/simple/acme/").status()).isEqualTo(200);
            assertThat(mirror.get("/all/simple/acme/").body().text()).contains("acme-1.0");
            assertThat(Form.upload(OURS).post(mirror.port(), "/all/legacy/").status())
                    .isEqualTo(401);
        }
    }

    @Test
    void whatWouldNotBeServedIsNotTaken() {
        try (RunningMirror mirror = made(false, Map.of("pypi", List.of("acme"))).start()) {
            RawHttp.Response refused = Form.upload(OURS).post(mirror.port(), "/all/legacy/", login);
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.body().text()).contains("project acme is pinned to another source");
            assertThat(mirror.blobs()).isZero();
        }
    }

    @Test
    void theListHasTheProjectsOfAll() {
        try (RunningMirror mirror =
                made(false, Map.of("ours", List.of("shared"))).start()) {
            send(mirror, "/ours/", OURS);
            assertThat(mirror.get("/all/simple/").body().text())
                    .contains(">acme<", ">demo<")
                    .doesNotContain(">shared<");
            assertThat(mirror.get("/all/simple/").body().text().split(">acme<", -1))
                    .hasSize(2);
            send(mirror, "/ours/", TinyWheel.of("glacier", "1.0"));
            assertThat(mirror.get("/all/simple/").body().text()).contains(">glacier<");
        }
    }

    @Test
    void offlineItServesWhatItsSourcesHold() {
        Path data = folder.resolve("data");
        try (RunningMirror mirror = made(false, Map.of()).start()) {
            send(mirror, "/ours/", OURS);
            assertThat(mirror.get("/all" + DEMO.path()).status()).isEqualTo(200);
            assertThat(mirror.get(THEIRS.path()).status()).isEqualTo(200);
        }
        try (RunningMirror mirror = made(false, Map.of()).offline().start()) {
            assertThat(data).exists();
            assertThat(mirror.get("/all/simple/acme/").body().text())
                    .contains("acme-1.0")
                    .doesNotContain("acme-99.0");
            assertThat(mirror.get("/all" + DEMO.path()).body().bytes()).isEqualTo(DEMO.bytes());
            assertThat(mirror.get("/all" + THEIRS.path()).status()).isEqualTo(404);
            assertThat(mirror.get("/all/simple/shared/").status()).isEqualTo(404);
            assertThat(mirror.get("/all/simple/").body().text())
                    .contains(">acme<", ">demo<")
                    .doesNotContain("shared");
        }
    }

    @Test
    void frozenItServesThemToo() {
        try (RunningMirror mirror = made(true, Map.of()).start()) {
            send(mirror, "/ours/", OURS);
            assertThat(mirror.get("/all" + DEMO.path()).status()).isEqualTo(200);
            mirror.store().freeze(new SnapshotId("one"));
        }
        try (RunningMirror mirror = made(true, Map.of()).frozen().start()) {
            assertThat(file(mirror, "/all/simple/acme/")).isEqualTo(OURS.bytes());
            assertThat(mirror.get("/all/simple/demo/", JSON).body().text()).contains("demo-1.0");
            assertThat(mirror.get("/all/simple/shared/").status()).isEqualTo(404);
            assertThat(Form.upload(OURS_TOO)
                            .post(mirror.port(), "/all/legacy/", login)
                            .status())
                    .isEqualTo(403);
        }
    }

    @Test
    void aRealPipIsNotMisledByAHigherVersionElsewhere() {
        assumeTrue(Pips.newest().isPresent(), "no pip here");
        try (RunningMirror mirror = made(false, Map.of()).start()) {
            send(mirror, "/ours/", OURS);
            send(mirror, "/ours/", OURS_TOO);
            Pips.Environment pip = Pips.newest().orElseThrow().target(folder.resolve("target"));
            Subprocess.Result installed = pip.install(
                    "http://127.0.0.1:" + mirror.port() + "/all/simple/", Duration.ofMinutes(2), "shared", "demo");
            assertThat(installed.exit()).as(installed.err()).isZero();
            assertThat(installed.out())
                    .contains("acme-1.0", "shared-1.0", "demo-1.0")
                    .doesNotContain("acme-99.0");
        }
    }

    @Test
    void whatASourceHasDroppedComesFromTheNext() {
        try (ScriptedUpstream team = ScriptedUpstream.start();
                RunningMirror mirror =
                        ofUpstreams(team, false, "").pageTtl(Duration.ZERO).start()) {
            IndexFile teams = IndexFile.of(TinyWheel.of("acme", "2.0"));
            new SimpleIndexTree().add(teams).serve(team);
            assertThat(mirror.get("/all/simple/acme/").body().text()).contains("acme-2.0");
            assertThat(mirror.get("/all" + teams.path()).status()).isEqualTo(200);
            team.on("/simple/acme/").reply(404);
            assertThat(mirror.get("/all/simple/acme/").body().text()).contains("acme-99.0");
            assertThat(mirror.get("/all" + THEIRS.path()).status()).isEqualTo(200);
        }
    }

    @Test
    void whatASourceSaysItHasNotIsAskedAgainInTime() {
        try (ScriptedUpstream team = ScriptedUpstream.start();
                RunningMirror mirror = ofUpstreams(team, false, "")
                        .absentTtl(Duration.ofMillis(300))
                        .start()) {
            assertThat(mirror.get("/all/simple/acme/").body().text()).contains("acme-99.0");
            new SimpleIndexTree().add(TinyWheel.of("acme", "2.0")).serve(team);
            Eventually.is(
                    Duration.ofSeconds(20),
                    "team's comes first",
                    () -> mirror.get("/all/simple/acme/").body().text().contains("acme-2.0"));
        }
    }

    @Test
    void mergedTheFirstFileOfANameIsTheOnlyOne() {
        IndexFile teams = IndexFile.of(TinyWheel.of("shared", "2.0").padded(100, 1));
        try (ScriptedUpstream team = ScriptedUpstream.start();
                RunningMirror mirror = ofUpstreams(team, true, "").start()) {
            new SimpleIndexTree().add(teams).serve(team);
            assertThat(teams.filename()).isEqualTo(SHARED.filename());
            assertThat(mirror.get("/all/simple/shared/").body().text())
                    .contains(teams.sha256())
                    .doesNotContain(SHARED.sha256());
            assertThat(mirror.get("/all" + teams.path()).body().bytes()).isEqualTo(teams.bytes());
            assertThat(mirror.get("/all" + SHARED.path()).status()).isEqualTo(404);
            assertThat(mirror.get("/all" + SHARED_SAME.path()).status()).isEqualTo(200);
        }
    }

    @Test
    void mergedAFileThatOneRefusesComesFromAnother() {
        try (ScriptedUpstream team = ScriptedUpstream.start();
                RunningMirror mirror = ofUpstreams(
                                team, true, "{rules: [{deny: {project: shared, versions: '==2.0'}}]}")
                        .start()) {
            new SimpleIndexTree().add(SHARED).add(SHARED_SAME).serve(team);
            assertThat(mirror.get("/all/simple/shared/").body().text()).contains(SHARED.filename());
            assertThat(mirror.get("/all" + SHARED.path()).body().bytes()).isEqualTo(SHARED.bytes());
            assertThat(mirror.get("/team" + SHARED.path()).status()).isEqualTo(403);
        }
    }

    @Test
    void mergedWhatIsHeldIsServedWhileOneUpstreamIsDown() {
        try (ScriptedUpstream team = ScriptedUpstream.start();
                RunningMirror mirror = ofUpstreams(team, true, "")
                        .pageTtl(Duration.ZERO)
                        .retriesMax(0)
                        .start()) {
            new SimpleIndexTree().add(TinyWheel.of("shared", "3.0")).serve(team);
            assertThat(mirror.get("/all/simple/shared/").status()).isEqualTo(200);
            team.on("/simple/shared/").reply(500);
            RawHttp.Response page = mirror.get("/all/simple/shared/");
            assertThat(page.body().text()).contains("shared-3.0", "shared-2.0");
            assertThat(mirror.get("/all" + SHARED.path()).status()).isEqualTo(200);
        }
    }

    @Test
    void aWrongGuessAtAFilesProjectBetraysNothing() {
        IndexFile odd = IndexFile.of("glacier", "glacier-1-1.tar.gz", "1.post1", "no wheel".getBytes(UTF_8));
        try (ScriptedUpstream team = ScriptedUpstream.start();
                RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                        .from(upstream)
                        .beside(Records.with(RepositoryConfig.defaults("team"), "upstream", team.uri("/simple/")))
                        .beside(Records.with(
                                RepositoryConfig.defaults("all"),
                                "sources",
                                new SourcesConfig(List.of("team", "pypi"), false, Map.of("team", List.of("glacier")))))
                        .start()) {
            new SimpleIndexTree().add(odd).serve(team);
            assertThat(mirror.get("/all" + odd.path()).body().bytes()).isEqualTo(odd.bytes());
            assertThat(mirror.get("/all" + odd.path().replace("-1-1", "-1-2")).status())
                    .isEqualTo(404);
            assertThat(upstream.requests()).noneMatch(request -> request.path().contains("glacier"));
        }
    }

    @Test
    void whatIsAskedForInVainOfflineIsNoted() {
        try (RunningMirror mirror = made(false, Map.of()).start()) {
            assertThat(mirror.get("/all/simple/demo/").status()).isEqualTo(200);
        }
        try (RunningMirror mirror = made(false, Map.of()).offline().start()) {
            assertThat(mirror.get("/all" + DEMO.path()).status()).isEqualTo(404);
            assertThat(mirror.get("/all/simple/nobodys/").status()).isEqualTo(404);
            Map<String, Object> status = ControlClient.call(
                            ControlServer.socketOf(mirror.store().root()), Verbs.STATUS, Map.of(), ProgressSink.NONE)
                    .orElseThrow();
            assertThat(String.valueOf(status.get("wishes"))).contains("all:" + DEMO.filename(), "all:nobodys");
        }
    }

    @Test
    void serialNumbersOfDifferentOriginsAreNotMixed() {
        try (RunningMirror mirror = made(false, Map.of()).start()) {
            send(mirror, "/ours/", OURS);
            assertThat(mirror.get("/ours/simple/acme/").header("X-PyPI-Last-Serial"))
                    .isNotNull();
            for (String path : new String[] {"/all/simple/acme/", "/all/pypi/acme/json", "/all/simple/"}) {
                assertThat(mirror.get(path).header("X-PyPI-Last-Serial"))
                        .as(path)
                        .isNull();
            }
        }
    }

    private RunningMirror.Builder ofUpstreams(ScriptedUpstream team, boolean merges, String policyOfTeam) {
        RepositoryConfig first = Records.with(RepositoryConfig.defaults("team"), "upstream", team.uri("/simple/"));
        return RunningMirror.in(folder.resolve("data"))
                .from(upstream)
                .beside(
                        policyOfTeam.isEmpty()
                                ? Records.with(first, "pageTtl", Duration.ZERO)
                                : Records.with(first, "policy", Policies.of(policyOfTeam)))
                .beside(Records.with(
                        RepositoryConfig.defaults("all"),
                        "sources",
                        new SourcesConfig(List.of("team", "pypi"), merges, Map.of())));
    }

    private RunningMirror.Builder made(boolean merges, Map<String, List<String>> pins) {
        return RunningMirror.in(folder.resolve("data"))
                .from(upstream)
                .beside(Records.with(RepositoryConfig.defaults("ours"), "auth", auth))
                .beside(Records.with(
                        Records.with(RepositoryConfig.defaults("all"), "auth", auth),
                        "sources",
                        new SourcesConfig(List.of("ours", "pypi"), merges, pins)));
    }

    private void send(RunningMirror mirror, String repository, TinyWheel wheel) {
        assertThat(Form.upload(wheel)
                        .post(mirror.port(), repository + "legacy/", login)
                        .status())
                .isEqualTo(200);
    }

    /** The first file of a page. */
    private static byte[] file(RunningMirror mirror, String page) {
        String html = mirror.get(page).body().text();
        String href = html.replaceAll("(?s).*?<a href=\"([^\"#]+)[\"#].*", "$1");
        return mirror.get(URI.create(page).resolve(href).getPath()).body().bytes();
    }
}
