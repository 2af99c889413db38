package dev.permafrost.proxy.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RealPipInstallsMadeUpWheelsTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final String IMPORTS =
            "import snow_flake, ice; print(snow_flake.__version__ + ' ' + ice.__version__)";

    @TempDir
    Path folder = Path.of("");

    @Test
    void theNewestPipReadsJsonAndSidecars() {
        Optional<Pips.Pip> pip = Pips.newest();
        assumeTrue(pip.isPresent(), "no pip here");
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            SimpleIndexTree tree = tree();
            tree.serve(upstream);
            Pips.Environment environment = pip.orElseThrow().environment(folder.resolve("venv"));
            environment
                    .install(upstream.url("/simple/"), TIMEOUT, "Snow.Flake<2")
                    .orFail();
            assertThat(environment.python(TIMEOUT, IMPORTS).orFail().out()).isEqualTo("1.5 0.1\n");
            assertThat(upstream.count(
                            tree.file("snow_flake-1.5-py2.py3-none-any.whl").path()))
                    .isEqualTo(1);
        }
    }

    @Test
    void theOldestPipReadsHtmlFromNginx() throws Exception {
        Optional<Pips.Pip> pip = Pips.oldest();
        assumeTrue(pip.isPresent(), "no pip here");
        assumeTrue(Nginx.available(), "no nginx here");
        tree().writeTo(folder.resolve("tree"));
        try (Nginx nginx = Nginx.serve(folder.resolve("tree"), Files.createDirectory(folder.resolve("nginx")))) {
            Pips.Environment environment = pip.orElseThrow().target(folder.resolve("target"));
            environment.install(nginx.url("/simple/"), TIMEOUT, "snow-flake<2").orFail();
            assertThat(environment.python(TIMEOUT, IMPORTS).orFail().out()).isEqualTo("1.5 0.1\n");
            assertThat(nginx.count("/simple/snow-flake/")).isEqualTo(1);
            assertThat(nginx.accesses()).anySatisfy(a -> {
                assertThat(a.target()).endsWith("/ice-0.1-py2.py3-none-any.whl");
                assertThat(a.status()).isEqualTo(200);
                assertThat(a.userAgent()).startsWith("pip/");
            });
        }
    }

    @Test
    void pipRefusesAWheelWithAnotherDigest() {
        Optional<Pips.Pip> pip = Pips.newest();
        assumeTrue(pip.isPresent(), "no pip here");
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree()
                    .add(IndexFile.of(TinyWheel.of("ice", "0.1")).withSha256("0".repeat(64)))
                    .serve(upstream);
            Subprocess.Result result = pip.orElseThrow()
                    .target(folder.resolve("target"))
                    .install(upstream.url("/simple/"), TIMEOUT, "ice");
            assertThat(result.exit()).isEqualTo(1);
            assertThat(result.err()).contains("DO NOT MATCH THE HASHES");
        }
    }

    @Test
    void aWheelIsTheSameEachTimeAndAsLargeAsAsked() {
        TinyWheel wheel = TinyWheel.of("ice", "1").padded(1 << 20, 7);
        assertThat(wheel.bytes()).isEqualTo(wheel.bytes()).hasSizeBetween(1 << 20, (1 << 20) + 2048);
        assertThat(TinyWheel.of("ice", "1").padded(1 << 20, 8).bytes()).isNotEqualTo(wheel.bytes());
    }

    @Test
    void pagesCarryWhatTheFilesSay() {
        IndexFile file = tree().file("snow_flake-2.0-py2.py3-none-any.whl");
        assertThat(SimpleIndexTree.html("snow-flake", List.of(file)))
                .contains(
                        "data-yanked=\"melts &amp; drips\"",
                        "data-requires-python=\"&gt;=2.7\"",
                        "#sha256=" + file.sha256());
        assertThat(SimpleIndexTree.json("snow-flake", List.of(file)))
                .contains(
                        "\"yanked\":\"melts & drips\"",
                        "\"requires-python\":\">=2.7\"",
                        "\"core-metadata\":{\"sha256\":");
        assertThat(file.path())
                .contains(
                        HexFormat.of().formatHex(TinyWheel.sha256(file.bytes())).substring(4));
    }

    private static SimpleIndexTree tree() {
        TinyWheel newest = TinyWheel.of("Snow.Flake", "2.0").requiresPython(">=2.7");
        TinyWheel wanted =
                TinyWheel.of("Snow.Flake", "1.5").requires("ice>=0.1").padded(100_000, 1);
        return new SimpleIndexTree()
                .add(IndexFile.of(newest).withMetadata(newest.metadata()).yankedFor("melts & drips"))
                .add(IndexFile.of(wanted).withMetadata(wanted.metadata()))
                .add(TinyWheel.of("ice", "0.1"));
    }
}
