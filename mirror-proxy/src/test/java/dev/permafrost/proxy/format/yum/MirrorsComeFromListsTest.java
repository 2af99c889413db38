package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.YumConfig.Kind;
import dev.permafrost.proxy.repo.YumConfig.Source;
import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.Metalinks;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SettableClock;
import dev.permafrost.proxy.testing.YumRepositories;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Upstream is whoever a metalink, or a list of mirrors, says has the repository. */
final class MirrorsComeFromListsTest {
    private static final String LIST = "/list";
    private static final String MOUNT = "9/x86_64/";
    private static final String REPOMD = MOUNT + "repodata/repomd.xml";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path data;

    private final ScriptedUpstream lists = ScriptedUpstream.start();
    private final ScriptedUpstream first = ScriptedUpstream.start();
    private final ScriptedUpstream second = ScriptedUpstream.start();
    private final SettableClock clock = new SettableClock(java.time.Instant.now());

    @SuppressWarnings("NullAway.Init") // each test starts its own
    private RunningMirror mirror;

    private void start(Kind kind, Duration ttl) {
        start(ttl, List.of(source(kind)));
    }

    private Source source(Kind kind) {
        return new Source(kind, lists.uri(LIST + "?repo=el-$releasever&arch=$basearch"));
    }

    private void start(Duration ttl, List<Source> sources) {
        RepositoryConfig repository = YumRepositories.ofSources("yum", ttl, Map.of("$releasever/$basearch/", sources));
        mirror = RunningMirror.in(data)
                .beside(repository)
                .clock(clock)
                .failureTtl(Duration.ZERO)
                .absentTtl(Duration.ZERO)
                .retriesMax(0)
                .start();
    }

    private void start() {
        start(Kind.METALINK, Duration.ZERO);
    }

    @AfterEach
    void stop() {
        mirror.close();
        lists.close();
        first.close();
        second.close();
    }

    private void list(Metalinks metalink) {
        lists.on(LIST).reply("application/metalink+xml", metalink.text());
    }

    private RawHttp.Response get(String path) {
        clock.advance(Duration.ofMillis(1));
        return mirror.get("/yum/" + path);
    }

    private static RpmTree tree(String revision) {
        return new RpmTree().revision(revision).with("a-" + revision + ".rpm", RpmTree.bytes("package " + revision));
    }

    private void awaitRevision(String revision) {
        Eventually.is(
                PATIENCE,
                "revision " + revision,
                () -> get(REPOMD).body().text().contains("<revision>" + revision + "<"));
    }

    /** Until another look at upstream has found it all here. */
    private void awaitWhole(String revision) {
        awaitRevision(revision);
        Eventually.is(
                PATIENCE,
                "a whole generation",
                () -> String.valueOf(get(REPOMD).header("Cache-Status")).contains("304"));
    }

    private Metalinks both(RpmTree newest) {
        return new Metalinks(newest).from(100, first.uri("/a/")).from(90, second.uri("/b/"));
    }

    @Test
    void theBestMirrorIsAskedAndTheVariablesAreFilledIn() {
        RpmTree one = tree("1").at(first, "/a/").at(second, "/b/");
        list(both(one).from(95, "rsync://127.0.0.1/x/"));
        start();
        awaitWhole("1");
        assertThat(get(MOUNT + "a-1.rpm").body().text()).isEqualTo("package 1");
        assertThat(second.count()).isZero();
        assertThat(lists.awaitRequest(LIST, PATIENCE).target()).isEqualTo(LIST + "?repo=el-9&arch=x86_64");
    }

    @Test
    void aListOfMirrorsIsEnough() {
        tree("1").at(second, "/b/");
        lists.on(LIST)
                .reply(
                        "text/plain",
                        "# repo = el\nftp://127.0.0.1/x/\n" + first.uri("/a") + "\n" + second.uri("/b") + "\n");
        start(Kind.MIRRORLIST, Duration.ZERO);
        first.close();
        awaitWhole("1");
        assertThat(get(MOUNT + "a-1.rpm").body().text()).isEqualTo("package 1");
    }

    @Test
    void oneThatHasAnotherThanTheMetalinkSaysIsPassedOver() {
        tree("1").at(first, "/a/");
        RpmTree two = tree("2").at(second, "/b/");
        list(both(two));
        start();
        try (CapturedLog log = CapturedLog.open()) {
            awaitWhole("2");
            log.await(PATIENCE, "/a/repodata/repomd.xml is none of the 1 that the metalink says it may be");
        }
    }

    /** Otherwise who keeps the metalink from us could choose. */
    @Test
    void aPlaceBesideAMetalinkThatCantBeReadIsNotTaken() {
        RpmTree one = tree("1").at(second, "/b/");
        start(Duration.ZERO, List.of(source(Kind.METALINK), Source.place(second.uri("/b/"))));
        for (int status : List.of(404, 503)) {
            lists.on(LIST).reply(Answer.status(status));
            assertThat(get(REPOMD).status()).isIn(404, 502, 503, 504);
            assertThat(second.count()).isZero();
        }
        list(new Metalinks(one).from(100, first.uri("/a/")));
        awaitWhole("1");
    }

