package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/**
 * Connected, yum 3 of CentOS 7 is given what it reads of a repository whose lists are packed by zstd: what is made of the newest for it, or
 * the last that there is, and never an older one than before. Nobody else notices.
 */
final class YumThreeIsKeptUpBesideOthersTest extends YumThreeBesideOthers {
    /** One that yum 3 reads. */
    private static RpmTree gzip() {
        return new RpmTree().with("a.rpm", RpmTree.bytes("a"));
    }

    /** Has nothing made, since the key by which that is signed can't be used. */
    private void breakKey() throws IOException {
        Files.writeString(keyFile(), "no key");
    }

    private void awaitPackages(String... packages) {
        Eventually.is(PATIENCE, "what yum 3 reads of " + List.of(packages), () -> {
            RawHttp.Response response = old(REPOMD);
            try {
                return response.status() == 200
                        && response.body().text().contains("primary_db")
                        && packages(Repomd.read(response.body().bytes(), "what yum 3 is given"))
                                .equals(List.of(packages));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    /** The path of the file of that type, of upstream's metadata. */
    private static String path(RpmTree tree, String type) {
        return tree.metadata().keySet().stream()
                .filter(path -> path.contains("-" + type + "."))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theFirstWhoAsksWaitsAWhileForItAndAllOthersAreGivenUpstreams() throws Exception {
        RpmTree tree = tree().signed()
                .naming("updateinfo", "xml.zst", Packed.ZSTD.pack(RpmTree.bytes("advisories")))
                .at(upstream, AT);
        Repomd repomd = oldRepomd();
        assertThat(packages(repomd)).containsExactly("a.rpm", "b.rpm");
        assertThat(opened(repomd, "updateinfo")).asString().isEqualTo("advisories");
        signedByUs();
        assertThat(old("a.rpm").body().text()).isEqualTo("a");
        tree.metadata()
                .forEach((path, bytes) ->
                        assertThat(dnf(path).body().bytes()).as(path).isEqualTo(bytes));
        for (String path : List.of(REPOMD, SIGNATURE, KEY, "metalink")) {
            assertThat(dnf(path).header("Vary")).as(path).isEqualTo("User-Agent");
            assertThat(old(path).header("Vary")).as(path).isEqualTo("User-Agent");
        }
        assertThat(dnf(path(tree, "primary")).header("Vary")).isNull();
        assertThat(old("metalink").body().text()).contains(old(REPOMD).body().sha256());
        assertThat(dnf("metalink").body().text()).contains(dnf(REPOMD).body().sha256());
        // though it was at the same address that the others asked last
        signedByUs();
    }

    @Test
    void whatItReadsAnywayIsPassedOnWhileItComes() {
        RpmTree tree = gzip();
        tree.at(upstream, AT);
        CountDownLatch gate = new CountDownLatch(1);
        String filelists = path(tree, "filelists");
        upstream.on(AT + filelists)
                .reply(Answer.ok(Objects.requireNonNull(tree.metadata().get(filelists)))
                        .gate(gate));
        assertThat(old(REPOMD).body().bytes()).isEqualTo(upstreams(tree));
        assertThat(old(REPOMD).header("Vary")).isNull();
        assertThat(old(path(tree, "primary")).status()).isEqualTo(200);
        gate.countDown();
        held(tree);
        assertThat(old(REPOMD).body().bytes()).isEqualTo(upstreams(tree));
        assertThat(old(REPOMD).header("Vary")).isNull();
        assertThat(old("metalink").header("Vary")).isNull();
        assertThat(twins()).isEmpty();
    }

    @Test
    void nothingIsMadeWhereNobodyWithItAsks() {
        RpmTree tree = held(tree());
        held(tree().revision("2"));
        Eventually.after(Duration.ofMillis(300));
        assertThat(twins()).isEmpty();
        assertThat(dnf(path(tree, "primary")).status()).isEqualTo(200);
    }

    @Test
    void aNewGenerationHasOneMadeBeforeItAsksAgain() {
        held(tree());
        awaitPackages("a.rpm", "b.rpm");
        held(tree().revision("2").with("c.rpm", RpmTree.bytes("c")));
        Eventually.is(PATIENCE, "that of the second", () -> twins().size() == 2);
        awaitPackages("a.rpm", "b.rpm", "c.rpm");
    }

    @Test
    void untilItIsThereItIsGivenTheLastThatItCanRead() throws Exception {
        RpmTree first = held(gzip().naming("group", "xml", RpmTree.bytes("groups")));
        assertThat(old(REPOMD).body().bytes()).isEqualTo(upstreams(first));
        breakKey();
        RpmTree second = held(tree().revision("2"));
        assertThat(dnf(REPOMD).body().bytes()).isEqualTo(upstreams(second));
        RawHttp.Response given = old(REPOMD);
        assertThat(given.body().bytes()).isEqualTo(upstreams(first));
        assertThat(given.header("Vary")).isEqualTo("User-Agent");
        first.metadata()
                .forEach((path, bytes) ->
                        assertThat(old(path).body().bytes()).as(path).isEqualTo(bytes));
        putKey();
        held(tree().revision("3").with("c.rpm", RpmTree.bytes("c")));
        awaitPackages("a.rpm", "b.rpm", "c.rpm");
        breakKey();
        held(tree().revision("4"));
        assertThat(packages(oldRepomd())).as("not older than before").containsExactly("a.rpm", "b.rpm", "c.rpm");
        assertThat(old("metalink").body().text()).contains(old(REPOMD).body().sha256());
        assertThat(old("metalink").header("Vary")).isEqualTo("User-Agent");
    }

    /** With names that are the same in every generation, each is given its own generation's, at the same address. */
    @Test
    void itsGenerationIsKeptApartFromThatOfOthersAtItsAddress() throws Exception {
        held(tree().signed().simpleNames().naming("productid", "txt", RpmTree.bytes("one")));
        awaitPackages("a.rpm", "b.rpm");
        breakKey();
        RpmTree second =
                held(tree().revision("2").signed().simpleNames().naming("productid", "txt", RpmTree.bytes("two")));
        assertThat(old(REPOMD).body().text()).contains("<revision>1<");
        assertThat(dnf(REPOMD).body().bytes()).isEqualTo(upstreams(second));
        for (int i = 0; i < 2; i++) {
            assertThat(old("repodata/productid.txt").body().text()).isEqualTo("one");
            assertThat(dnf("repodata/productid.txt").body().text()).isEqualTo("two");
        }
        signedByUs();
    }

    @Test
    void theNewestOutlivesItsGenerationUntilThereIsAnother() throws Exception {
        held(tree().signed().simpleNames().naming("productid", "txt", RpmTree.bytes("one")));
        awaitPackages("a.rpm", "b.rpm");
        Generation twin = twins().get(0);
        breakKey();
        for (int i = 2; i < 2 + Kept.GENERATIONS_MAX; i++) {
            held(tree().revision(Integer.toString(i))
                    .signed()
                    .simpleNames()
                    .naming("productid", "txt", RpmTree.bytes("another")));
        }
        assertThat(new GenerationDocs("yum", mirror.store())
                        .kept(mirror.store().view(), "")
                        .orElseThrow()
                        .all())
                .noneMatch(one -> one.id().equals(twin.id()));
        assertThat(packages(oldRepomd())).containsExactly("a.rpm", "b.rpm");
        assertThat(old("repodata/productid.txt").body().text()).isEqualTo("one");
        assertThat(dnf("repodata/productid.txt").body().text()).isEqualTo("another");
        signedByUs();
        putKey();
        held(tree().revision("another").signed().with("c.rpm", RpmTree.bytes("c")));
        awaitPackages("a.rpm", "b.rpm", "c.rpm");
        assertThat(isHeld(twin)).as("somebody may be reading it").isTrue();
        held(tree().revision("yet another").signed());
        assertThat(isHeld(twin)).isFalse();
    }

    @Test
    void whatCannotBeMadeIsToldOfOnceAndItIsGivenWhatOthersAre() throws Exception {
        breakKey();
        try (CapturedLog log = CapturedLog.open()) {
            RpmTree tree = tree().at(upstream, AT);
            assertThat(old(REPOMD).body().bytes()).isEqualTo(upstreams(tree));
            log.await(
                    PATIENCE,
                    "yum: yum 3 can't read the metadata of /",
                    "is not a signing key that Permafrost has made; put it elsewhere",
                    "it is tried again in 60 s");
            assertThat(dnf(REPOMD).body().bytes()).isEqualTo(upstreams(tree));
            RpmTree second = held(tree().revision("2"));
            assertThat(old(REPOMD).body().bytes()).isEqualTo(upstreams(second));
            assertThat(log.messages().stream().filter(one -> one.contains("yum 3 can't read")))
                    .hasSize(1);
            assertThat(log.withStackTrace()).isEmpty();
        }
    }

    @Test
    void aFileOfItThatGotLostIsMadeAnew() throws Exception {
        held(tree());
        awaitPackages("a.rpm", "b.rpm");
        Repomd repomd = oldRepomd();
        String primary = repomd.record("primary").orElseThrow().location().path();
        String hex = RpmTree.sha256(old(primary).body().bytes());
        Path blob = data.resolve("blobs/sha256/" + hex.substring(0, 2) + "/" + hex.substring(2, 4) + "/" + hex);
        Files.delete(blob);
        restart(builder());
        assertThat(old(REPOMD).status()).isEqualTo(200);
        assertThat(old(primary).status()).isEqualTo(404);
        Eventually.is(PATIENCE, "its list again", () -> old(primary).status() == 200);
        awaitPackages("a.rpm", "b.rpm");
    }

    @Test
    void onceStartedAgainItIsGivenWhatWasMade() throws Exception {
        held(tree());
        awaitPackages("a.rpm", "b.rpm");
        byte[] given = old(REPOMD).body().bytes();
        restart(builder());
        breakKey();
        assertThat(old(REPOMD).body().bytes()).isEqualTo(given);
        signedByUs();
    }
}
