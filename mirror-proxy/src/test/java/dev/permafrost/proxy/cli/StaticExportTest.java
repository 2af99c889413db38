package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.testing.YumRepositories;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A snapshot as files, that any web server serves. */
class StaticExportTest extends SyncedUpstream {
    private static final IndexFile ICE = IndexFile.of(TinyWheel.of("ice", "1.0").requires("snow-fall"));
    private static final IndexFile SNOW = IndexFile.of(TinyWheel.of("Snow.Fall", "2.0"));
    private static final IndexFile NEWER = IndexFile.of(TinyWheel.of("Snow.Fall", "3.0"));

    private Path tree;

    @Override
    Path config() {
        return config("{data: data, repositories: {pypi: {default: true, upstream: '" + upstream.url("/simple/")
                + "'}, yum: {format: yum, upstream: '" + upstream.url(AT) + "'}}}");
    }

    private int write(String... more) {
        List<String> words = new ArrayList<>(List.of("export", "--static", tree.toString()));
        words.addAll(List.of(more));
        return command(config(), words);
    }

    @BeforeEach
    void fillAndFreeze() {
        tree = folder.resolve("tree");
        new SimpleIndexTree().add(ICE).add(SNOW).add(NEWER).serve(upstream);
        tree("1").at(upstream, AT);
        try (RunningMirror mirror = RunningMirror.in(data())
                .from(upstream)
                .beside(YumRepositories.from(upstream, AT))
                .start()) {
            assertThat(mirror.get(ICE.path()).status()).isEqualTo(200);
            assertThat(mirror.get(SNOW.path()).status()).isEqualTo(200);
            assertThat(mirror.get("/yum/p/a-1-1.noarch.rpm").status()).isEqualTo(200);
            assertThat(mirror.get("/yum/q/c%2B%2B-3-1.noarch.rpm").status()).isEqualTo(200);
            assertThat(command(config(), List.of("freeze", "--name", "first")))
                    .as(told())
                    .isZero();
        }
    }

    @Test
    void itHasWhatTheSnapshotListsAndNothingElse() throws Exception {
        assertThat(write()).as(told()).isZero();
        assertThat(out.toString()).contains("of snapshot 'first' to " + tree).doesNotContain("Left out");
        assertThat(files())
                .contains(
                        "pypi/simple/index.html",
                        "pypi/simple/index.json",
                        "pypi/simple/ice/index.html",
                        "pypi/simple/snow-fall/index.json",
                        "pypi" + ICE.path(),
                        "pypi" + ICE.path() + ".metadata",
                        "pypi" + SNOW.path(),
                        "yum/repodata/repomd.xml",
                        "yum/p/a-1-1.noarch.rpm",
                        "yum/q/c++-3-1.noarch.rpm")
                .doesNotContain("pypi" + NEWER.path(), "yum/p/b-2-1.noarch.rpm");
        String page = Files.readString(tree.resolve("pypi/simple/snow-fall/index.html"));
        assertThat(page)
                .contains("href=\"../.." + SNOW.path() + "#sha256=" + SNOW.sha256() + "\"")
                .doesNotContain(NEWER.filename());
        assertThat(Files.readString(tree.resolve("pypi/simple/index.html"))).contains("<a href=\"snow-fall/\">");
        String repomd = Files.readString(tree.resolve("yum/repodata/repomd.xml"));
        assertThat(Pattern.compile("href=\"([^\"]+)\"").matcher(repomd).results())
                .isNotEmpty()
                .allSatisfy(href ->
                        assertThat(tree.resolve("yum").resolve(href.group(1))).isRegularFile());
        assertThat(tree.resolve("yum/p/a-1-1.noarch.rpm")).hasBinaryContent(RpmTree.bytes("package a"));
    }

    @Test
    void realPipInstallsFromAnyWebServer() throws Exception {
        assumeFalse(Pips.all().isEmpty(), "no pip here");
        assertThat(write("--copy")).as(told()).isZero();
        upstream.close();
        try (Subprocess server = Subprocess.command(
                        "python3",
                        "-u",
                        "-m",
                        "http.server",
                        "0",
                        "--bind",
                        "127.0.0.1",
                        "--directory",
                        tree.toString())
                .start()) {
            String port = server.awaitLine(Pattern.compile(".* port (\\d+) .*"), Duration.ofSeconds(30))
                    .group(1);
            Pips.Pip newest = Pips.all().get(Pips.all().size() - 1);
            Pips.Environment environment = newest.target(folder.resolve("target"));
            environment
                    .install("http://127.0.0.1:" + port + "/pypi/simple/", Duration.ofMinutes(2), "ice")
                    .orFail();
            assertThat(folder.resolve("target")).isDirectoryContaining("glob:**/*now*all*");
        }
    }

    @Test
    void whatIsThereIsNeverTouched() throws Exception {
        Files.createDirectories(tree);
        Files.writeString(tree.resolve("mine"), "mine");
        assertThat(write()).isEqualTo(1);
        assertThat(err.toString()).contains("is not empty (there is mine)");
        assertThat(files()).containsExactly("mine");
        Files.delete(tree.resolve("mine"));
        // what a crash has left
        Files.createDirectories(folder.resolve(".tree.permafrost-static/pypi/simple"));
        assertThat(write()).as(told()).isZero();
        assertThat(folder.resolve(".tree.permafrost-static")).doesNotExist();
        assertThat(files()).contains("pypi/simple/index.html");
        assertThat(write()).isEqualTo(1);
    }

    @Test
    void oneThatCannotBeWholeIsNotThere() throws Exception {
        Path blob = data().resolve("blobs/sha256/" + SNOW.sha256().substring(0, 2) + "/"
                + SNOW.sha256().substring(2, 4) + "/" + SNOW.sha256());
        Files.delete(blob);
        assertThat(write()).isEqualTo(1);
        assertThat(err.toString()).contains("there is no file " + blob);
        assertThat(tree).doesNotExist();
        assertThat(folder.resolve(".tree.permafrost-static")).doesNotExist();
        assertThat(write("--snapshot", "other")).isEqualTo(1);
        assertThat(err.toString()).contains("there is no snapshot 'other'");
    }

    private List<String> files() throws Exception {
        try (Stream<Path> all = Files.walk(tree)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> tree.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }
}
