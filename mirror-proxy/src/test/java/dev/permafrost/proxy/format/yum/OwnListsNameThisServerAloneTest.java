package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.model.SnapshotId;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever asks here for a metalink, or a list of mirrors, is told of this server, and of the metadata that it serves now. */
final class OwnListsNameThisServerAloneTest extends MirroredRpms {
    private static RpmTree tree(String revision) {
        return new RpmTree().revision(revision).simpleNames().with("a.rpm", RpmTree.bytes("package " + revision));
    }

    private void awaitWhole(String dir) {
        Eventually.is(
                PATIENCE,
                "a whole generation",
                () -> String.valueOf(get(dir + REPOMD).header("Cache-Status")).contains("304"));
    }

    private static Metalink read(RawHttp.Response response) {
        assertThat(response.status()).as(response.body().text()).isEqualTo(200);
        assertThat(response.header("Content-Type")).isEqualTo("application/metalink+xml");
        return Metalink.read(response.body().bytes(), "our own");
    }

    @ParameterizedTest
    @ValueSource(strings = {"metalink", "metalink.xml"})
    void theMetalinkIsOfTheMetadataThatIsServed(String name) {
        tree("1").at(upstream, AT + "c+d/");
        // files of plain names are called otherwise here, so that repomd.xml is another than upstream's
        Metalink metalink = read(get("c%2Bd/" + name + "?countme=1"));
        assertThat(metalink.mirrors())
                .extracting(mirror -> mirror.base().toString())
                .containsExactly("http://127.0.0.1:" + mirror.port() + "/yum/c%2Bd/");
        Metalink.Version version = metalink.versions().get(0);
        byte[] repomd = ok("c%2Bd/" + REPOMD).body().bytes();
        assertThat(version.fits(repomd)).isTrue();
        assertThat(version.digests()).hasSize(4);
        assertThat(version.sizeBytes()).isEqualTo(repomd.length);
        assertThat(version.timestampSeconds()).isEqualTo(1_700_000_000);
    }

    @Test
    void theListOfMirrorsIsOfOneUrl() {
        tree("1").at(upstream, AT);
        RawHttp.Response list = ok("mirrorlist");
        assertThat(list.header("Content-Type")).startsWith("text/plain");
        assertThat(list.body().text()).isEqualTo("http://127.0.0.1:" + mirror.port() + "/yum/\n");
    }

    @Test
    void theUrlIsTheOneThatProxiesBeforeItHave() {
        mirror.close();
        mirror = RunningMirror.in(data)
                .beside(YumRepositories.from(upstream, AT))
                .behind(List.of("127.0.0.0/8"), "/up")
                .start();
        tree("1").at(upstream, AT);
        String[] forwarded = {"X-Forwarded-Proto: https", "X-Forwarded-Host: mirror.example.org"};
        assertThat(mirror.get("/yum/mirrorlist", forwarded).body().text())
                .isEqualTo("https://mirror.example.org/up/yum/\n");
        RawHttp.Response metalink = mirror.get("/yum/metalink", forwarded);
        assertThat(read(metalink).mirrors().get(0).base()).isEqualTo(URI.create("https://mirror.example.org/up/yum/"));
        assertThat(metalink.body().text()).contains("protocol=\"https\" type=\"https\"");
    }

    @Test
    void whoHasTheMetalinkGetsTheMetadataThatItIsOf() {
        tree("1").at(upstream, AT);
        awaitWhole("");
        Metalink metalink = read(get("metalink"));
        tree("2").at(upstream, AT);
        Eventually.is(
                PATIENCE,
                "another generation for those who ask the metalink anew",
                () -> !read(get("metalink")).versions().equals(metalink.versions()));
        // the second metalink is the one that counts by now
        byte[] repomd = ok(REPOMD).body().bytes();
        assertThat(metalink.versions().get(0).fits(repomd)).isFalse();
        tree("3").at(upstream, AT);
        for (int i = 0; i < 10; i++) {
            assertThat(ok(REPOMD).body().bytes()).isEqualTo(repomd);
        }
        upstream.awaitRequests(AT + REPOMD, 5, PATIENCE);
    }

    @Test
    void aFrozenOneHasThemToo() {
        tree("1").at(upstream, AT);
        awaitWhole("");
        ok("a.rpm");
        new YumSealing("yum", mirror.store(), data.resolve("own.asc")).seal();
        mirror.store().freeze(new SnapshotId("then"));
        mirror.close();
        mirror = RunningMirror.in(data)
                .beside(YumRepositories.from(upstream, AT))
                .frozen()
                .start();
        Metalink metalink = read(get("metalink"));
        assertThat(metalink.versions().get(0).fits(ok(REPOMD).body().bytes())).isTrue();
        assertThat(ok("mirrorlist").body().text()).isEqualTo("http://127.0.0.1:" + mirror.port() + "/yum/\n");
    }

    @Test
    void whereNoRepositoryIsUpstreamMayHaveAFileOfThatName() {
        upstream.on(AT + "x/mirrorlist").reply(Answer.ok(RpmTree.bytes("a file")));
        assertThat(ok("x/mirrorlist").body().text()).isEqualTo("a file");
        assertThat(get("x/metalink").status()).isEqualTo(404);
        upstream.on(AT + "y/" + REPOMD).reply(503);
        assertThat(get("y/metalink").status()).isEqualTo(502);
    }
}
