package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.YumRepositories;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** A client never gets metadata of two generations, whatever upstream does meanwhile. */
final class GenerationsSwitchAsOneTest extends MirroredRpms {
    private static final Pattern LOCATION = Pattern.compile("type=\"(\\w+)\">.*?href=\"([^\"]+)\"", Pattern.DOTALL);

    private String repomd() {
        return ok(REPOMD).body().text();
    }

    private static byte[] file(RpmTree tree, String path) {
        return Objects.requireNonNull(tree.metadata().get(path), path);
    }

    private static String href(String repomd, String type) {
        Matcher locations = LOCATION.matcher(repomd);
        while (locations.find()) {
            if (locations.group(1).equals(type)) {
                return locations.group(2);
            }
        }
        throw new AssertionError("no " + type + " in " + repomd);
    }

    private static RpmTree tree(String revision) {
        return new RpmTree().revision(revision).with("a-" + revision + ".rpm", RpmTree.bytes("package " + revision));
    }

    private void awaitRevision(String revision) {
        Eventually.is(PATIENCE, "revision " + revision, () -> repomd().contains("<revision>" + revision + "<"));
    }

    @Test
    void whatUpstreamHasIsPassedOnByteForByte() {
        RpmTree tree = tree("1").signed().at(upstream, AT);
        tree.metadata()
                .forEach((path, bytes) ->
                        assertThat(ok(path).body().bytes()).as(path).isEqualTo(bytes));
        awaitRevision("1");
        tree.metadata()
                .forEach((path, bytes) ->
                        assertThat(ok(path).body().bytes()).as(path).isEqualTo(bytes));
    }

    @Test
    void theFirstContactIsAnsweredWhileItsFilesAreBeingFetched() {
        RpmTree tree = tree("1").at(upstream, AT);
        CountDownLatch held = new CountDownLatch(1);
        tree.metadata().forEach((path, bytes) -> {
            if (path.contains("filelists")) {
                upstream.on(AT + path).reply(Answer.ok(bytes).gate(held));
            }
        });
        String repomd = repomd();
        assertThat(ok(href(repomd, "primary")).body().complete()).isTrue();
        held.countDown();
        assertThat(ok(href(repomd, "filelists")).body().complete()).isTrue();
    }

    @Test
    void aNewOneIsSeenOnlyWhenAllOfItIsHere() {
        tree("1").at(upstream, AT);
        awaitWhole("1");
        RpmTree next = tree("2");
        CountDownLatch held = new CountDownLatch(1);
        next.at(upstream, AT);
        next.metadata().forEach((path, bytes) -> {
            if (path.contains("filelists")) {
                upstream.on(AT + path).reply(Answer.ok(bytes).gate(held));
            }
        });
        String before = repomd();
        assertThat(before).contains("<revision>1<");
        ok(href(before, "primary"));
        ok(href(before, "filelists"));
        held.countDown();
        awaitRevision("2");
        // who has read the old one can still get what it names
        ok(href(before, "primary"));
        ok(href(before, "filelists"));
    }

    /** Until upstream is asked, by a request, whether there is another one. */
    private void awaitWhole(String revision) {
        try (CapturedLog log = CapturedLog.open()) {
            awaitRevision(revision);
            if (log.messages().stream().noneMatch(line -> line.contains("is whole"))) {
                log.await(PATIENCE, "is whole");
            }
        }
    }

    @Test
    void whereUpstreamChangesMeanwhileItStartsOver() {
        RpmTree one = tree("1").simpleNames();
        RpmTree two = tree("2").simpleNames();
        one.at(upstream, AT);
        // repomd.xml is of the first, and by the time its files are asked for they are of the second
        byte[] first = file(one, REPOMD);
        two.at(upstream, AT);
        upstream.on(AT + REPOMD).reply(Answer.ok(first), Answer.ok(file(two, REPOMD)));
        Eventually.is(PATIENCE, "the second as a whole", () -> {
            RawHttp.Response response = get(REPOMD);
            if (response.status() != 200 || !response.body().text().contains("<revision>2<")) {
                return false;
            }
            RawHttp.Response primary = get(href(response.body().text(), "primary"));
            return primary.status() == 200
                    && primary.body().complete()
                    && Arrays.equals(primary.body().bytes(), file(two, "repodata/primary.xml.gz"));
        });
    }

    @Test
    void plainNamesOfWhatIsNotSignedAreMadeUnique() {
        RpmTree one = tree("1").simpleNames().at(upstream, AT);
        String before = repomd();
        String primary = href(before, "primary");
        assertThat(primary)
                .isNotEqualTo("repodata/primary.xml.gz")
                .contains(RpmTree.sha256(file(one, "repodata/primary.xml.gz")));
        awaitWhole("1");
        tree("2").simpleNames().at(upstream, AT);
        awaitRevision("2");
        assertThat(ok(primary).body().bytes()).isEqualTo(file(one, "repodata/primary.xml.gz"));
        assertThat(href(repomd(), "primary")).isNotEqualTo(primary);
    }

