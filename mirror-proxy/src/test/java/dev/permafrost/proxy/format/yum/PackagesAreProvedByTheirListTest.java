package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.YumRepositories;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Packages are what the newest list says that they are, or nobody gets the whole of them. */
final class PackagesAreProvedByTheirListTest extends MirroredRpms {
    private static RpmTree one() {
        return new RpmTree().with("Packages/a/a.rpm", RpmTree.bytes("the package"));
    }

    @Test
    void oneThatIsAskedForBeforeAnyListIsProvedByTheListAllTheSame() {
        one().at(upstream, AT);
        RawHttp.Response response = get("Packages/a/a.rpm");
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body().text()).isEqualTo("the package");
        assertThat(response.header("ETag")).contains(RpmTree.sha256(RpmTree.bytes("the package")));
        assertThat(upstream.count(AT + REPOMD)).isEqualTo(1);
    }

    @Test
    void otherBytesAreNeverDeliveredWhole() {
        one().at(upstream, AT);
        upstream.on(AT + "Packages/a/a.rpm").reply(Answer.ok(RpmTree.bytes("the packagE")));
        RawHttp.Response response = get("Packages/a/a.rpm");
        assertThat(response.status() != 200 || !response.body().complete()).isTrue();
        upstream.on(AT + "Packages/a/a.rpm").reply(Answer.ok(RpmTree.bytes("the package, and more")));
        response = get("Packages/a/a.rpm");
        assertThat(response.status() != 200 || !response.body().complete()).isTrue();
        upstream.on(AT + "Packages/a/a.rpm").reply(Answer.ok(RpmTree.bytes("the package")));
        assertThat(get("Packages/a/a.rpm").body().text()).isEqualTo("the package");
    }

    @Test
    void oneThatIsBuiltAgainUnderTheSameNameIsFetchedAgain() {
        one().at(upstream, AT);
        assertThat(get("Packages/a/a.rpm").body().text()).isEqualTo("the package");
        new RpmTree()
                .revision("2")
                .with("Packages/a/a.rpm", RpmTree.bytes("built again"))
                .at(upstream, AT);
        Eventually.is(PATIENCE, "the new list", () -> get(REPOMD).body().text().contains("<revision>2<"));
        assertThat(get("Packages/a/a.rpm").body().text()).isEqualTo("built again");
        assertThat(get("Packages/a/a.rpm").body().text()).isEqualTo("built again");
    }

    @Test
    void oneThatUpstreamHasAddedIsFoundByANewLookAtItsList() {
        one().at(upstream, AT);
        Eventually.is(
                PATIENCE,
                "the first list as a whole",
                () -> String.valueOf(get(REPOMD).header("Cache-Status")).contains("304"));
        one().revision("2").with("Packages/b/b.rpm", RpmTree.bytes("another")).at(upstream, AT);
        assertThat(get("Packages/b/b.rpm").body().text()).isEqualTo("another");
    }

    @Test
    void whatIsNotListedIsNotServed() {
        one().at(upstream, AT);
        upstream.on(AT + "Packages/b/b.rpm").reply(Answer.ok(RpmTree.bytes("who knows")));
        RawHttp.Response response = get("Packages/b/b.rpm");
        assertThat(response.status()).isEqualTo(404);
        assertThat(response.body().text()).contains("lists no such package");
        assertThat(upstream.count(AT + "Packages/b/b.rpm")).isZero();
    }

    @Test
    void namesWithOddSignsAreOneName() {
        String name = "Packages/g/gcc-c++-4.8^git~rc1.rpm";
        new RpmTree().with(name, RpmTree.bytes("signs")).at(upstream, AT);
        upstream.on(AT + "Packages/g/gcc-c%2B%2B-4.8%5Egit~rc1.rpm").file(RpmTree.bytes("signs"), "\"x\"");
        for (String asked : List.of(
                "Packages/g/gcc-c++-4.8%5Egit~rc1.rpm",
                "Packages/g/gcc-c%2B%2B-4.8%5Egit%7Erc1.rpm", "Packages/g/gcc-c%2b%2b-4.8%5egit%7erc1.rpm?countme=1")) {
            assertThat(get(asked).body().text()).as(asked).isEqualTo("signs");
        }
        assertThat(upstream.requests().stream()
                        .filter(request -> request.path().contains("gcc"))
                        .count())
                .isEqualTo(1);
    }

    @Test
    void packagesOnAnotherHostAreFetchedFromThere() {
        try (ScriptedUpstream elsewhere = ScriptedUpstream.start()) {
            elsewhere.on("/files/v1/t.rpm").file(RpmTree.bytes("elsewhere"), "\"t\"");
            new RpmTree()
                    .with("v1/t.rpm", elsewhere.url("/files"), RpmTree.bytes("elsewhere"))
                    .at(upstream, AT);
            assertThat(get("v1/t.rpm").body().text()).isEqualTo("elsewhere");
        }
    }

    @Test
    void whatLiesBesideIsPassedOn() {
        one().at(upstream, AT);
        upstream.on(AT + ".treeinfo").reply("text/plain", "[general]\n");
        upstream.on(AT + "images/pxeboot/vmlinuz").file(RpmTree.bytes("kernel"), "\"k\"");
        get(REPOMD);
        assertThat(get(".treeinfo").body().text()).isEqualTo("[general]\n");
        assertThat(get("images/pxeboot/vmlinuz").body().text()).isEqualTo("kernel");
        assertThat(get("treeinfo").status()).isEqualTo(404);
        assertThat(get("").status()).isEqualTo(404);
        assertThat(get("images/").status()).isEqualTo(404);
    }

    @Test
    void whatLiesBesideIsLookedAtAgain() {
        one().at(upstream, AT);
        upstream.on(AT + ".treeinfo").file(RpmTree.bytes("first"), "\"1\"");
        get(REPOMD);
        assertThat(get(".treeinfo").body().text()).isEqualTo("first");
        upstream.on(AT + ".treeinfo").file(RpmTree.bytes("second"), "\"2\"");
        Eventually.is(
                PATIENCE, "the second", () -> get(".treeinfo").body().text().equals("second"));
        upstream.on(AT + ".treeinfo").reply(503);
        assertThat(get(".treeinfo").body().text()).isEqualTo("second");
    }

    @Test
    void aPackageInNoRepositoryIsPassedOn() {
        upstream.on(AT + "release-latest-7.noarch.rpm").file(RpmTree.bytes("release"), "\"r\"");
        assertThat(get("release-latest-7.noarch.rpm").body().text()).isEqualTo("release");
    }

    @Test
    void rangesAndHeadsAreAnswered() {
        one().at(upstream, AT);
        get("Packages/a/a.rpm");
        RawHttp.Response part = mirror.get("/yum/Packages/a/a.rpm", "Range: bytes=4-6");
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.body().text()).isEqualTo("pac");
        RawHttp.Head head = mirror.head("/yum/Packages/a/a.rpm");
        assertThat(head.header("Content-Length")).isEqualTo("11");
        assertThat(head.header("Content-Type")).isEqualTo("application/x-rpm");
        assertThat(head.header("Accept-Ranges")).isEqualTo("bytes");
    }

    @Test
    void theNextPlaceIsAskedWhereOneFails() {
        mirror.close();
        try (ScriptedUpstream second = ScriptedUpstream.start()) {
            one().at(second, AT);
            upstream.on(AT + REPOMD).reply(503);
            mirror = RunningMirror.in(data)
                    .beside(YumRepositories.of(
                            "yum", Duration.ofHours(1), Map.of("", List.<URI>of(upstream.uri(AT), second.uri(AT)))))
                    .retriesMax(0)
                    .start();
            assertThat(get(REPOMD).status()).isEqualTo(200);
            second.on(AT + "Packages/a/a.rpm").reply(503);
            upstream.on(AT + "Packages/a/a.rpm").reply(Answer.ok(RpmTree.bytes("the package")));
            assertThat(get("Packages/a/a.rpm").body().text()).isEqualTo("the package");
        }
    }

    @Test
    void theListOfAHundredThousandIsReadByOneRow() {
        RpmTree tree = new RpmTree();
        for (int i = 0; i < 2000; i++) {
            tree.with("p/p" + i + ".rpm", RpmTree.bytes("package " + i));
        }
        tree.at(upstream, AT);
        for (int i = 0; i < 2000; i += 97) {
            assertThat(get("p/p" + i + ".rpm").body().text()).isEqualTo("package " + i);
        }
    }

    @Test
    void oneThatIsAddedWhileTheFirstListIsFetchedIsWaitedFor() throws Exception {
        RpmTree tree = new RpmTree().with("a.rpm", RpmTree.bytes("a")).at(upstream, AT);
        CountDownLatch held = new CountDownLatch(1);
        tree.metadata().forEach((path, bytes) -> {
            if (path.contains("filelists")) {
                upstream.on(AT + path).reply(Answer.ok(bytes).gate(held));
            }
        });
        assertThat(ok("a.rpm").body().text()).isEqualTo("a");
        new RpmTree()
                .revision("2")
                .with("a.rpm", RpmTree.bytes("a"))
                .with("b.rpm", RpmTree.bytes("b"))
                .at(upstream, AT);
        CompletableFuture<RawHttp.Response> added = CompletableFuture.supplyAsync(() -> get("b.rpm"));
        Thread.sleep(200);
        held.countDown();
        assertThat(added.get(20, TimeUnit.SECONDS).body().text()).isEqualTo("b");
        // and one that is nowhere is told so
        assertThat(get("c.rpm").status()).isEqualTo(404);
    }
}
