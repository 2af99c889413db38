package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Received;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.YumRepositories;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** {@code permafrost sync yum} has all that upstream lists, says what it lacks, and asks for nothing twice. */
class SyncFetchesWhatUpstreamListsTest extends SyncedUpstream {
    @Test
    void allOfItIsServedAfterwardsWithoutUpstream() {
        tree("1").at(upstream, AT);
        assertThat(sync()).as(told()).isZero();
        assertThat(out.toString())
                .contains(
                        "yum: / lists 3 packages; 3 are wanted, 0 of them were held, 3 (29 bytes) to fetch",
                        "Synced: 3 files, 29 bytes came in ");
        assertThat(held()).containsExactly("p/a-1-1.noarch.rpm", "p/b-2-1.noarch.rpm", "q/c++-3-1.noarch.rpm");
        upstream.close();
        try (RunningMirror mirror = offline()) {
            for (String path : List.of("p/a-1-1.noarch.rpm", "q/c%2B%2B-3-1.noarch.rpm")) {
                assertThat(mirror.get("/yum/" + path).status()).isEqualTo(200);
            }
            assertThat(mirror.get("/yum/repodata/repomd.xml").body().bytes())
                    .as("upstream's own, since all is held")
                    .isEqualTo(tree("1").metadata().get("repodata/repomd.xml"));
        }
    }

    @Test
    void aSecondRunWithNothingNewCostsOneRequest() {
        for (RpmTree tree : List.of(tree("1"), tree("2").signed())) {
            tree.at(upstream, AT);
            assertThat(sync()).as(told()).isZero();
            upstream.forgetRequests();
            assertThat(sync()).as(told()).isZero();
            assertThat(out.toString()).contains("3 are wanted, 3 of them were held, 0 (0 bytes) to fetch");
            assertThat(upstream.requests()).extracting(Received::path).containsExactly(AT + "repodata/repomd.xml");
            assertThat(upstream.requests().get(0).header("If-None-Match")).isNotNull();
        }
    }

    @Test
    void aSignatureThatComesLateIsTakenByTheNextRun() {
        long now = Instant.now().getEpochSecond();
        tree("1").madeAt(now).at(upstream, AT);
        assertThat(sync()).as(told()).isZero();
        tree("1").madeAt(now).signed().at(upstream, AT);
        assertThat(sync()).as(told()).isZero();
        upstream.close();
        try (RunningMirror mirror = offline()) {
            assertThat(mirror.get("/yum/repodata/repomd.xml.asc").body().text()).startsWith("signature of ");
        }
    }

    @Test
    void whatIsNewIsFetchedAndNothingElse() {
        tree("1").at(upstream, AT);
        assertThat(sync()).as(told()).isZero();
        upstream.forgetRequests();
        RpmTree next = tree("2")
                .with("p/b-2-1.noarch.rpm", RpmTree.bytes("built again"))
                .with("p/d-1-1.noarch.rpm", RpmTree.bytes("package d"));
        next.at(upstream, AT);
        assertThat(sync()).as(told()).isZero();
        assertThat(out.toString()).contains("4 are wanted, 2 of them were held, 2 (20 bytes) to fetch");
        assertThat(upstream.requests())
                .extracting(Received::path)
                .filteredOn(path -> path.endsWith(".rpm"))
                .containsExactlyInAnyOrder(AT + "p/b-2-1.noarch.rpm", AT + "p/d-1-1.noarch.rpm");
    }

    @Test
    void onesThatCanNotBeHadAreNamedAndTheOthersAreFetched() {
        tree("1").at(upstream, AT);
        upstream.on(AT + "p/a-1-1.noarch.rpm").file(RpmTree.bytes("other one"), "\"other\"");
        upstream.on(AT + "p/b-2-1.noarch.rpm").reply(404);
        assertThat(sync()).as(told()).isEqualTo(SyncCommand.INCOMPLETE);
        assertThat(out.toString())
                .contains(
                        "Failed: 2",
                        "p/a-1-1.noarch.rpm: ",
                        "sha256",
                        "p/b-2-1.noarch.rpm: upstream lists it and has it not");
        assertThat(held()).containsExactly("q/c++-3-1.noarch.rpm");
    }

    @Test
    void aRepositoryThatCanNotBeReachedIsNamedAndTheOthersAreFetched() {
        tree("1").at(upstream, AT);
        int status = run(
                config(
                        "{data: data, repositories: {aa: {default: true, format: yum, upstream: 'http://127.0.0.1:9/x/'},"
                                + " yum: {format: yum, upstream: '" + upstream.url(AT) + "'}}}"),
                "yum");
        assertThat(status).as(told()).isEqualTo(SyncCommand.INCOMPLETE);
        assertThat(out.toString()).contains("aa: / can't be planned: ", "127.0.0.1:9", "Synced: 3 files");
        assertThat(held()).hasSize(3);
    }