    @Test
    void aClientGetsPlainNamesOfTheSignedOneThatItWasGiven() {
        RpmTree one = tree("1").simpleNames().signed().at(upstream, AT);
        awaitWhole("1");
        RpmTree two = tree("2").simpleNames().signed().at(upstream, AT);
        String repomd = repomd();
        RpmTree given = repomd.contains("<revision>1<") ? one : two;
        assertThat(ok(REPOMD + ".asc").body().bytes()).isEqualTo(file(given, REPOMD + ".asc"));
        assertThat(ok("repodata/primary.xml.gz").body().bytes()).isEqualTo(file(given, "repodata/primary.xml.gz"));
        awaitRevision("2");
        assertThat(ok(REPOMD + ".asc").body().bytes()).isEqualTo(file(two, REPOMD + ".asc"));
        assertThat(ok("repodata/primary.xml.gz").body().bytes()).isEqualTo(file(two, "repodata/primary.xml.gz"));
    }

    @Test
    void aSignatureOfAnotherOneIsNotPairedWithIt() {
        RpmTree one = tree("1").signed();
        RpmTree two = tree("2").signed();
        two.at(upstream, AT);
        one.at(upstream, AT);
        upstream.on(AT + REPOMD).reply(Answer.ok(file(one, REPOMD)), Answer.ok(file(two, REPOMD)));
        upstream.on(AT + REPOMD + ".asc").reply(Answer.ok(file(two, REPOMD + ".asc")));
        assertThat(repomd()).contains("<revision>2<");
        assertThat(ok(REPOMD + ".asc").body().bytes()).isEqualTo(file(two, REPOMD + ".asc"));
    }

    @Test
    void oneThatIsBrokenChangesNothing() {
        tree("1").at(upstream, AT);
        awaitWhole("1");
        RpmTree two = tree("2").at(upstream, AT);
        two.metadata().forEach((path, bytes) -> {
            if (path.contains("filelists")) {
                byte[] other = bytes.clone();
                other[other.length - 1] ^= 1;
                upstream.on(AT + path).reply(Answer.ok(other));
            }
        });
        try (CapturedLog log = CapturedLog.open()) {
            String repomd = repomd();
            assertThat(repomd).contains("<revision>1<");
            ok(href(repomd, "filelists"));
            log.await(PATIENCE, "filelists", AT);
        }
        upstream.on(AT + REPOMD).reply("application/xml", "<repomd><billion laughs");
        assertThat(repomd()).contains("<revision>1<");
    }

    @Test
    void oneThatListsNothingAnyMoreIsNotTaken() {
        tree("1").at(upstream, AT);
        awaitWhole("1");
        new RpmTree().revision("2").at(upstream, AT);
        try (CapturedLog log = CapturedLog.open()) {
            assertThat(repomd()).contains("<revision>1<");
            log.await(PATIENCE, "lists no package any more, and listed 1 before");
        }
        assertThat(ok("a-1.rpm").body().text()).isEqualTo("package 1");
    }

    @Test
    void whatIsHeldIsServedWhereUpstreamDoesNotAnswer() {
        tree("1").at(upstream, AT);
        awaitWhole("1");
        upstream.on(AT + REPOMD).reply(503);
        RawHttp.Response stale = ok(REPOMD);
        assertThat(stale.body().text()).contains("<revision>1<");
        assertThat(stale.header("Cache-Status")).contains("stale");
        // createrepo replaces the folder, and for a moment there is none
        upstream.on(AT + REPOMD).reply(404);
        assertThat(ok(REPOMD).body().text()).contains("<revision>1<");
    }

    @Test
    void aSignatureThatComesLaterIsTaken() {
        RpmTree one = tree("1").signed().at(upstream, AT);
        upstream.on(AT + REPOMD + ".asc").reply(404);
        awaitWhole("1");
        assertThat(get(REPOMD + ".asc").status()).isEqualTo(404);
        one.at(upstream, AT);
        Eventually.is(PATIENCE, "the signature", () -> {
            repomd();
            return Arrays.equals(get(REPOMD + ".asc").body().bytes(), file(one, REPOMD + ".asc"));
        });
    }

    @Test
    void aSignatureThatIsGoneForAMomentStays() {
        RpmTree one = tree("1").signed().at(upstream, AT);
        awaitWhole("1");
        upstream.on(AT + REPOMD + ".asc").reply(404);
        repomd();
        repomd();
        assertThat(ok(REPOMD + ".asc").body().bytes()).isEqualTo(file(one, REPOMD + ".asc"));
    }

    @Test
    void aNewOneWaitsForItsSignature() {
        RpmTree one = tree("1").signed().at(upstream, AT);
        awaitWhole("1");
        RpmTree two = tree("2").signed().at(upstream, AT);
        upstream.on(AT + REPOMD + ".asc").reply(Answer.ok(file(one, REPOMD + ".asc")));
        assertThat(repomd()).contains("<revision>1<");
        assertThat(repomd()).contains("<revision>1<");
        two.at(upstream, AT);
        awaitRevision("2");
        assertThat(ok(REPOMD + ".asc").body().bytes()).isEqualTo(file(two, REPOMD + ".asc"));
    }

