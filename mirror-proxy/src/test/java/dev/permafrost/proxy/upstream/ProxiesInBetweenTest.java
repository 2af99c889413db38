package dev.permafrost.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.Secret;
import dev.permafrost.proxy.repo.SecretSource;
import dev.permafrost.proxy.repo.UpstreamAuth;
import dev.permafrost.proxy.repo.UpstreamTls;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.PrivateRoot;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.Received;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyProxy;
import dev.permafrost.proxy.testing.TinyWheel;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A proxy is asked for http URLs as a whole and for tunnels to https; its login is its own, and upstream's is not for it. */
class ProxiesInBetweenTest {
    private static final IndexFile FILE = IndexFile.of(TinyWheel.of("demo", "1.0"));
    private static final String PAGE = "/simple/demo/";
    private static final String LOGIN = "Basic dXM6cEBzcw==";

    @TempDir
    Path folder;

    private final CapturedLog log = CapturedLog.open();
    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private @Nullable TinyProxy proxy;

    @AfterEach
    void stop() {
        upstream.close();
        if (proxy != null) {
            proxy.close();
        }
        log.close();
        assertThat(log.messages()).noneMatch(message -> message.contains("p@ss") || message.contains("dXM6"));
        assertThat(log.withStackTrace()).isEmpty();
    }

    @Test
    void anHttpUrlIsAskedForAsAWhole() {
        TinyProxy asked = start(LOGIN).host("index.example.test", upstream.port());
        new SimpleIndexTree().add(FILE).serve(upstream);
        try (RunningMirror mirror = mirror("http://index.example.test/simple/")
                .through("http://us:p%40ss@" + asked.address())
                .login(new UpstreamAuth.Bearer(new SecretSource.Inline(Secret.of("token"))))
                .start()) {
            assertServed(mirror);
        }
        assertThat(asked.requests())
                .contains(
                        "GET http://index.example.test" + PAGE + " HTTP/1.1",
                        "GET http://index.example.test" + FILE.path() + " HTTP/1.1");
        assertThat(upstream.requests())
                .isNotEmpty()
                .allMatch(request -> request.header("Proxy-Authorization") == null)
                .allMatch(request -> "Bearer token".equals(request.header("Authorization")));
    }

    @Test
    void aConnectionThatServesAgainStillAsksForWholeUrls() {
        String index = "http://index.example.test/simple/";
        for (String name : new String[] {"one", "two", "three"}) {
            upstream.on(index + name + "/").reply("text/html", SimpleIndexTree.html(name, List.of()));
        }
        try (RunningMirror mirror =
                mirror(index).through("http://127.0.0.1:" + upstream.port()).start()) {
            for (String name : new String[] {"one", "two", "three"}) {
                assertThat(mirror.get("/simple/" + name + "/").status())
                        .as(name)
                        .isEqualTo(200);
            }
        }
        assertThat(upstream.connections())
                .as("those of one at a time, and of the list")
                .isLessThanOrEqualTo(2);
        assertThat(upstream.requests())
                .extracting(Received::target)
                .filteredOn(target -> target.startsWith(index + "t"))
                .hasSize(2);
    }