    @Test
    void aPlanFetchesNoPackage() {
        tree("1").at(upstream, AT);
        assertThat(sync("--plan-only")).as(told()).isZero();
        assertThat(out.toString())
                .contains(
                        "3 are wanted, 0 of them were held, 3 (29 bytes) to fetch",
                        "To fetch: 3 files, 29 bytes; there is room for ");
        assertThat(sync("--plan-only", "--json")).as(told()).isZero();
        assertThat(out.toString())
                .contains("\"fetch\" : 3", "\"fetch-bytes\" : 29", "\"fits\" : true")
                .startsWith("{");
        assertThat(held()).isEmpty();
    }

    @Test
    void whatLeftUpstreamStaysUnlessItIsToGo() {
        tree("1").at(upstream, AT);
        assertThat(sync()).as(told()).isZero();
        new RpmTree()
                .revision("2")
                .with("p/b-2-1.noarch.rpm", RpmTree.bytes("package b"))
                .at(upstream, AT);
        assertThat(sync()).as(told()).isZero();
        assertThat(held()).hasSize(3);
        assertThat(sync("--delete", "--plan-only")).as(told()).isZero();
        assertThat(out.toString()).contains("; 2 are to go");
        assertThat(held()).hasSize(3);
        assertThat(sync("--delete")).as(told()).isZero();
        assertThat(out.toString()).contains("Deleted: 2 packages that upstream lists no more");
        assertThat(held()).containsExactly("p/b-2-1.noarch.rpm");
    }

    @Test
    void whatIsSupersededGoesIfThatIsSaidAndOnlyOnceTheNewerIsHeld() {
        new RpmTree()
                .revision("1")
                .with("p/a-1-1.noarch.rpm", 0, RpmTree.bytes("package a 1"))
                .with("p/b-1-1.noarch.rpm", 0, RpmTree.bytes("package b 1"))
                .at(upstream, AT);
        assertThat(sync()).as(told()).isZero();
        new RpmTree()
                .revision("2")
                .with("p/a-1-1.noarch.rpm", 0, RpmTree.bytes("package a 1"))
                .with("p/a-2-1.noarch.rpm", 0, RpmTree.bytes("package a 2"))
                .with("p/b-1-1.noarch.rpm", 0, RpmTree.bytes("package b 1"))
                .with("p/b-2-1.noarch.rpm", 0, RpmTree.bytes("package b 2"))
                .at(upstream, AT);
        upstream.on(AT + "p/b-2-1.noarch.rpm").reply(404);
        assertThat(sync("--newest-only", "--delete")).as(told()).isEqualTo(SyncCommand.INCOMPLETE);
        assertThat(held()).as("listed still").contains("p/a-1-1.noarch.rpm", "p/a-2-1.noarch.rpm");
        assertThat(sync("--newest-only", "--delete-superseded")).as(told()).isEqualTo(SyncCommand.INCOMPLETE);
        assertThat(out.toString()).contains("; 2 are to go", "Deleted: 1 packages");
        assertThat(held()).containsExactly("p/a-2-1.noarch.rpm", "p/b-1-1.noarch.rpm");
        assertThat(sync("--delete-superseded")).isEqualTo(2);
        assertThat(err.toString()).contains("with --newest-only alone");
    }

    @Test
    void aPlanSaysWhatHasChangedSinceTheLastRun() {
        tree("1").at(upstream, AT);
        assertThat(sync("--plan-only")).as(told()).isZero();
        assertThat(sync()).as(told()).isZero();
        assertThat(out.toString()).as("there was none").doesNotContain("since the last run");
        assertThat(sync()).as(told()).isZero();
        assertThat(out.toString()).contains("since the last run, of 20", ": 0 added, 0 changed, 0 removed");
        new RpmTree()
                .revision("2")
                .with("p/b-2-1.noarch.rpm", RpmTree.bytes("built again"))
                .with("p/d-1-1.noarch.rpm", RpmTree.bytes("package d"))
                .at(upstream, AT);
        assertThat(sync("--plan-only")).as(told()).isZero();
        assertThat(out.toString()).contains(": 1 added, 1 changed, 2 removed");
        assertThat(sync("--plan-only", "--json")).as(told()).isZero();
        assertThat(out.toString()).contains("p/d-1-1.noarch.rpm", "q/c++-3-1.noarch.rpm", "\"added-count\" : 1");
        assertThat(sync()).as(told()).isZero();
        assertThat(sync()).as(told()).isZero();
        assertThat(out.toString()).contains(": 0 added, 0 changed, 0 removed");
    }

    @Test
    void whatDoesNotFitOnTheDiskIsNotBegunUnlessThatIsSaid() {
        tree("1").sized("p/a-1-1.noarch.rpm", 1L << 50).at(upstream, AT);
        assertThat(sync("--plan-only")).as(told()).isZero();
        assertThat(out.toString()).contains(", which is not enough");
        upstream.forgetRequests();
        assertThat(sync()).as(told()).isEqualTo(1);
        assertThat(err.toString()).contains("has room for ", "--ignore-space begins all the same");
        assertThat(held()).isEmpty();
        assertThat(sync("--ignore-space")).as(told()).isEqualTo(SyncCommand.INCOMPLETE);
        assertThat(held()).hasSize(2);
    }

