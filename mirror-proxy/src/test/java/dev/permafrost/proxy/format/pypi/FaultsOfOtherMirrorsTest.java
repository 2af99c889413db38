package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.Secret;
import dev.permafrost.proxy.repo.SecretSource;
import dev.permafrost.proxy.repo.UpstreamAuth;
import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What has gone wrong in other people's mirrors, each by its name, as a client would meet it; other tests have the details. */
class FaultsOfOtherMirrorsTest {
    private static final String JSON = "Accept: application/vnd.pypi.simple.v1+json";
    private static final byte[] METADATA = "Name: demo\n".getBytes(UTF_8);
    private static final IndexFile FILE =
            IndexFile.of(TinyWheel.of("demo", "1.0").padded(300_000, 7)).withMetadata(METADATA);
    private static final String PAGE = "/simple/demo/";

    @TempDir
    Path folder;

    private ScriptedUpstream upstream;

    @BeforeEach
    void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(FILE).serve(upstream);
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void partialDownloadCachedAndServed() {
        upstream.on(FILE.path()).reply(Answer.file(FILE.bytes(), "\"a\"").closeAfter(100_000));
        try (RunningMirror mirror =
                mirror().retriesMax(0).failureTtl(Duration.ZERO).start()) {
            RawHttp.Response cut = mirror.get(FILE.path());
            assertThat(cut.body().complete()).isFalse();
            assertThat(mirror.blobs()).isZero();
            new SimpleIndexTree().add(FILE).serve(upstream);
            assertThat(mirror.get(FILE.path()).body().bytes()).isEqualTo(FILE.bytes());
        }
    }

    @Test
    void hashNeverChecked() {
        byte[] other = FILE.bytes().clone();
        other[other.length / 2] ^= 1;
        upstream.on(FILE.path()).file(other, "\"a\"");
        try (RunningMirror mirror = mirror().start()) {
            RawHttp.Response wrong = mirror.get(FILE.path());
            assertThat(wrong.status() == 200 && wrong.body().complete()).isFalse();
            assertThat(mirror.blobs()).isZero();
        }
    }

