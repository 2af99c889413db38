package dev.permafrost.proxy.upstream;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.repo.Secret;
import dev.permafrost.proxy.repo.SecretSource;
import dev.permafrost.proxy.repo.UpstreamAuth;
import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.Received;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Upstream gets the login that is configured for it, and nobody else does: no other host, no log, no client, no file. */
class LoginsStayAtUpstreamTest {
    private static final String PASSWORD = "pässw0rd-not-to-be-seen";
    private static final String FIELD = basic("alice", PASSWORD);
    private static final IndexFile FILE = IndexFile.of(TinyWheel.of("demo", "1.0"));
    private static final String PAGE = "/simple/demo/";

    @TempDir
    Path folder;

    private final CapturedLog log = CapturedLog.open();
    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final ScriptedUpstream elsewhere = ScriptedUpstream.start();

    @AfterEach
    void nobodyElseHasSeenIt() throws IOException {
        upstream.close();
        elsewhere.close();
        log.close();
        assertThat(elsewhere.requests()).allMatch(request -> request.header("Authorization") == null);
        assertThat(log.messages()).noneMatch(LoginsStayAtUpstreamTest::isSecret);
        assertThat(log.withStackTrace()).isEmpty();
        try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
            assertThat(files.filter(Files::isRegularFile)
                            .filter(file -> isSecret(text(file)))
                            .toList())
                    .isEmpty();
        } catch (java.nio.file.NoSuchFileException e) {
            // It has not started.
        }
    }

    @Test
    void userAndPasswordGoWithPagesAndFiles() {
        serveTo(FIELD);
        assertServed(mirror(inline()));
        assertThat(upstream.requests(FILE.path())).hasSize(1);
    }

    @Test
    void whatNetrcSaysOfTheHostIsUsed() throws IOException {
        Path netrc = write(
                "netrc",
                "machine other login x password y\nmachine 127.0.0.1 login alice password \"" + PASSWORD
                        + "\"\ndefault login z password z\n");
        serveTo(FIELD);
        assertServed(mirror(new UpstreamAuth.Netrc(netrc)));
    }

    @Test
    void aTokenIsTheFilesFirstLine() throws IOException {
        Path file = write("token", PASSWORD + "\n\nA note.\n");
        serveTo(basic("__token__", PASSWORD));
        assertServed(mirror(new UpstreamAuth.Basic("__token__", new SecretSource.File(file))));
    }

    @Test
    void aBearerTokenComesFromTheEnvironment() {
        String token = "bearer-not-to-be-seen";
        serveTo("Bearer " + token);
        assertServed(mirror(new UpstreamAuth.Bearer(new SecretSource.Environment("INDEX_TOKEN")))
                .environment(Map.of("INDEX_TOKEN", token)));
    }

    @Test
    void aFileThatHasChangedIsReadAgain() throws IOException {
        Path file = write("token", "before");
        serveTo("Bearer before");
        try (RunningMirror mirror = mirror(new UpstreamAuth.Bearer(new SecretSource.File(file)))
                .failureTtl(Duration.ofMillis(100))
                .pageTtl(Duration.ZERO)
                .start()) {
            assertThat(mirror.get(PAGE).status()).isEqualTo(200);
            write("token", "after");
            serveTo("Bearer after");
            Eventually.is(
                    Duration.ofSeconds(20),
                    "the new token",
                    () -> mirror.get(FILE.path()).status() == 200);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 303, 307, 308})
    void aRedirectToAnotherPortGetsNone(int status) {
        serveTo(FIELD);
        upstream.on(FILE.path()).redirect(status, elsewhere.url("/file"));
        elsewhere.on("/file").file(FILE.bytes(), "\"one\"");
        assertServed(mirror(inline()));
        assertThat(elsewhere.count("/file")).isEqualTo(1);
    }

    @Test
    void aRedirectToAnotherHostGetsNoneThoughItIsTrusted() {
        serveTo(FIELD);
        upstream.on(FILE.path()).redirect(302, "http://localhost:" + upstream.port() + "/elsewhere");
        upstream.on("/elsewhere").file(FILE.bytes(), "\"one\"");
        assertServed(mirror(inline()).trusting("localhost"));
        assertThat(upstream.requests("/elsewhere"))
                .singleElement()
                .extracting(request -> request.header("Authorization"))
                .isNull();
    }

    @Test
    void aLinkToAnotherHostGetsNoneAndARedirectBackGetsItAgain() {
        upstream.on(PAGE)
                .reply(
                        "text/html",
                        "<a href=\"" + elsewhere.url("/far/" + FILE.filename()) + "#sha256=" + FILE.sha256() + "\">"
                                + FILE.filename() + "</a>");
        elsewhere.on("/far/" + FILE.filename()).redirect(302, upstream.url("/back"));
        upstream.on("/back").onRequest(ifAuthorized(FIELD, Answer.file(FILE.bytes(), "\"one\"")));
        assertServed(mirror(inline()));
    }

    @ParameterizedTest
    @CsvSource({
        "401, pypi.upstream-auth: check it",
        "403, pypi.upstream-auth may not read this",
    })
    void aLoginThatIsNotAcceptedIs502AndSaidSo(int status, String remedy) {
        upstream.on(PAGE).reply(status);
        try (RunningMirror mirror =
                mirror(inline()).failureTtl(Duration.ofMillis(1)).start()) {
            assertRefused(mirror.get(PAGE), status, remedy);
            serveTo(FIELD);
            assertThat(mirror.get(PAGE).status()).isEqualTo(200);
            upstream.on(FILE.path()).reply(status);
            assertRefused(mirror.get(FILE.path()), status, remedy);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void whereThereIsNoLoginTheKeyIsNamed(int status) {
        upstream.on(PAGE).reply(status);
        try (RunningMirror mirror = mirror(new UpstreamAuth.None()).start()) {
            assertRefused(mirror.get(PAGE), status, "write one into repositories.pypi.upstream-auth");
        }
    }

    @Test
    void anotherHostThatAsksForALoginIsNamed() {
        serveTo(FIELD);
        upstream.on(FILE.path()).redirect(302, elsewhere.url("/file?signature=" + PASSWORD.substring(6)));
        elsewhere.on("/file").reply(403);
        try (RunningMirror mirror = mirror(inline()).start()) {
            RawHttp.Response response = mirror.get(FILE.path());
            assertRefused(response, 403, "so no login is sent there");
            assertThat(response.body().text()).contains("/file?…");
        }
    }

    @Test
    void whatARedirectHasOfALoginIsNotRepeated() {
        upstream.on(PAGE).redirect(302, "http://alice:" + PASSWORD.substring(6) + "@127.0.0.1/x");
        try (RunningMirror mirror = mirror(inline()).start()) {
            RawHttp.Response response = mirror.get(PAGE);
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.body().text()).matches(text -> !isSecret(text)).contains("redirects");
        }
    }

    @Test
    void whatIsWrongWithALoginIsSaidAtTheStart() throws IOException {
        assertThatThrownBy(() -> start(new UpstreamAuth.Basic("alice", new SecretSource.File(folder.resolve("none")))))
                .hasMessage("repositories.pypi.upstream-auth: there is no file " + folder.resolve("none")
                        + "; make it, readable by the server alone");
        assertThatThrownBy(() -> start(new UpstreamAuth.Bearer(new SecretSource.File(write("empty", "\n")))))
                .hasMessage("repositories.pypi.upstream-auth: " + folder.resolve("empty")
                        + " is empty; its first line must be the secret");
        assertThatThrownBy(() -> start(new UpstreamAuth.Bearer(new SecretSource.Environment("NOT_THERE"))))
                .hasMessage(
                        "repositories.pypi.upstream-auth: there is no NOT_THERE in the environment; set it before the"
                                + " server starts");
        assertThatThrownBy(() -> start(new UpstreamAuth.Netrc(write("netrc", "machine other login x password y"))))
                .hasMessageContaining("says nothing of 127.0.0.1 and has no default; add 'machine 127.0.0.1 login");
        assertThatThrownBy(() -> start(new UpstreamAuth.Netrc(write("netrc", "machine h " + PASSWORD))))
                .hasMessageContaining("has in line 1 none of machine")
                .matches(error -> !isSecret(String.valueOf(error.getMessage())));
    }

    private void start(UpstreamAuth auth) {
        mirror(auth).start().close();
    }

    private RunningMirror.Builder mirror(UpstreamAuth auth) {
        return RunningMirror.in(folder.resolve("data")).from(upstream).login(auth);
    }

    private static UpstreamAuth inline() {
        return new UpstreamAuth.Basic("alice", new SecretSource.Inline(Secret.of(PASSWORD)));
    }

    /** Serves to whoever sends that field, and 401 to everybody else. */
    private void serveTo(String field) {
        upstream.on(PAGE)
                .onRequest(ifAuthorized(field, Answer.ok("text/html", SimpleIndexTree.html("demo", List.of(FILE)))));
        upstream.on(FILE.path()).onRequest(ifAuthorized(field, Answer.file(FILE.bytes(), "\"one\"")));
    }

    private static java.util.function.Function<Received, Answer> ifAuthorized(String field, Answer answer) {
        return request -> field.equals(request.header("Authorization")) ? answer : Answer.status(401);
    }

    private static void assertServed(RunningMirror.Builder builder) {
        try (RunningMirror mirror = builder.start()) {
            assertThat(mirror.get(PAGE).status()).isEqualTo(200);
            assertThat(mirror.get(FILE.path()).body().sha256()).isEqualTo(FILE.sha256());
        }
    }

    private static void assertRefused(RawHttp.Response response, int status, String remedy) {
        assertThat(response.status()).isEqualTo(502);
        assertThat(response.body().text())
                .contains("upstream answered " + status, remedy)
                .matches(Predicate.not(LoginsStayAtUpstreamTest::isSecret));
    }

    private static boolean isSecret(String text) {
        return text.contains("not-to-be-seen") || text.contains(FIELD.substring("Basic ".length()));
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static String text(Path file) {
        try {
            return new String(Files.readAllBytes(file), ISO_8859_1);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
