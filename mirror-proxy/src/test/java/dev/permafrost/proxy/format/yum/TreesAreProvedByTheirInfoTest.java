package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is booted to install from is what the tree's own description says, or nobody gets the whole of it. */
final class TreesAreProvedByTheirInfoTest extends MirroredRpms {
    private static final byte[] IMAGE = RpmTree.bytes("the image");
    private static final String PATH = "os/images/pxeboot/vmlinuz";

    private static byte[] info(String kind, Algorithm algorithm, byte[] image) {
        return """
                [general]
                family = Fedora
                ; images/pxeboot/vmlinuz = sha256:0000
                [checksums]
                # the kernel
                images/odd = crc:1
                images/odder = sha256:1
                images/pxeboot/vmlinuz = %s:%s
                [images-x86_64]
                kernel = images/pxeboot/vmlinuz
                [stage2]
                mainimage = images/install.img
                """.formatted(kind, Checksums.of(algorithm, image).hex()).getBytes(UTF_8);
    }

    private void assertRefused(String path) {
        RawHttp.Response response = get(path);
        assertThat(response.status() != 200 || !response.body().complete()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({".treeinfo,sha256,SHA256", "treeinfo,md5,MD5", ".treeinfo,sha1,SHA1"})
    void otherBytesAreNeverDeliveredWhole(String name, String kind, Algorithm algorithm) {
        upstream.on(AT + "os/" + name).reply(Answer.ok(info(kind, algorithm, IMAGE)));
        upstream.on(AT + PATH).reply(Answer.ok(RpmTree.bytes("the imagE")));
        // though nobody has asked for the description
        assertRefused(PATH);
        upstream.on(AT + PATH).reply(Answer.ok(IMAGE));
        assertThat(ok(PATH).body().bytes()).isEqualTo(IMAGE);
        assertThat(ok(PATH).body().bytes()).isEqualTo(IMAGE);
        assertThat(upstream.count(AT + PATH)).isEqualTo(2);
        // it says nothing of this one
        upstream.on(AT + "os/images/install.img").reply(Answer.ok(IMAGE));
        assertThat(ok("os/images/install.img").body().bytes()).isEqualTo(IMAGE);
    }

    @Test
    void aTreeThatIsMadeAnewIsFetchedAgain() {
        upstream.on(AT + "os/.treeinfo").reply(Answer.ok(info("sha256", Algorithm.SHA256, IMAGE)));
        upstream.on(AT + PATH).reply(Answer.ok(IMAGE));
        assertThat(ok(PATH).body().bytes()).isEqualTo(IMAGE);
        byte[] other = RpmTree.bytes("another image");
        upstream.on(AT + "os/.treeinfo").reply(Answer.ok(info("sha256", Algorithm.SHA256, other)));
        upstream.on(AT + PATH).reply(Answer.ok(other));
        mirror.close();
        start();
        assertThat(ok(PATH).body().bytes()).isEqualTo(other);
    }

    /** Which may take as long as it likes. */
    @Test
    void aDescriptionThatDribblesIsNotWaitedForForEver() {
        restart(builder().pageWait(Duration.ofSeconds(1)));
        CountDownLatch gate = new CountDownLatch(1);
        upstream.on(AT + "os/.treeinfo")
                .reply(Answer.ok(info("sha256", Algorithm.SHA256, IMAGE)).gateAfter(20, gate));
        upstream.on(AT + PATH).reply(Answer.ok(IMAGE));
        long begun = System.nanoTime();
        RawHttp.Response late = get(PATH);
        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(8));
        assertThat(late.status()).isEqualTo(504);
        assertThat(late.body().text()).contains("os/.treeinfo", "images/pxeboot/vmlinuz", "within 1 s");
        assertThat(upstream.count(AT + PATH)).isZero();
        gate.countDown();
        Eventually.is(PATIENCE, "the image", () -> get(PATH).status() == 200);
        // from now on there is one that may be out of date, which is better than none
        CountDownLatch again = new CountDownLatch(1);
        upstream.on(AT + "os/.treeinfo")
                .reply(Answer.ok(info("sha256", Algorithm.SHA256, IMAGE)).gateAfter(20, again));
        restart(builder().pageWait(Duration.ofSeconds(1)));
        assertThat(ok(PATH).body().bytes()).isEqualTo(IMAGE);
        again.countDown();
    }

    @Test
    void aDescriptionThatCannotBeHadIsNotOneThatIsNotThere() {
        upstream.on(AT + PATH).reply(Answer.ok(IMAGE));
        upstream.on(AT + "os/.treeinfo").reply(503);
        RawHttp.Response unproved = get(PATH);
        assertThat(unproved.status()).isEqualTo(502);
        assertThat(unproved.body().text()).contains("os/.treeinfo", "503");
        assertThat(upstream.count(AT + PATH)).isZero();
        upstream.on(AT + "os/.treeinfo").reply(Answer.ok(info("sha256", Algorithm.SHA256, IMAGE)));
        assertThat(ok(PATH).body().bytes()).isEqualTo(IMAGE);
        upstream.on(AT + "os/.treeinfo").reply(503);
        restart(builder());
        assertThat(ok(PATH).body().bytes()).isEqualTo(IMAGE);
    }

    private void restartWith(URI... places) {
        restart(RunningMirror.in(data)
                .beside(YumRepositories.of("yum", Duration.ZERO, Map.of("", List.of(places))))
                .failureTtl(Duration.ZERO)
                .absentTtl(Duration.ZERO));
    }

    /** Of several mirrors one is dead ever so often. */
    @Test
    void oneAnswerThatThereIsNoDescriptionIsEnough() {
        URI dead = URI.create("http://127.0.0.1:1/el/7/");
        upstream.on(AT + PATH).reply(Answer.ok(IMAGE));
        for (List<URI> places : List.of(List.of(upstream.uri(AT), dead), List.of(dead, upstream.uri(AT)))) {
            restartWith(places.toArray(URI[]::new));
            upstream.forgetRequests();
            assertThat(ok(PATH).body().bytes()).isEqualTo(IMAGE);
            assertThat(upstream.count(AT + "os/.treeinfo")).isPositive();
        }
        // none of these says anything of another file
        String other = "os/images/pxeboot/initrd.img";
        upstream.on(AT + other).reply(Answer.ok(IMAGE));
        upstream.on(AT + "os/.treeinfo").reply(503);
        assertThat(get(other).status()).isEqualTo(502);
    }

    @Test
    void aDescriptionThatIsMissingInOnePlaceIsLookedForInTheNext() {
        upstream.on("/other/os/.treeinfo").reply(Answer.ok(info("sha256", Algorithm.SHA256, IMAGE)));
        upstream.on(AT + PATH).reply(Answer.ok(RpmTree.bytes("the imagE")));
        upstream.on("/other/" + PATH).reply(Answer.ok(RpmTree.bytes("the imagE")));
        restartWith(upstream.uri(AT), upstream.uri("/other/"));
        assertRefused(PATH);
    }

    /** Most trees have not all of these documents: what is known of the others is as good as before. */
    @Test
    void aDescriptionThatIsNotThereMakesNoneDoubtful() {
        restart(RunningMirror.in(data)
                .beside(YumRepositories.of("yum", Duration.ofHours(1), Map.of("", List.of(upstream.uri(AT)))))
                .failureTtl(Duration.ZERO)
                .absentTtl(Duration.ZERO));
        upstream.on(AT + "os/.treeinfo").reply(Answer.ok(info("sha256", Algorithm.SHA256, IMAGE)));
        upstream.on(AT + PATH).reply(Answer.ok(IMAGE));
        assertThat(ok(PATH).body().bytes()).isEqualTo(IMAGE);
        upstream.forgetRequests();
        for (String missing : List.of("os/extra_files.json", "os/treeinfo", "os/images/none", "os/none")) {
            assertThat(get(missing).status()).as(missing).isEqualTo(404);
        }
        String other = "os/images/pxeboot/initrd.img";
        upstream.on(AT + other).reply(Answer.ok(IMAGE));
        assertThat(ok(other).body().bytes()).isEqualTo(IMAGE);
        assertThat(upstream.count(AT + "os/.treeinfo")).isZero();
    }

    /** Some servers answer with a page for whatever they don't have. */
    @Test
    void whatIsTooLongForADescriptionIsNone() {
        upstream.on(AT + "os/.treeinfo")
                .reply(Answer.ok(new byte[TreeInfo.BYTES_MAX + 1]).withoutLength());
        upstream.on(AT + PATH).reply(Answer.ok(IMAGE));
        assertThat(ok(PATH).body().bytes()).isEqualTo(IMAGE);
        assertThat(mirror.store().view().lookup(new ArtifactKey("yum", "os/.treeinfo")))
                .isEmpty();
    }

    /** Object stores answer so for whatever they don't have. */
    @Test
    void aDescriptionThatIsDeniedIsNotThere() {
        upstream.on(AT + PATH).reply(Answer.ok(IMAGE));
        upstream.on(AT + "os/.treeinfo").reply(403);
        assertThat(ok(PATH).body().bytes()).isEqualTo(IMAGE);
    }

    @Test
    void anImageThatIsHeldIsServedWhereNobodyTellsWhatItHasToBe() {
        upstream.on(AT + PATH).reply(Answer.ok(IMAGE));
        assertThat(ok(PATH).body().bytes()).isEqualTo(IMAGE);
        for (String name : TreeInfo.NAMES) {
            upstream.on(AT + "os/" + name).reply(503);
        }
        restart(builder());
        RawHttp.Response stale = ok(PATH);
        assertThat(stale.body().bytes()).isEqualTo(IMAGE);
        assertThat(stale.header("Cache-Status")).contains("stale");
    }

    private static byte[] extraFiles(byte[] eula) {
        return ("{\"data\":[{\"checksums\":{\"sha256\":\"" + RpmTree.sha256(eula)
                        + "\"},\"file\":\"EULA\",\"size\":9}],\"header\":{\"version\":\"1.0\"}}")
                .getBytes(UTF_8);
    }

    @Test
    void extraFilesOfATreeAreProvedThoughNobodyHasAskedForTheirList() {
        new RpmTree().with("a.rpm", RpmTree.bytes("a")).at(upstream, AT + "os/");
        Eventually.is(
                PATIENCE,
                "a whole generation",
                () -> String.valueOf(get("os/" + REPOMD).header("Cache-Status")).contains("304"));
        upstream.on(AT + "os/extra_files.json").reply(Answer.ok(extraFiles(IMAGE)));
        upstream.on(AT + "os/EULA").reply(Answer.ok(RpmTree.bytes("other text")));
        assertRefused("os/EULA");
        upstream.on(AT + "os/EULA").reply(Answer.ok(IMAGE));
        assertThat(ok("os/EULA").body().bytes()).isEqualTo(IMAGE);
        upstream.on(AT + "os/GPL").reply(Answer.ok(IMAGE));
        assertThat(ok("os/GPL").body().bytes()).isEqualTo(IMAGE);
        upstream.on(AT + "os/extra_files.json").reply(503);
        restart(builder());
        assertThat(ok("os/EULA").body().bytes()).isEqualTo(IMAGE);
    }

    @Test
    void extraFilesAreProvedOnceTheirListIsHeld() {
        byte[] list = extraFiles(IMAGE);
        upstream.on(AT + "os/extra_files.json").reply(Answer.ok(list));
        assertThat(ok("os/extra_files.json").body().bytes()).isEqualTo(list);
        upstream.on(AT + "os/EULA").reply(Answer.ok(RpmTree.bytes("other text")));
        assertRefused("os/EULA");
        upstream.on(AT + "os/EULA").reply(Answer.ok(IMAGE));
        assertThat(ok("os/EULA").body().bytes()).isEqualTo(IMAGE);
    }

    @Test
    void whereNothingIsSaidItIsPassedOn() {
        upstream.on(AT + PATH).reply(Answer.ok(IMAGE));
        assertThat(ok(PATH).body().bytes()).isEqualTo(IMAGE);
        assertThat(upstream.count(AT + "os/.treeinfo")).isPositive();
        upstream.on(AT + "os/keys/KEY").reply(Answer.ok(IMAGE));
        upstream.forgetRequests();
        assertThat(ok("os/keys/KEY").body().bytes()).isEqualTo(IMAGE);
        assertThat(upstream.count()).isEqualTo(1);
    }

    @Test
    void whatNobodyUnderstandsSaysNothing() {
        assertThat(TreeInfo.read("extra_files.json", RpmTree.bytes("{\"data\": [1, {}")))
                .isEmpty();
        assertThat(TreeInfo.read("extra_files.json", RpmTree.bytes("[]"))).isEmpty();
        assertThat(TreeInfo.read(".treeinfo", RpmTree.bytes("[checksums]\n = md5:\nx\na = b\n")))
                .isEqualTo(Map.of());
    }
}
