package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.contentOf;

import dev.permafrost.proxy.access.Tokens;
import dev.permafrost.proxy.accesslog.AccessLogConfig;
import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.Records;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody gets anything of a guarded repository, by whatever road, without a login that may. */
class GuardedRepositoriesTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", new byte[200_000]);
    private static final String PAGE = "/simple/demo/";
    private static final String ALICE = basic("alice:pa:ss");
    private static final String BOB = basic("bob:hunter2");

    @TempDir
    static Path folder;

    private static String token = "";
    private static ScriptedUpstream upstream;
    private static RunningMirror mirror;
    private static Path accessLog;
    private CapturedLog log;

    @BeforeAll
    static void start() throws Exception {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(FILE).serve(upstream);
        Path users = Files.writeString(
                folder.resolve("users"),
                line("alice", "pa:ss") + line("bob", "hunter2") + line("j\u00f6rg", "p\u00e4ss \u00e9"));
        Path tokens = folder.resolve("tokens");
        token = Tokens.issue(tokens, "ci");
        RepositoryConfig closed = Records.with(
                Records.with(RepositoryConfig.defaults("closed"), "upstream", upstream.uri("/simple/")),
                "auth",
                new RepositoryAuth(null, null, Audience.NOBODY, Audience.NOBODY));
        accessLog = folder.resolve("access.log");
        mirror = RunningMirror.in(folder.resolve("data"))
                .from(upstream)
                .withTls()
                .host("pypi.local")
                .accessLog(new AccessLogConfig(accessLog, AccessLogConfig.Format.COMBINED, 0, 0))
                .auth(new RepositoryAuth(
                        users, tokens, Audience.of(Set.of("alice", "j\u00f6rg", "ci")), Audience.of(Set.of("ci"))))
                .beside(RepositoryConfig.defaults("open"))
                .beside(closed)
                .start();
    }

    @AfterAll
    static void stop() {
        mirror.close();
        upstream.close();
    }

    @BeforeEach
    void capture() {
        log = CapturedLog.open();
    }

    @AfterEach
    void quiet() {
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    @Test
    void withoutALoginThereIsAChallengeAndNothingElse() {
        for (String path : List.of(PAGE, FILE.path(), "/simple/", "/simple/nothing/", "/simple/demo", "/x")) {
            RawHttp.Response refused = mirror.get(path);
            assertThat(refused.status()).as(path).isEqualTo(401);
            assertThat(refused.header("WWW-Authenticate"))
                    .isEqualTo("Basic realm=\"Permafrost pypi\", charset=\"UTF-8\"");
            assertThat(refused.header("Cache-Control")).isEqualTo("no-store");
            assertThat(refused.body().text()).doesNotContain("demo");
            RawHttp.Head head = mirror.head(path);
            assertThat(head.status()).isEqualTo(401);
            assertThat(head.header("WWW-Authenticate")).isNotNull();
        }
    }

    @Test
    void withOneThereIsThePageForThisClientAlone() {
        RawHttp.Response page = mirror.get(PAGE, ALICE);
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Cache-Control")).contains("private").doesNotContain("public");
        assertThat(page.header("Vary")).contains("Accept").endsWith(", Authorization");
        assertThat(page.head().count("Vary")).isEqualTo(1);
        RawHttp.Response file = mirror.get(FILE.path(), ALICE);
        assertThat(file.status()).isEqualTo(200);
        assertThat(file.body().sha256()).isEqualTo(FILE.sha256());
        assertThat(file.header("Cache-Control"))
                .contains("private", "immutable")
                .doesNotContain("public");
        assertThat(file.header("Vary")).isEqualTo("Authorization");
        RawHttp.Response part = mirror.get(FILE.path(), ALICE, "Range: bytes=1-2");
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.header("Vary")).isEqualTo("Authorization");
        RawHttp.Response unchanged = mirror.get(PAGE, ALICE, "If-None-Match: " + page.header("ETag"));
        assertThat(unchanged.status()).isEqualTo(304);
        assertThat(unchanged.header("Cache-Control")).contains("private");
        assertThat(unchanged.header("Vary")).endsWith("Authorization");
        assertThat(mirror.get("/simple/nothing/", ALICE).header("Cache-Control"))
                .isEqualTo("no-store");
    }

    @Test
    void manyRequestsOnOneConnection() {
        try (RawHttp client = mirror.connect()) {
            // pipelined behind one that has to wait for its login
            client.request("GET", PAGE, basic("j\u00f6rg:p\u00e4ss \u00e9"));
            client.request("GET", PAGE);
            client.request("HEAD", PAGE, ALICE);
            client.request("GET", PAGE, ALICE);
            assertThat(client.read().status()).isEqualTo(200);
            assertThat(client.read().status()).isEqualTo(401);
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @Test
    void whoIsKnownAndNotAmongThemIsForbidden() {
        RawHttp.Response refused = mirror.get(PAGE, BOB);
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.header("WWW-Authenticate")).isNull();
        assertThat(refused.header("Cache-Control")).isEqualTo("no-store");
        assertThat(mirror.get(FILE.path(), BOB).status()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/simple/demo/",
                "/pypi/simple/demo/",
                "//simple/demo/",
                "/%70ypi/simple/demo/",
                "/pypi//simple/demo/",
                "/%73imple/demo/",
                "/simple/demo/?x=/open/",
                "http://open.local/simple/demo/",
                "http://127.0.0.1/pypi/simple/demo/",
                "/pypi/open/simple/demo/",
                "/open%2F../simple/demo/",
                "/open/../simple/demo/",
                "/-/../simple/demo/",
                "/%2D/../simple/demo/",
                "/PYPI/simple/demo/",
                "/-/snapshots/one/pypi/simple/demo/",
                "/-/snapshots/current/pypi/simple/demo/"
            })
    void thereIsNoWayAround(String target) {
        mirror.get(PAGE, ALICE);
        mirror.get(FILE.path(), ALICE);
        for (String host : List.of("Host: 127.0.0.1", "Host: pypi.local", "Host: PyPI.local:8080", "Host: open")) {
            try (RawHttp client = mirror.connect()) {
                RawHttp.Response refused = client.send("GET " + target + " HTTP/1.1\r\n" + host + "\r\n\r\n")
                        .read();
                assertThat(refused.status()).as(target + " " + host).isIn(400, 401);
            }
        }
    }

    @Test
    void itsHostItsNameAndTheRootAreOneRepository() {
        for (String target : List.of(PAGE, "/pypi" + PAGE)) {
            try (RawHttp client = mirror.connect()) {
                RawHttp.Response page = client.send(
                                "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + ALICE + "\r\n\r\n")
                        .read();
                assertThat(page.status()).as(target).isEqualTo(200);
            }
        }
        try (RawHttp client = mirror.connect()) {
            assertThat(client.send("GET " + PAGE + " HTTP/1.1\r\nHost: pypi.local\r\n" + ALICE + "\r\n\r\n")
                            .read()
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void theOpenRepositoryBesideItIsOpenAndHasNothingOfIt() {
        mirror.get(PAGE, ALICE);
        mirror.get(FILE.path(), ALICE);
        for (String path : List.of("/open" + PAGE, "/open" + FILE.path())) {
            RawHttp.Response answer = mirror.get(path);
            assertThat(answer.status()).as(path).isEqualTo(404);
            assertThat(answer.body().text()).doesNotContain("href");
            assertThat(mirror.get(path, basic("x:y")).status()).isEqualTo(404);
        }
    }

    @Test
    void whatIsForNobodyIsShownToNobody() {
        for (String path : List.of("/closed" + PAGE, "/%63losed" + FILE.path())) {
            assertThat(mirror.get(path).status()).isEqualTo(403);
            assertThat(mirror.get(path, ALICE).status()).isEqualTo(403);
            assertThat(write("POST", path).status()).isEqualTo(405);
        }
    }

    @Test
    void whatIsTheServersOwnNeedsNoLogin() {
        assertThat(mirror.get("/-/health/live").status()).isEqualTo(200);
        assertThat(mirror.get("/-/health/ready").status()).isEqualTo(200);
        assertThat(mirror.get("/-/ca.pem").status()).isEqualTo(200);
    }

    @Test
    void writingAsksForALoginBeforeItSaysThatItIsNotThere() {
        for (String method : List.of("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")) {
            RawHttp.Response anonymous = write(method, "/x");
            assertThat(anonymous.status()).as(method).isEqualTo(401);
            assertThat(anonymous.header("WWW-Authenticate")).startsWith("Basic realm=\"Permafrost pypi\"");
            assertThat(anonymous.header("Connection")).isEqualTo("close");
            assertThat(write(method, "/x", ALICE).status()).as(method).isEqualTo(403);
            assertThat(write(method, "/pypi/x", BOB).status()).as(method).isEqualTo(403);
            RawHttp.Response known = write(method, "/x", basic("__token__:" + token));
            assertThat(known.status()).as(method).isEqualTo(405);
            assertThat(known.header("Allow")).isEqualTo("GET, HEAD");
            assertThat(write(method, "/open/simple/x/").status()).as(method).isEqualTo(405);
            assertThat(write(method, "/-/health/live").status()).as(method).isEqualTo(405);
        }
    }

    @Test
    void aBodyMayComeBeforeTheLoginIsComputed() {
        try (RawHttp client = mirror.connect()) {
            client.send("POST /pypi/ HTTP/1.1\r\nHost: a\r\n" + basic("alice:wrong-for-a-body")
                            + "\r\nContent-Length: 1000000\r\n\r\n")
                    .send(new byte[300_000]);
            assertThat(client.read().status()).isEqualTo(401);
        }
    }

    @Test
    void aTokenReadsToo() {
        assertThat(mirror.get(PAGE, basic("__token__:" + token)).status()).isEqualTo(200);
        assertThat(mirror.get(PAGE, basic("__token__:" + token + "x")).status()).isEqualTo(401);
        assertThat(mirror.get(PAGE, basic("ci:" + token)).status()).isEqualTo(401);
    }

    @Test
    void loginsInUtf8AndInLatin1() {
        String login = "j\u00f6rg:p\u00e4ss \u00e9";
        assertThat(mirror.get(PAGE, basic(login)).status()).isEqualTo(200);
        assertThat(mirror.get(PAGE, "Authorization: Basic " + base64(login.getBytes(ISO_8859_1)))
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Basic", "Basic !!!!", "Basic YWxpY2U", "Bearer abc", "YWxpY2U6cGE6c3M="})
    void aFieldThatIsNoLoginIsChallenged(String value) {
        assertThat(mirror.get(PAGE, "Authorization: " + value).status()).isEqualTo(401);
    }

    @Test
    void theSchemeIsInAnyCaseAndTheFieldOfAnyLength() {
        assertThat(mirror.get(PAGE, ALICE.replace("Basic", "bASIC")).status()).isEqualTo(200);
        assertThat(mirror.get(
                                PAGE,
                                ALICE.replace("Authorization", "AUTHORIZATION").replace("Basic ", "basic   "))
                        .status())
                .isEqualTo(200);
        assertThat(mirror.get(PAGE, "Authorization: Basic " + "QUFB".repeat(2048))
                        .status())
                .isEqualTo(401);
        assertThat(mirror.get(PAGE, "Authorization: Basic " + "QUFB".repeat(5000))
                        .status())
                .isEqualTo(431);
    }

    @Test
    void twoFieldsAreRefused() {
        assertThat(mirror.get(PAGE, ALICE, ALICE).status()).isEqualTo(400);
        assertThat(mirror.get(PAGE, ALICE, "authorization: x").status()).isEqualTo(400);
    }

    @Test
    void theSameHoldsOverHttp2() {
        List<String> curl = List.of(
                "curl",
                "-sk",
                "--http2",
                "-o",
                "/dev/null",
                "-w",
                "%{http_version} %{http_code} %header{www-authenticate}\n");
        String base = "https://localhost:" + mirror.tlsPort();
        assertThat(curl(curl, base + PAGE)).isEqualTo("2 401 Basic realm=\"Permafrost pypi\", charset=\"UTF-8\"");
        assertThat(curl(curl, "-u", "alice:pa:ss", base + PAGE)).isEqualTo("2 200 ");
        assertThat(curl(curl, "-u", "alice:pa:ss", base + FILE.path())).isEqualTo("2 200 ");
        assertThat(curl(curl, "-I", "-u", "alice:no", base + PAGE)).startsWith("2 401 ");
        assertThat(curl(curl, "-u", "bob:hunter2", base + PAGE)).isEqualTo("2 403 ");
        assertThat(curl(curl, "-d", "x=y", base + "/pypi/x")).startsWith("2 401 ");
        assertThat(curl(curl, "-d", "x=y", "-u", "alice:pa:ss", base + "/pypi/x"))
                .isEqualTo("2 403 ");
        assertThat(curl(curl, "-d", "x=y", "-u", "__token__:" + token, base + "/pypi/x"))
                .isEqualTo("2 405 ");
        assertThat(curl(curl, "-H", "Authorization: a", "-H", "authorization: b", base + PAGE))
                .isEqualTo("2 400 ");
    }

    @Test
    void theLogsHaveTheUserAndNoSecret() {
        mirror.get("/simple/demo/?who", ALICE);
        mirror.get("/simple/demo/?wrong", basic("alice:secret-but-wrong"));
        mirror.get("/simple/demo/?forbidden", BOB);
        mirror.get("/simple/demo/?token", basic("__token__:" + token));
        mirror.get("/simple/demo/?utf8", basic("j\u00f6rg:p\u00e4ss \u00e9"));
        Eventually.is(
                SOON,
                "the lines",
                () -> accessLog.toFile().exists()
                        && contentOf(accessLog.toFile())
                                        .lines()
                                        .filter(line -> line.matches(".*\\?(who|wrong|forbidden|token|utf8) .*"))
                                        .count()
                                >= 5);
        String lines = contentOf(accessLog.toFile());
        assertThat(lines.lines())
                .anyMatch(line -> line.startsWith("127.0.0.1 - alice [") && line.contains("?who HTTP/1.1\" 200"))
                .anyMatch(line -> line.startsWith("127.0.0.1 - - [") && line.contains("?wrong HTTP/1.1\" 401"))
                .anyMatch(line -> line.startsWith("127.0.0.1 - bob [") && line.contains("?forbidden HTTP/1.1\" 403"))
                .anyMatch(line -> line.startsWith("127.0.0.1 - ci [") && line.contains("?token HTTP/1.1\" 200"))
                .anyMatch(line -> line.contains(" - j\\xC3\\xB6rg [") || line.contains(" - j\u00f6rg ["));
        String all = lines + String.join("\n", log.messages());
        assertThat(all).contains("a wrong login to pypi from 127.0.0.1");
        for (String secret :
                List.of("secret-but-wrong", "hunter2", "pa:ss", token, ALICE.substring(21), BOB.substring(21))) {
            assertThat(all).doesNotContain(secret);
        }
    }

    private static RawHttp.Response write(String method, String target, String... lines) {
        try (RawHttp client = mirror.connect()) {
            return client.request(method, target, lines).read();
        }
    }

    private static String curl(List<String> curl, String... arguments) {
        List<String> command = new ArrayList<>(curl);
        command.addAll(List.of(arguments));
        return Subprocess.command(command).run(SOON).orFail().out().replace("\n", "");
    }

    /** A line of htpasswd's, by the cheapest bcrypt that there is. */
    private static String line(String user, String password) {
        byte[] salt = user.repeat(16).substring(0, 16).toLowerCase(Locale.ROOT).getBytes(ISO_8859_1);
        return user + ":" + OpenBSDBCrypt.generate("2y", password.getBytes(UTF_8), salt, 4) + "\n";
    }

    private static String basic(String login) {
        return "Authorization: Basic " + base64(login.getBytes(UTF_8));
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