    @Test
    void whatMayNotBeHadBesideItIsNotNeeded() {
        tree("1").at(upstream, AT);
        upstream.on(AT + REPOMD + ".asc").reply(403);
        upstream.on(AT + REPOMD + ".key").reply(500);
        awaitWhole("1");
    }

    @Test
    void aPlaceThatLagsBehindTurnsNothingBack() {
        mirror.close();
        try (ScriptedUpstream second = ScriptedUpstream.start()) {
            mirror = RunningMirror.in(data)
                    .beside(YumRepositories.of(
                            "yum", Duration.ZERO, Map.of("", List.of(upstream.uri(AT), second.uri(AT)))))
                    .retriesMax(0)
                    .start();
            tree("2").madeAt(1_700_000_500).at(upstream, AT);
            tree("1").at(second, AT);
            awaitRevision("2");
            Eventually.is(
                    PATIENCE,
                    "a whole generation",
                    () -> String.valueOf(ok(REPOMD).header("Cache-Status")).contains("304"));
            upstream.on(AT + REPOMD).reply(503);
            assertThat(repomd()).contains("<revision>2<");
        }
    }

    @Test
    void theNextPlaceIsAskedForAFileThatIsMissing() {
        mirror.close();
        try (ScriptedUpstream second = ScriptedUpstream.start()) {
            mirror = RunningMirror.in(data)
                    .beside(YumRepositories.of(
                            "yum", Duration.ZERO, Map.of("", List.of(upstream.uri(AT), second.uri(AT)))))
                    .start();
            RpmTree one = tree("1").at(upstream, AT).at(second, AT);
            one.metadata().keySet().stream()
                    .filter(path -> path.contains("filelists"))
                    .forEach(path -> upstream.on(AT + path).reply(404));
            awaitWhole("1");
        }
    }

    @Test
    void metadataOutsideItsFolderIsRefused() {
        byte[] document = new String(file(tree("1"), REPOMD), java.nio.charset.StandardCharsets.UTF_8)
                .replace("href=\"repodata/", "href=\"")
                .getBytes(java.nio.charset.StandardCharsets.UTF_8);
        upstream.on(AT + REPOMD).reply(Answer.ok(document));
        RawHttp.Response response = get(REPOMD);
        assertThat(response.status()).isEqualTo(502);
    }

    @Test
    void whereNothingIsHeldTheFailureIsTold() {
        upstream.on(AT + REPOMD).reply(503);
        assertThat(get(REPOMD).status()).isEqualTo(502);
        upstream.on(AT + REPOMD).reply("text/html", "<html>login</html>");
        assertThat(get(REPOMD).status()).isEqualTo(502);
        upstream.on(AT + REPOMD).reply(404);
        assertThat(get(REPOMD).status()).isEqualTo(404);
        assertThat(get(REPOMD + ".asc").status()).isEqualTo(404);
        assertThat(get("repodata/x-primary.xml.gz").status()).isEqualTo(404);
    }

    @Test
    void upstreamIsAskedOnceForHowManySoever() throws InterruptedException {
        tree("1").at(upstream, AT);
        byte[] document = file(tree("1"), REPOMD);
        CountDownLatch held = new CountDownLatch(1);
        upstream.on(AT + REPOMD).reply(Answer.ok(document).gate(held));
        Thread[] clients = new Thread[20];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = new Thread(() -> ok(REPOMD));
            clients[i].start();
        }
        upstream.awaitRequest(AT + REPOMD, PATIENCE);
        held.countDown();
        for (Thread client : clients) {
            client.join();
        }
        for (Map.Entry<String, byte[]> file : tree("1").metadata().entrySet()) {
            if (!file.getKey().equals(REPOMD)) {
                assertThat(upstream.count(AT + file.getKey())).as(file.getKey()).isLessThanOrEqualTo(1);
            }
        }
    }

    @Test
    void upstreamIsNotAskedAgainBeforeItIsTime() {
        mirror.close();
        mirror = RunningMirror.in(data)
                .beside(YumRepositories.of("yum", Duration.ofHours(1), Map.of("", List.of(upstream.uri(AT)))))
                .start();
        tree("1").at(upstream, AT);
        awaitRevision("1");
        Eventually.is(
                PATIENCE,
                "a hit",
                () -> String.valueOf(ok(REPOMD).header("Cache-Status")).endsWith("; hit"));
        upstream.forgetRequests();
        ok(REPOMD);
        assertThat(upstream.count()).isZero();
    }

    @Test
    void whatIsWholeOutlivesTheServer() {
        tree("1").at(upstream, AT);
        awaitWhole("1");
        ok("a-1.rpm");
        mirror.close();
        upstream.close();
        mirror = RunningMirror.in(data)
                .beside(YumRepositories.from(upstream, AT))
                .start();
        String repomd = repomd();
        ok(href(repomd, "primary"));
        ok(href(repomd, "filelists"));
        ok("a-1.rpm");
    }
}
