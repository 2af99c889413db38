package dev.permafrost.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.repo.Secret;
import dev.permafrost.proxy.repo.SecretSource;
import dev.permafrost.proxy.repo.UpstreamAuth;
import dev.permafrost.proxy.repo.UpstreamTls;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.PrivateRoot;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An upstream with a private root is believed if that is configured, and one that wants to see a certificate is shown ours. */
class CertificatesTowardsUpstreamTest {
    private static final IndexFile FILE = IndexFile.of(TinyWheel.of("demo", "1.0"));
    private static final String PAGE = "/simple/demo/";

    @TempDir
    Path folder;

    private final PrivateRoot root = new PrivateRoot("test root");
    private Path ca = Path.of("");

    @BeforeEach
    void write() {
        ca = root.write(folder);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPrivateRootIsTrustedBesideTheSystemsOrAlone(boolean systemCa) {
        try (ScriptedUpstream upstream = serving(false);
                RunningMirror mirror = mirror(upstream, new UpstreamTls(null, null, null, ca, systemCa))) {
            assertThat(mirror.get(PAGE).status()).isEqualTo(200);
            assertThat(mirror.get(FILE.path()).body().sha256()).isEqualTo(FILE.sha256());
        }
    }

    @Test
    void aRootThatNobodyNamedIsNotTrusted() {
        try (ScriptedUpstream upstream = serving(false);
                RunningMirror mirror = mirror(upstream, UpstreamTls.defaults())) {
            RawHttp.Response response = mirror.get(PAGE);
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.body().text())
                    .contains("TLS failed", "name its PEM file in repositories.pypi.upstream-tls.ca");
        }
    }

    @Test
    void aCertificateForAnotherHostIsNotAccepted() {
        try (ScriptedUpstream upstream = serving(false);
                RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                        .from(java.net.URI.create("https://localhost:" + upstream.port() + "/simple/"))
                        .retriesMax(0)
                        .upstreamTls(new UpstreamTls(null, null, null, ca, true))
                        .start()) {
            assertThat(mirror.get(PAGE).status()).isEqualTo(502);
            assertThat(upstream.count()).isZero();
        }
    }

    @Test
    void aClientsCertificateIsShown() {
        Path client = root.client(folder, "mirror");
        try (ScriptedUpstream upstream = serving(true);
                RunningMirror mirror = mirror(upstream, new UpstreamTls(client, client, null, ca, true))) {
            assertThat(mirror.get(PAGE).status()).isEqualTo(200);
            assertThat(mirror.get(FILE.path()).body().sha256()).isEqualTo(FILE.sha256());
        }
    }

    @Test
    void withoutAClientsCertificateAnUpstreamThatWantsOneIs502() {
        try (ScriptedUpstream upstream = serving(true);
                RunningMirror mirror = mirror(upstream, new UpstreamTls(null, null, null, ca, true))) {
            RawHttp.Response response = mirror.get(PAGE);
            assertThat(response.status()).isEqualTo(502);
            assertThat(response.body().text()).contains("repositories.pypi.upstream-tls.certificate");
        }
    }

    @Test
    void anotherHostIsNotShownTheClientsCertificate() {
        Path client = root.client(folder, "mirror");
        try (ScriptedUpstream upstream = serving(true);
                ScriptedUpstream elsewhere = ScriptedUpstream.startTls(root, true);
                RunningMirror mirror = mirror(upstream, new UpstreamTls(client, client, null, ca, true))) {
            upstream.on(FILE.path()).redirect(302, elsewhere.url("/file"));
            elsewhere.on("/file").file(FILE.bytes(), "\"one\"");
            assertThat(mirror.get(FILE.path()).status()).isEqualTo(502);
            assertThat(elsewhere.count()).isZero();
        }
    }

    @Test
    void aLoginIsNotSentInTheClear() {
        try (ScriptedUpstream upstream = serving(false);
                ScriptedUpstream plain = ScriptedUpstream.start();
                RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                        .from(upstream)
                        .login(new UpstreamAuth.Bearer(new SecretSource.Inline(Secret.of("token"))))
                        .upstreamTls(new UpstreamTls(null, null, null, ca, true))
                        .start()) {
            upstream.on("/simple/linked/")
                    .reply(
                            "text/html",
                            "<a href=\"" + plain.url("/linked-1.0.tar.gz") + "#sha256=" + FILE.sha256()
                                    + "\">linked-1.0.tar.gz</a>");
            plain.on("/linked-1.0.tar.gz").file(FILE.bytes(), "\"one\"");
            upstream.on(PAGE).redirect(302, plain.url(PAGE));
            assertThat(mirror.get(PAGE).status()).isEqualTo(502);
            assertThat(upstream.requests(PAGE))
                    .allMatch(request -> "Bearer token".equals(request.header("Authorization")));
            String page = mirror.get("/simple/linked/").body().text();
            String link = page.replaceAll("(?s).*href=\"../..(/packages/[^\"#]*).*", "$1");
            assertThat(mirror.get(link).status()).isEqualTo(200);
            assertThat(plain.requests()).singleElement().matches(request -> request.header("Authorization") == null);
        }
    }