    @Test
    void zeroByteFileUnderParallelLoad() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        upstream.on(FILE.path()).reply(Answer.file(FILE.bytes(), "\"a\"").gateAfter(1000, gate));
        ExecutorService clients = Executors.newFixedThreadPool(20);
        try (RunningMirror mirror = mirror().start()) {
            List<Future<RawHttp.Response>> all = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                all.add(clients.submit(() -> mirror.get(FILE.path())));
            }
            upstream.awaitRequest(FILE.path(), Duration.ofSeconds(20));
            gate.countDown();
            for (Future<RawHttp.Response> one : all) {
                assertThat(one.get(30, TimeUnit.SECONDS).body().bytes()).isEqualTo(FILE.bytes());
            }
            assertThat(upstream.count(FILE.path())).isEqualTo(1);
        } finally {
            clients.shutdownNow();
        }
    }

    @Test
    void staleIndexAfterARelease() {
        IndexFile next = IndexFile.of(TinyWheel.of("demo", "2.0"));
        try (RunningMirror mirror = mirror().pageTtl(Duration.ZERO).start()) {
            assertThat(mirror.get(PAGE).body().text()).doesNotContain(next.filename());
            new SimpleIndexTree().add(FILE).add(next).serve(upstream);
            assertThat(mirror.get(PAGE).body().text()).contains(next.filename());
        }
    }

    @Test
    void metadataAdvertisedThatIsAbsentOrDiffersFromTheWheel() {
        try (RunningMirror mirror = mirror().start()) {
            assertThat(mirror.get(FILE.path() + ".metadata").body().bytes()).isEqualTo(METADATA);
            assertThat(mirror.get(PAGE, JSON).body().text()).contains(Form.digest("SHA-256", METADATA));
            assertThat(mirror.get(FILE.path()).status()).isEqualTo(200);
            assertThat(mirror.get(PAGE, JSON).body().text())
                    .as("the wheel says something else")
                    .contains(FILE.filename())
                    .doesNotContain("core-metadata");
            assertThat(mirror.get(FILE.path() + ".metadata").status()).isEqualTo(404);
        }
        Path later = folder.resolve("later");
        upstream.on(FILE.path() + ".metadata").reply(404);
        try (RunningMirror mirror = RunningMirror.in(later).from(upstream).start()) {
            assertThat(mirror.get(FILE.path()).status()).isEqualTo(200);
        }
        try (RunningMirror mirror = RunningMirror.in(later).offline().start()) {
            assertThat(mirror.get(PAGE, JSON).body().text()).contains("demo-1.0");
            boolean advertised = mirror.get(PAGE).body().text().contains("core-metadata");
            assertThat(mirror.get(FILE.path() + ".metadata").status()).isEqualTo(advertised ? 200 : 404);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+json",
        "application/vnd.pypi.simple.v1+html, application/vnd.pypi.simple.v1+html",
        "application/vnd.pypi.simple.latest+json, application/vnd.pypi.simple.v1+json",
        "text/html, text/html; charset=utf-8"
    })
    void contentTypeMissingOrWithACharset(String accept, String exactly) {
        try (RunningMirror mirror = mirror().start()) {
            assertThat(mirror.get(PAGE, "Accept: " + accept).header("Content-Type"))
                    .isEqualTo(exactly);
        }
    }

    @Test
    void suffixRangeAnsweredAs404OrFromTheBeginning() {
        try (RunningMirror mirror = mirror().start()) {
            assertThat(mirror.get(FILE.path()).status()).isEqualTo(200);
            RawHttp.Response tail = mirror.get(FILE.path(), "Range: bytes=-10");
            int length = FILE.bytes().length;
            assertThat(tail.status()).isEqualTo(206);
            assertThat(tail.header("Content-Range"))
                    .isEqualTo("bytes " + (length - 10) + "-" + (length - 1) + "/" + length);
            assertThat(tail.body().bytes()).isEqualTo(Arrays.copyOfRange(FILE.bytes(), length - 10, length));
        }
    }

    @Test
    void contentRangeOf416WithoutItsUnit() {
        try (RunningMirror mirror = mirror().start()) {
            assertThat(mirror.get(FILE.path()).status()).isEqualTo(200);
            RawHttp.Response beyond = mirror.get(FILE.path(), "Range: bytes=99999999-");
            assertThat(beyond.status()).isEqualTo(416);
            assertThat(beyond.header("Content-Range")).isEqualTo("bytes */" + FILE.bytes().length);
        }
    }

    @Test
    void headNotSupported() {
        try (RunningMirror mirror = mirror().start()) {
            RawHttp.Head head = mirror.head(FILE.path());
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("Content-Length")).isEqualTo(Integer.toString(FILE.bytes().length));
            assertThat(head.header("Accept-Ranges")).isEqualTo("bytes");
            assertThat(mirror.head(PAGE).status()).isEqualTo(200);
            assertThat(mirror.head("/simple/").status()).isEqualTo(200);
        }
    }

    @Test
    void linksNotRewrittenOrToTheWrongHostBehindAPrefix() {
        try (RunningMirror mirror =
                mirror().behind(List.of("127.0.0.1"), "/mirror").start()) {
            String page = "/mirror" + PAGE;
            RawHttp.Response answer =
                    mirror.get(page, "X-Forwarded-Host: packages.example.org", "X-Forwarded-Proto: https");
            String href = answer.body().text().replaceAll("(?s).*<a href=\"([^\"#]+)#.*", "$1");
            URI url = URI.create("https://packages.example.org" + page).resolve(href);
            assertThat(url.getHost()).isEqualTo("packages.example.org");
            assertThat(url.getPath()).startsWith("/mirror/packages/");
            assertThat(mirror.get(url.getPath()).body().bytes()).isEqualTo(FILE.bytes());
            assertThat(answer.body().text()).doesNotContain("127.0.0.1:" + upstream.port());
        }
    }

    @Test
    void hashInTheLinkLost() {
        try (RunningMirror mirror = mirror().start()) {
            assertThat(mirror.get(PAGE).body().text()).contains("#sha256=" + FILE.sha256());
            assertThat(mirror.get(PAGE, JSON).body().text()).contains("\"sha256\":\"" + FILE.sha256());
        }
    }

    @Test
    void emptyPageForAnUnknownProject() {
        try (RunningMirror mirror = mirror().start()) {
            assertThat(mirror.get("/simple/nobodys/").status()).isEqualTo(404);
            assertThat(mirror.get("/simple/nobodys/", JSON).status()).isEqualTo(404);
        }
        try (RunningMirror mirror = mirror().offline().start()) {
            assertThat(mirror.get(PAGE).status())
                    .as("known, and nothing of it is held")
                    .isEqualTo(404);
        }
    }

    @Test
    void redirectToTheInternetWhenOffline() {
        try (RunningMirror mirror = mirror().start()) {
            assertThat(mirror.get(PAGE).status()).isEqualTo(200);
        }
        upstream.forgetRequests();
        try (RunningMirror mirror = mirror().offline().start()) {
            for (String path : new String[] {PAGE, "/simple/nobodys/", "/nobodys/", FILE.path(), "/pypi/demo/json"}) {
                RawHttp.Response answer = mirror.get(path);
                String location = answer.header("Location");
                assertThat(answer.status() == 404 || (location != null && !location.contains(":")))
                        .as(path)
                        .isTrue();
            }
        }
        assertThat(upstream.requests()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Demo", "DEMO", "de.mo", "De-_.mO"})
    void namesNotNormalised(String spelling) {
        new SimpleIndexTree().add(FILE).add(TinyWheel.of("de.mo", "1.0")).serve(upstream);
        try (RunningMirror mirror = mirror().start()) {
            RawHttp.Response moved = mirror.get("/simple/" + spelling + "/");
            assertThat(moved.status()).isEqualTo(301);
            URI there = URI.create("/simple/" + spelling + "/").resolve(String.valueOf(moved.header("Location")));
            assertThat(mirror.get(there.getPath()).status()).isEqualTo(200);
        }
    }

    @Test
    void oneBadProjectStopsTheOthers() {
        upstream.on("/simple/bad/").reply("application/vnd.pypi.simple.v1+json", "{\"files\": [");
        try (RunningMirror mirror = mirror().start()) {
            assertThat(mirror.get("/simple/bad/").status()).isEqualTo(502);
            assertThat(mirror.get(PAGE).status()).isEqualTo(200);
        }
    }

    @Test
    void loginPageTakenForAnEmptyProject() {
        try (RunningMirror mirror = mirror().pageTtl(Duration.ZERO).start()) {
            assertThat(mirror.get(PAGE).body().text()).contains(FILE.filename());
            assertThat(mirror.get("/simple/").body().text()).contains("demo");
            Answer portal = Answer.ok("text/html", "<title>Sign in</title><a href='/login'>Sign in</a>");
            upstream.on(PAGE).reply(portal);
            upstream.on("/simple/").reply(portal);
            for (int i = 0; i < 3; i++) {
                assertThat(mirror.get(PAGE).body().text()).contains(FILE.filename());
                assertThat(mirror.get("/simple/").body().text())
                        .contains("demo")
                        .doesNotContain("login");
            }
        }
    }

    @Test
    void deletedFilesNeverPruned() {
        IndexFile gone = IndexFile.of(TinyWheel.of("demo", "0.9"));
        new SimpleIndexTree().add(FILE).add(gone).serve(upstream);
        try (RunningMirror mirror = mirror().pageTtl(Duration.ZERO).start()) {
            assertThat(mirror.get(PAGE).body().text()).contains(gone.filename());
            new SimpleIndexTree().add(FILE).serve(upstream);
            assertThat(mirror.get(PAGE).body().text()).doesNotContain(gone.filename());
        }
    }

    @Test
    void minorBumpOfApiVersionRefused() {
        upstream.on(PAGE)
                .reply(
                        SimpleIndexTree.JSON,
                        SimpleIndexTree.json("demo", List.of(FILE)).replace("\"1.1\"", "\"1.99\""));
        try (RunningMirror mirror = mirror().start()) {
            assertThat(mirror.get(PAGE, JSON).body().text()).contains(FILE.filename());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503, 403, 401})
    void everyFailureTurnedInto404(int upstreams) {
        upstream.on(PAGE).reply(upstreams);
        try (RunningMirror mirror = mirror().retriesMax(0).start()) {
            assertThat(mirror.get(PAGE).status()).isEqualTo(502);
            assertThat(mirror.get(FILE.path()).status()).isEqualTo(502);
        }
    }

    @Test
    void followersToldOfSuccessWhenTheLeaderFailed() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        upstream.on(FILE.path())
                .reply(Answer.file(FILE.bytes(), "\"a\"").gateAfter(1000, gate).resetAfter(200_000));
        ExecutorService clients = Executors.newFixedThreadPool(8);
        try (RunningMirror mirror = mirror().retriesMax(0).start()) {
            List<Future<RawHttp.Response>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                all.add(clients.submit(() -> mirror.get(FILE.path())));
            }
            upstream.awaitRequest(FILE.path(), Duration.ofSeconds(20));
            gate.countDown();
            for (Future<RawHttp.Response> one : all) {
                RawHttp.Response answer = one.get(30, TimeUnit.SECONDS);
                assertThat(answer.status() == 200 && answer.body().complete()).isFalse();
            }
            assertThat(mirror.blobs()).isZero();
        } finally {
            clients.shutdownNow();
        }
    }

    @Test
    void credentialsSentOnAcrossARedirectToAnotherHost() {
        ScriptedUpstream elsewhere = ScriptedUpstream.start();
        try (elsewhere) {
            elsewhere.on("/demo.whl").file(FILE.bytes(), FILE.etag());
            upstream.on(FILE.path()).redirect(302, elsewhere.url("/demo.whl"));
            try (RunningMirror mirror = mirror().trusting("127.0.0.1")
                    .login(new UpstreamAuth.Basic("me", new SecretSource.Inline(Secret.of("word"))))
                    .start()) {
                assertThat(mirror.get(FILE.path()).body().bytes()).isEqualTo(FILE.bytes());
            }
            assertThat(upstream.requests()).isNotEmpty().allMatch(request -> request.header("Authorization") != null);
            assertThat(elsewhere.requests()).hasSize(1).allMatch(request -> request.header("Authorization") == null);
        }
    }

    @Test
    void refusalForAnAnonymousCallerReplayedToOneWhoLoggedIn() throws Exception {
        Path users = Files.writeString(
                folder.resolve("users"), "me:$2y$05$c4WoMPo3SXsafkva.HHa6uXQZWr7oboPiC2bT/r7q1BB8I2s0BRqC\n");
        RepositoryAuth auth = new RepositoryAuth(users, null, Audience.AUTHENTICATED, Audience.NOBODY);
        String login = "Authorization: Basic " + Base64.getEncoder().encodeToString("me:myPassword".getBytes(UTF_8));
        try (RunningMirror mirror = mirror().auth(auth).start()) {
            for (int i = 0; i < 2; i++) {
                RawHttp.Response anonymous = mirror.get(PAGE);
                assertThat(anonymous.status()).isEqualTo(401);
                assertThat(anonymous.header("Cache-Control")).isEqualTo("no-store");
                assertThat(mirror.get(PAGE, login).status()).isEqualTo(200);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/simple/x/../demo/", "/simple/x%2f..%2fdemo/", "/simple//demo/", "/packages/..%5cdemo"})
    void pathThatUpstreamNormalisesCachedUnderAnothersName(String path) {
        try (RunningMirror mirror = mirror().start()) {
            assertThat(mirror.get(path).status()).isIn(400, 404);
            assertThat(upstream.requests()).noneMatch(request -> request.path().contains("demo"));
        }
    }

    private RunningMirror.Builder mirror() {
        return RunningMirror.in(folder.resolve("data")).from(upstream);
    }
}
