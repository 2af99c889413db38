package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.SourcesConfig;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Policies;
import dev.permafrost.proxy.testing.Records;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code permafrost explain} says of each file whether it is served, and why not: of a running server, and without one. */
class ExplainTellsWhichRuleRefusesTest {
    private static final IndexFile OLD = IndexFile.of(TinyWheel.of("demo", "1.0"));
    private static final IndexFile NEW = IndexFile.of(TinyWheel.of("demo", "2.0"));
    private static final String POLICY = "{rules: [{deny: {project: evil}}, {deny: {project: demo, versions: '<2'}}]}";

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path data = Path.of("");
    private Path config = Path.of("");
    private ScriptedUpstream upstream;

    @BeforeEach
    void start() throws Exception {
        data = folder.resolve("data");
        config = Files.writeString(
                folder.resolve("permafrost.yaml"),
                "{data: data, repositories: {pypi: {upstream: 'http://127.0.0.1:9/simple/', policy: " + POLICY + "}}}");
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(OLD).add(NEW).serve(upstream);
    }

    @AfterEach
    void stop() {
        upstream.close();
    }

    @Test
    void aRunningServerTells() {
        try (RunningMirror mirror = RunningMirror.in(data)
                .from(upstream)
                .policy(Policies.of(POLICY))
                .start()) {
            assertThat(explain("Demo")).isZero();
            assertThat(out.toString()).contains("nothing is known of it");
            assertThat(mirror.get(NEW.path()).status()).isEqualTo(200);
            assertThat(explain("Demo")).isZero();
            assertTold();
            assertThat(explain("demo==2.0")).isZero();
            assertThat(out.toString())
                    .contains("demo 2.0 in pypi", NEW.filename())
                    .doesNotContain(OLD.filename());
            assertThat(explain("evil")).isZero();
            assertThat(out.toString())
                    .contains("refused by its name: rule 1 of the policy refuses it: deny: {project: evil}");
        }
    }

    @Test
    void withoutAServerTheStoreIsOpened() {
        try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            assertThat(mirror.get(NEW.path()).status()).isEqualTo(200);
        }
        assertThat(explain("demo")).isZero();
        assertTold();
        assertThat(explain("demo==1", "--json")).isZero();
        assertThat(out.toString())
                .contains("\"filename\" : \"" + OLD.filename() + "\"", "\"served\" : false", "\"held\" : false")
                .doesNotContain(NEW.filename());
    }

    @Test
    void ofARepositoryMadeOfOthersItTellsWhereProjectsComeFrom() throws Exception {
        SourcesConfig sources = new SourcesConfig(List.of("ours", "pypi"), false, Map.of("pypi", List.of("pinned")));
        Files.writeString(
                config,
                "{data: data, repositories: {ours: {}, pypi: {upstream: 'http://127.0.0.1:9/simple/', default: true},"
                        + " all: {sources: [ours, pypi], pins: {pypi: pinned}}}}");
        try (RunningMirror mirror = RunningMirror.in(data)
                .from(upstream)
                .beside(RepositoryConfig.defaults("ours"))
                .beside(Records.with(RepositoryConfig.defaults("all"), "sources", sources))
                .start()) {
            assertThat(mirror.get("/all/simple/demo/").status()).isEqualTo(200);
            assertThat(run("explain", "all", "demo", "--config", config.toString()))
                    .isZero();
            assertThat(out.toString())
                    .contains("demo in all comes from pypi", "demo in ours", "demo in pypi", NEW.filename());
            assertThat(run("explain", "all", "pinned", "--config", config.toString()))
                    .isZero();
            assertThat(out.toString())
                    .contains("pinned in all is in none of its sources, as far as is known; its name is pinned to pypi,"
                            + " and no other is asked")
                    .doesNotContain("in ours");
            assertThat(run("explain", "all", "demo", "--json", "--config", config.toString()))
                    .isZero();
            assertThat(out.toString()).contains("\"from\" : [", "\"pinned\" : [");
        }
    }

    @Test
    void quarantineIsToldWithItsEnd() {
        Instant then = Instant.parse("2020-01-03T00:00:00Z");
        try (RunningMirror mirror = RunningMirror.in(data)
                .from(upstream)
                .policy(Policies.ofAge(Duration.ofDays(7)))
                .clock(Clock.fixed(then, ZoneOffset.UTC))
                .start()) {
            assertThat(mirror.get("/simple/demo/").status()).isEqualTo(403);
            assertThat(explain("demo", "--json")).isZero();
            assertThat(out.toString()).contains("\"until\" : \"2020-01-09T03:04:05.678901Z\"");
        }
    }

    @Test
    void misuseIsSaid() {
        RunningMirror.in(data).from(upstream).start().close();
        assertThat(explain("../x")).isEqualTo(2);
        assertThat(err.toString()).contains("can't be a project's name");
        assertThat(run("explain", "wheels", "demo", "--config", config.toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("there is no repository 'wheels' in the configuration; there are: pypi");
    }

    private void assertTold() {
        assertThat(out.toString().lines())
                .anySatisfy(line -> assertThat(line).contains("2 files known from upstream", "1 served"))
                .anySatisfy(line -> assertThat(line).contains("served", NEW.filename(), "(held)"))
                .anySatisfy(line ->
                        assertThat(line).contains("refused", OLD.filename()).doesNotContain("held"))
                .anySatisfy(line -> assertThat(line)
                        .contains("rule 2 of the policy refuses it: deny: {project: demo, versions: \"<2\"}"));
    }

    private int explain(String project, String... options) {
        String[] all = new String[options.length + 5];
        System.arraycopy(new String[] {"explain", "pypi", project, "--config", config.toString()}, 0, all, 0, 5);
        System.arraycopy(options, 0, all, 5, options.length);
        return run(all);
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        return Main.line()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