    @Test
    void anHttpsUrlIsReachedByATunnelThatKnowsNothingOfTheLogin() {
        PrivateRoot root = new PrivateRoot("test root");
        try (ScriptedUpstream secure = ScriptedUpstream.startTls(root, false)) {
            TinyProxy asked = start(LOGIN);
            new SimpleIndexTree().add(FILE).serve(secure);
            try (RunningMirror mirror = mirror(secure.url("/simple/"))
                    .through("http://us:p%40ss@" + asked.address())
                    .upstreamTls(new UpstreamTls(null, null, null, root.write(folder), false))
                    .login(new UpstreamAuth.Bearer(new SecretSource.Inline(Secret.of("token"))))
                    .start()) {
                assertServed(mirror);
            }
            assertThat(asked.requests())
                    .isNotEmpty()
                    .allMatch(line -> line.equals("CONNECT 127.0.0.1:" + secure.port() + " HTTP/1.1"));
            assertThat(asked.heads()).noneMatch(head -> head.contains("Bearer"));
            assertThat(secure.requests())
                    .isNotEmpty()
                    .allMatch(request -> request.header("Proxy-Authorization") == null)
                    .allMatch(request -> "Bearer token".equals(request.header("Authorization")));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void aProxyThatAsksForALoginIs502AndNamesTheKey(String scheme) {
        TinyProxy asked = start(LOGIN);
        try (RunningMirror mirror = mirror(scheme + "://index.example.test/simple/")
                .through("http://us:wrong@" + asked.address())
                .start()) {
            RawHttp.Response response = mirror.get(PAGE);
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.body().text())
                    .contains("the proxy " + asked.address() + " asks for a login", "repositories.pypi.proxy")
                    .doesNotContain("wrong", "dXM6");
        }
        assertThat(asked.requests()).as("no use in trying again").hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void aProxyThatIsNotThereIs502(String scheme) {
        try (RunningMirror mirror = mirror(scheme + "://index.example.test/simple/")
                .through("127.0.0.1:9")
                .retriesMax(0)
                .start()) {
            RawHttp.Response response = mirror.get(PAGE);
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.body().text()).contains("127.0.0.1:9", "proxy");
        }
    }

    @Test
    void theEnvironmentNamesItButNotForThisMachine() {
        TinyProxy asked = start(null).host("index.example.test", upstream.port());
        new SimpleIndexTree().add(FILE).serve(upstream);
        Map<String, String> environment = Map.of("http_proxy", "http://" + asked.address());
        try (RunningMirror mirror = mirror("http://index.example.test/simple/")
                .environment(environment)
                .start()) {
            assertServed(mirror);
        }
        assertThat(asked.requests()).hasSize(2);
        try (RunningMirror mirror = RunningMirror.in(folder.resolve("other"))
                .from(upstream)
                .environment(environment)
                .start()) {
            assertServed(mirror);
        }
        assertThat(asked.requests()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1",
                "10.0.0.1",
                "169.254.169.254",
                "[::1]",
                "[fd00::1]",
                "localhost",
                "intranet",
                "x.localhost",
                "printer.local",
                "2130706433",
                "127.1",
                "0x7f.1"
            })
    void aLinkIntoTheSitesOwnNetworkIsNotAskedOfTheProxy(String host) {
        TinyProxy asked = start(null).host("index.example.test", upstream.port());
        for (String scheme : List.of("http", "https")) {
            String name = "demo-1." + scheme.length() + ".tar.gz";
            upstream.on(PAGE)
                    .reply(
                            "text/html",
                            "<a href=\"" + scheme + "://" + host + "/" + name + "#sha256=" + FILE.sha256() + "\">"
                                    + name + "</a>");
            try (RunningMirror mirror = RunningMirror.in(folder.resolve(scheme))
                    .from(URI.create("http://index.example.test/simple/"))
                    .through(asked.address())
                    .start()) {
                String page = mirror.get(PAGE).body().text();
                String link = page.replaceAll("(?s).*href=\"../..(/packages/[^\"#]*).*", "$1");
                RawHttp.Response response = mirror.get(link.startsWith("/packages/") ? link : "/packages/x/" + name);
                assertThat(response.status()).isIn(502, 404);
            }
        }
        assertThat(asked.requests()).allMatch(line -> line.contains("index.example.test/simple/"));
    }

    @Test
    void aLinkToAnotherHostIsAskedOfTheProxyWithoutTheLogin() {
        TinyProxy asked =
                start(null).host("index.example.test", upstream.port()).host("files.example.test", upstream.port());
        upstream.on(PAGE)
                .reply(
                        "text/html",
                        "<a href=\"http://files.example.test/f/" + FILE.filename() + "#sha256=" + FILE.sha256() + "\">"
                                + FILE.filename() + "</a>");
        upstream.on("/f/" + FILE.filename()).file(FILE.bytes(), "\"one\"");
        try (RunningMirror mirror = mirror("http://index.example.test/simple/")
                .through(asked.address())
                .login(new UpstreamAuth.Bearer(new SecretSource.Inline(Secret.of("token"))))
                .start()) {
            assertServed(mirror);
        }
        assertThat(upstream.requests("/f/" + FILE.filename()))
                .singleElement()
                .matches(request -> request.header("Authorization") == null);
    }

    private TinyProxy start(@Nullable String login) {
        TinyProxy started = TinyProxy.start(login);
        proxy = started;
        return started;
    }

    private RunningMirror.Builder mirror(String index) {
        return RunningMirror.in(folder.resolve("data")).from(URI.create(index));
    }

    private static void assertServed(RunningMirror mirror) {
        assertThat(mirror.get(PAGE).status()).isEqualTo(200);
        assertThat(mirror.get(FILE.path()).body().sha256()).isEqualTo(FILE.sha256());
    }
}