    @Test
    void whatHasNoStrongDigestIsNotFetchedInTheClear() {
        try (ScriptedUpstream upstream = serving(false);
                ScriptedUpstream plain = ScriptedUpstream.start();
                CapturedLog log = CapturedLog.open()) {
            String at = plain.url("/linked-");
            upstream.on("/simple/linked/").reply("application/vnd.pypi.simple.v1+json", """
                    {"meta":{"api-version":"1.3"},"name":"linked","versions":[],"files":[
                    {"filename":"linked-1.0.tar.gz","url":"%s1.0.tar.gz","hashes":{}},
                    {"filename":"linked-1.1.tar.gz","url":"%s1.1.tar.gz","hashes":{"md5":"%s"}},
                    {"filename":"linked-1.2.tar.gz","url":"%s1.2.tar.gz","hashes":{"sha256":"%s"},"provenance":"%s"},
                    {"filename":"linked-1.3.tar.gz","url":"%s1.3.tar.gz","hashes":{"sha512":"%s"}},
                    {"filename":"linked-1.4.tar.gz","url":"%s","hashes":{}}]}""".formatted(
                            at,
                            at,
                            "0".repeat(32),
                            at,
                            "0".repeat(64),
                            at,
                            at,
                            "0".repeat(128),
                            upstream.url("/linked-1.4.tar.gz")));
            try (RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                    .from(upstream)
                    .upstreamTls(new UpstreamTls(null, null, null, ca, true))
                    .pageTtl(Duration.ZERO)
                    .start()) {
                String page = mirror.get("/simple/linked/", "Accept: application/vnd.pypi.simple.v1+json")
                        .body()
                        .text();
                assertThat(page)
                        .contains("linked-1.2.tar.gz", "linked-1.3.tar.gz", "linked-1.4.tar.gz")
                        .doesNotContain("linked-1.0.tar.gz", "linked-1.1.tar.gz", "provenance\":\"");
                assertThat(mirror.get("/simple/linked/").status()).isEqualTo(200);
                assertThat(mirror.get("/packages/linked/linked-1.0.tar.gz").status())
                        .isEqualTo(404);
            }
            assertThat(log.messages())
                    .filteredOn(line -> line.contains("at http://127.0.0.1 without a sha256"))
                    .hasSize(1);
            assertThat(plain.count()).isZero();
            try (RunningMirror mirror = RunningMirror.in(folder.resolve("trusting"))
                    .from(upstream)
                    .trusting("127.0.0.1")
                    .upstreamTls(new UpstreamTls(null, null, null, ca, true))
                    .start()) {
                assertThat(mirror.get("/simple/linked/").body().text()).contains("linked-1.0.tar.gz");
            }
        }
    }

    @Test
    void aFileThatCantBeUsedIsSaidAtTheStart() {
        try (ScriptedUpstream upstream = serving(false)) {
            Path none = folder.resolve("none.pem");
            assertThatThrownBy(() -> mirror(upstream, new UpstreamTls(null, null, null, none, true)))
                    .hasMessage("repositories.pypi.upstream-tls: " + none + " is not there");
            assertThatThrownBy(() -> mirror(upstream, new UpstreamTls(ca, ca, null, null, true)))
                    .hasMessageContaining("repositories.pypi.upstream-tls: " + ca + " has no private key");
        }
    }

    private ScriptedUpstream serving(boolean asksForCertificate) {
        ScriptedUpstream upstream = ScriptedUpstream.startTls(root, asksForCertificate);
        new SimpleIndexTree().add(FILE).serve(upstream);
        return upstream;
    }

    private RunningMirror mirror(ScriptedUpstream upstream, UpstreamTls tls) {
        return RunningMirror.in(folder.resolve("data"))
                .from(upstream)
                .retriesMax(0)
                .upstreamTls(tls)
                .start();
    }
}