    @Test
    void anOlderOneIsTakenOnceTheMetalinkNamesNoOther() {
        RpmTree withdrawn = tree("2").madeAt(1_700_000_100).at(first, "/a/");
        list(both(withdrawn));
        start();
        awaitWhole("2");
        RpmTree right = tree("1").madeAt(1_700_000_000).at(second, "/b/");
        list(both(right));
        clock.advance(Duration.ofHours(2));
        awaitRevision("1");
    }

    @Test
    void aDirectoryByAnotherSpellingIsNone() {
        RpmTree one = tree("1").at(first, "/a/").at(first, "/a//");
        list(both(one));
        start();
        assertThat(get(MOUNT + "/repodata/repomd.xml").status()).isEqualTo(404);
        assertThat(first.count()).isZero();
    }

    @Test
    void anOlderOneThatTheMetalinkAllowsIsTaken() {
        RpmTree one = tree("1").at(first, "/a/");
        list(both(tree("2")).alternate(one));
        start();
        awaitWhole("1");
    }

    @Test
    void whereNobodyHasTheRightOneWhatIsHeldStays() {
        RpmTree one = tree("1").at(first, "/a/").at(second, "/b/");
        list(both(one));
        start();
        awaitWhole("1");
        tree("bad").at(first, "/a/");
        tree("bad").at(second, "/b/");
        assertThat(get(REPOMD).body().text()).contains("<revision>1<");
        assertThat(get(MOUNT + "a-1.rpm").body().text()).isEqualTo("package 1");
    }

    @Test
    void whereNothingIsHeldTheWrongOneIsRefused() {
        tree("bad").at(first, "/a/");
        list(new Metalinks(tree("1")).from(100, first.uri("/a/")));
        start();
        RawHttp.Response response = get(REPOMD);
        assertThat(response.status()).isEqualTo(502);
        assertThat(response.body().text()).contains("none of the 1 that the metalink says it may be");
    }

    @Test
    void theListIsAskedAgainAtOnceWhereAllItsMirrorsHaveANewerOne() {
        RpmTree one = tree("1").at(first, "/a/");
        list(both(one));
        start();
        awaitWhole("1");
        RpmTree two = tree("2").at(first, "/a/");
        list(both(two));
        assertThat(lists.count(LIST)).isEqualTo(1);
        awaitWhole("2");
        assertThat(lists.count(LIST)).isGreaterThan(1);
    }

    @Test
    void theListIsAskedAgainAfterAnHour() {
        RpmTree one = tree("1").at(first, "/a/").at(second, "/b/");
        list(new Metalinks(one).from(100, first.uri("/a/")));
        start();
        awaitWhole("1");
        get(REPOMD);
        assertThat(lists.count(LIST)).isEqualTo(1);
        list(new Metalinks(one).from(100, second.uri("/b/")));
        clock.advance(Duration.ofMinutes(61));
        Eventually.is(PATIENCE, "the other mirror", () -> {
            get(REPOMD);
            return second.count("/b/repodata/repomd.xml") > 0;
        });
    }

    @Test
    void theLastListIsGoodWhereItsServerIsDown() {
        RpmTree one = tree("1").at(first, "/a/");
        list(both(one));
        start();
        awaitWhole("1");
        mirror.close();
        lists.close();
        clock.advance(Duration.ofDays(3));
        start();
        first.forgetRequests();
        assertThat(get(MOUNT + "a-1.rpm").body().text()).isEqualTo("package 1");
        assertThat(first.count("/a/a-1.rpm")).isEqualTo(1);
    }

    @Test
    void whatIsNoListIsAFailureAndAListThatIsNotThereIsNone() {
        lists.on(LIST).reply("text/html", "<html>login</html>");
        start();
        assertThat(get(REPOMD).status()).isEqualTo(502);
        assertThat(get(MOUNT + "a-1.rpm").status()).isEqualTo(502);
        list(new Metalinks(tree("1")).from(100, "rsync://127.0.0.1/x/"));
        RawHttp.Response none = get(REPOMD);
        assertThat(none.status()).isEqualTo(502);
        assertThat(none.body().text()).contains("the metalink of /9/x86_64/", "names no mirror of HTTP or HTTPS");
        lists.on(LIST).reply(404);
        // one that was asked before may be on its way still
        Eventually.is(PATIENCE, "404", () -> get(REPOMD).status() == 404);
        assertThat(get(MOUNT + "a-1.rpm").status()).isEqualTo(404);
    }

    @Test
    void theMetalinkSpeaksForAPlaceBesideItToo() {
        list(both(tree("1")));
        mirror = RunningMirror.in(data)
                .beside(YumRepositories.ofSources(
                        "yum",
                        Duration.ZERO,
                        Map.of(
                                "$releasever/$basearch/",
                                List.of(new Source(Kind.METALINK, lists.uri(LIST)), Source.place(lists.uri("/c/"))))))
                .retriesMax(0)
                .failureTtl(Duration.ZERO)
                .start();
        tree("other").at(lists, "/c/");
        assertThat(get(REPOMD).status()).isEqualTo(502);
        tree("1").at(lists, "/c/");
        assertThat(get(REPOMD).body().text()).contains("<revision>1<");
    }
}