    @Test
    void whatIsNotWantedIsNeitherFetchedNorListedWhereNothingIsFetched() {
        tree("1").at(upstream, AT);
        assertThat(sync("--exclude", "b-*", "--exclude", "a-1*.noarch", "--connections=1"))
                .as(told())
                .isZero();
        assertThat(out.toString()).contains("lists 3 packages; 1 are wanted");
        assertThat(held()).containsExactly("q/c++-3-1.noarch.rpm");
        upstream.close();
        try (RunningMirror mirror = offline()) {
            assertThat(mirror.get("/yum/repodata/repomd.xml").status()).isEqualTo(200);
            assertThat(mirror.get("/yum/p/a-1-1.noarch.rpm").status()).isEqualTo(404);
            assertThat(mirror.get("/yum/repodata/repomd.xml.asc").status())
                    .as("signed by us")
                    .isEqualTo(200);
        }
    }

    @Test
    void aRunningServerDoesItAndAnswersWhatItHas() {
        tree("1").at(upstream, AT);
        try (RunningMirror mirror = RunningMirror.in(data())
                .beside(YumRepositories.of("yum", Duration.ofMinutes(10), Map.of("", List.of(upstream.uri(AT)))))
                .start()) {
            assertThat(sync()).as(told()).isZero();
            assertThat(out.toString()).contains("Synced: 3 files");
            upstream.forgetRequests();
            assertServes(mirror, tree("1"));
            assertThat(upstream.requests()).isEmpty();
        }
    }

    @Test
    void theRateIsNotExceeded() {
        new RpmTree()
                .with("p/a-1-1.noarch.rpm", new byte[600 << 10])
                .with("p/b-1-1.noarch.rpm", new byte[(600 << 10) + 1])
                .at(upstream, AT);
        long start = System.nanoTime();
        assertThat(sync("--limit-rate", "500K")).as(told()).isZero();
        assertThat(System.nanoTime() - start)
                .as("1200 KiB at 500 KiB a second, the last block unpaid")
                .isGreaterThan(Duration.ofMillis(1_300).toNanos());
        assertThat(held()).hasSize(2);
    }

    @Test
    void aServerThatFetchesNothingSaysSo() {
        tree("1").at(upstream, AT);
        assertThat(sync()).isZero();
        try (RunningMirror mirror = offline()) {
            assertThat(mirror.port()).isPositive();
            assertThat(sync()).isEqualTo(2);
            assertThat(err.toString()).contains("nothing is fetched");
        }
    }

    @Test
    void variablesOfMountsAreGivenOrAreThoseOfWhatIsHeld() {
        tree("1").at(upstream, "/pub/7/os/x86_64/");
        tree("2").at(upstream, "/pub/8/os/x86_64/");
        var config = config("{data: data, repositories: {yum: {format: yum, mounts: {$releasever/os/$basearch: '"
                + upstream.url("/pub/$releasever/os/$basearch/") + "'}}}}");
        assertThat(run(config, "yum")).isEqualTo(2);
        assertThat(err.toString()).contains("--var releasever=9 --var basearch=x86_64", "yum/DIR");
        assertThat(run(config, "yum", "yum/7/os/x86_64")).as(told()).isZero();
        assertThat(out.toString()).contains("yum: /7/os/x86_64/ lists 3");
        assertThat(run(config, "yum")).as(told()).isZero();
        assertThat(out.toString()).contains("yum: /7/os/x86_64/ lists 3").doesNotContain("/8/");
        assertThat(run(config, "yum", "--var", "releasever=7,8,9", "--var", "basearch=x86_64"))
                .as(told())
                .isZero();
        assertThat(out.toString())
                .contains("yum: /7/os/x86_64/", "yum: /8/os/x86_64/")
                .doesNotContain("/9/");
        assertThat(run(config, "yum", "yum/9/os/x86_64")).as(told()).isEqualTo(SyncCommand.INCOMPLETE);
        assertThat(out.toString()).contains("yum: /9/os/x86_64/ can't be planned: upstream has no repodata/repomd.xml");
    }

    @Test
    void whatMakesNoSenseIsSaidToMakeNone() {
        tree("1").at(upstream, AT);
        for (List<String> words : List.of(
                List.of("--limit-rate", "1K"),
                List.of("--limit-rate", "fast"),
                // more than there are numbers for
                List.of("--limit-rate", "17179869185G"),
                List.of("--connections", "0"),
                List.of("--per-host", "0"),
                List.of("--gpgcheck"),
                List.of("--key", "file"),
                List.of("--var", "x"),
                List.of("none"),
                List.of("yum/../x"))) {
            assertThat(sync(words.toArray(String[]::new))).as(words + told()).isEqualTo(2);
        }
    }
}
