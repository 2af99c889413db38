package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.format.yum.YumSealing;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.model.SnapshotId;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code permafrost explain} says of packages which list names them, whether they are held, and why they are served or not. */
class ExplainTellsOfPackagesTest {
    private static final String AT = "/el/7/";
    private static final String REPOMD = "/yum/repodata/repomd.xml";
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final byte[] A = RpmTree.bytes("package a");

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final ScriptedUpstream upstream = ScriptedUpstream.start();

    @SuppressWarnings("NullAway.Init") // each test starts its own
    private RunningMirror mirror;

    @BeforeEach
    void fill() {
        tree("1", A).at(upstream, AT);
        mirror = RunningMirror.in(folder.resolve("data"))
                .beside(YumRepositories.from(upstream, AT))
                .absentTtl(Duration.ZERO)
                .start();
        awaitWhole();
        assertThat(mirror.get("/yum/p/a-1-1.noarch.rpm").status()).isEqualTo(200);
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    private static RpmTree tree(String revision, byte[] a) {
        return new RpmTree()
                .revision(revision)
                .with("p/a-1-1.noarch.rpm", a)
                .with("p/a-doc-1-1.noarch.rpm", RpmTree.bytes("doc"))
                .with("p/b-2-1.noarch.rpm", RpmTree.bytes("b"));
    }

    private void awaitWhole() {
        Eventually.is(
                PATIENCE,
                "a whole generation",
                () -> String.valueOf(mirror.get(REPOMD).header("Cache-Status")).contains("304"));
    }

    private String explain(String... words) throws IOException {
        Path config = Files.writeString(
                folder.resolve("permafrost.yaml"),
                "{data: data, repositories: {yum: {format: yum, upstream: 'http://127.0.0.1:9/el/7/'}}}");
        return explain(config, words);
    }

    private String explain(Path config, String... words) {
        int exit = exit(config, words);
        assertThat(exit).as(err.toString()).isZero();
        return out.toString();
    }

    private int exit(Path config, String... words) {
        out.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(List.of("explain"));
        all.addAll(List.of(words));
        all.addAll(List.of("--config", config.toString()));
        return Main.line()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    @Test
    void aRunningServerTellsOfAPackage() throws IOException {
        for (String spelled :
                List.of("a", "a.noarch", "a-1", "a-1-1", "a-0:1-1.noarch", "0:a-1-1.noarch", "a-1-1.noarch.rpm")) {
            assertThat(explain("yum", spelled))
                    .contains(
                            " in yum: 1 file, 1 served",
                            "served  p/a-1-1.noarch.rpm",
                            "it is held, and what its list says",
                            "held: sha256 " + RpmTree.sha256(A) + ", 9 bytes, since ",
                            "proved by its checksum",
                            "listed by the primary of /, revision 1 of 2023-11-14T22:13:20Z, looked at ",
                            ": sha256:" + RpmTree.sha256(A) + ", 9 bytes",
                            "upstream: " + upstream.uri(AT) + "p/a-1-1.noarch.rpm");
        }
        assertThat(explain("yum", "yum", "b"))
                .contains("p/b-2-1.noarch.rpm", "it is fetched when a client asks, and proved by its list")
                .doesNotContain("held:");
        assertThat(explain("yum", "c")).contains("0 files", "no list names it; metadata is held of /");
        assertThat(explain("yum", "/yum/p/c-1-1.noarch.rpm"))
                .contains("refused p/c-1-1.noarch.rpm", "the repository at / lists no such package");
        assertThat(explain("yum", "keys/KEY"))
                .contains("served  keys/KEY", "no list that is held names it: upstream is asked when a client asks");
    }

    @Test
    void aPathIsWrittenAsAUrlHasIt() throws IOException {
        new RpmTree()
                .revision("2")
                .with("p/gcc-c++-1-1.noarch.rpm", A)
                .with("p/b-2-1.noarch.rpm", RpmTree.bytes("b"))
                .at(upstream, AT);
        Eventually.is(
                PATIENCE, "revision 2", () -> mirror.get(REPOMD).body().text().contains("<revision>2<"));
        for (String spelled : List.of(
                "p/gcc-c++-1-1.noarch.rpm",
                "p/gcc-c%2B%2B-1-1.noarch.rpm",
                "/yum/p/gcc-c%2b%2b-1-1.noarch.rpm",
                "https://mirror.test/yum/p/gcc-c%2B%2B-1-1.noarch.rpm",
                "HTTP://127.0.0.1:8080/yum/p/gcc-c++-1-1.noarch.rpm?x=1")) {
            assertThat(explain("yum", spelled))
                    .contains("served  p/gcc-c++-1-1.noarch.rpm", "listed by the primary of /, revision 2");
        }
        assertThat(refused("https://mirror.test/other/a.rpm")).contains("is not in yum, which is at /yum/ here");
        assertThat(refused("p/c%2.rpm")).contains("percent-encoding");
        assertThat(refused("p/c%252B.rpm%0a")).contains("percent-encoding");
        // decoded once
        assertThat(explain("yum", "p/c%252B.rpm")).contains("refused p/c%2B.rpm");
    }

    /** Which is served as it is of its generation, and not as other files are. */
    @Test
    void ofMetadataNothingIsToldThatIsNotSo() throws IOException {
        for (String path : List.of("/yum/repodata/repomd.xml", "os/repodata/primary.xml.gz", "/yum/metalink")) {
            assertThat(refused(path)).contains("is metadata, of which nothing is told here but what it lists");
        }
    }

    private String refused(String asked) throws IOException {
        err.getBuffer().setLength(0);
        Path config = Files.writeString(
                folder.resolve("permafrost.yaml"),
                "{data: data, repositories: {yum: {format: yum, upstream: 'http://127.0.0.1:9/el/7/'}}}");
        assertThat(exit(config, "yum", asked)).isNotZero();
        return err.toString();
    }

    @Test
    void onePackageOfTwoGenerationsIsToldByBoth() throws IOException {
        byte[] again = RpmTree.bytes("built again");
        tree("2", again).at(upstream, AT);
        Eventually.is(
                PATIENCE, "revision 2", () -> mirror.get(REPOMD).body().text().contains("<revision>2<"));
        assertThat(explain("yum", "a"))
                .contains(
                        "other bytes are held than its list says: it is fetched again when a client asks",
                        "listed by the primary of /, revision 2",
                        "sha256:" + RpmTree.sha256(again),
                        "listed before by the primary of /, revision 1",
                        "sha256:" + RpmTree.sha256(A));
        new RpmTree()
                .revision("3")
                .with("p/b-2-1.noarch.rpm", RpmTree.bytes("b"))
                .at(upstream, AT);
        Eventually.is(
                PATIENCE, "revision 3", () -> mirror.get(REPOMD).body().text().contains("<revision>3<"));
        assertThat(explain("yum", "a"))
                .contains("1 file, 1 served", "listed before by")
                .doesNotContain("listed by");
    }

    @Test
    void withoutAServerAndOfflineTheStoreIsOpened() throws IOException {
        mirror.close();
        assertThat(explain("yum", "b", "--json"))
                .contains("\"served\" : true", "\"revision\" : \"1\"", "\"newest\" : true");
        Path offline = Files.writeString(
                folder.resolve("offline.yaml"),
                "{data: data, offline: true, repositories: {pypi: {default: true}, rpms: {format: yum, upstream:"
                        + " 'http://127.0.0.1:9/'}, yum: {format: yum, upstream: 'http://127.0.0.1:9/el/7/'}}}");
        assertThat(explain(offline, "yum", "yum", "b"))
                .contains("refused p/b-2-1.noarch.rpm", "it is not held, and nothing is fetched here")
                .doesNotContain("upstream:");
        assertThat(explain(offline, "yum", "a")).contains("served  p/a-1-1.noarch.rpm");
    }

    @Test
    void allRepositoriesOfAFormatAreAskedWhereNoneIsNamed() throws IOException {
        mirror.close();
        Path config = folder.resolve("two.yaml");
        Files.writeString(
                config,
                "{data: data, repositories: {one: {format: yum, default: true, upstream: 'http://127.0.0.1:9/'}, two:"
                        + " {format: yum, upstream: 'http://127.0.0.1:9/'}}}");
        assertThat(explain(config, "yum", "a"))
                .contains(
                        "a in one: 0 files",
                        "a in two: 0 files",
                        "no metadata is held: no client has asked for any yet");
        assertThat(explain(config, "yum", "a", "--json")).contains("\"repositories\" : [");
        // one that can't tell does not keep the others from it
        assertThat(exit(config, "yum", "/one/p/a.rpm%2")).isEqualTo(1);
        assertThat(out.toString()).contains("of one nothing can be told: ", "of two nothing can be told: ");
        assertThat(exit(config, "yum", "https://mirror.test/two/p/a.rpm")).isEqualTo(1);
        assertThat(out.toString())
                .contains("of one nothing can be told: ", "/two/p/a.rpm is not in one", "p/a.rpm in two: 1 file");
        // and what a program reads is of one form, however many there are
        Path one = Files.writeString(
                folder.resolve("one.yaml"),
                "{data: data, repositories: {one: {format: yum, default: true, upstream: 'http://127.0.0.1:9/'}}}");
        assertThat(explain(one, "yum", "a", "--json")).contains("\"repositories\" : [");
        assertThat(explain(one, "one", "a", "--json")).doesNotContain("\"repositories\"");
    }

    @Test
    void aFrozenStoreTellsWhatItLists() throws IOException {
        new YumSealing("yum", mirror.store(), folder.resolve("key.asc")).seal();
        SnapshotId then = new SnapshotId("then");
        mirror.store().freeze(then);
        mirror.store().copySnapshot(then, folder.resolve("frozen"), done -> {});
        mirror.close();
        Path config = Files.writeString(
                folder.resolve("frozen.yaml"),
                "{data: frozen, repositories: {yum: {format: yum, upstream: 'http://127.0.0.1:9/el/7/'}}}");
        assertThat(explain(config, "yum", "a")).contains("served  p/a-1-1.noarch.rpm", ", signed: sha256:");
        assertThat(explain(config, "yum", "p/b-2-1.noarch.rpm"))
                .contains("it is not held, and nothing is fetched here");
    }
}
