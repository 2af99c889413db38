package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An answer of the JSON API is remembered by the version that it is about, however that was asked for, until there is another. */
class JsonAnswersRememberedTest {
    private static final IndexFile OLD = IndexFile.of(TinyWheel.of("demo", "1.9"));
    private static final IndexFile NEW = IndexFile.of(TinyWheel.of("demo", "1.10"));
    private static final IndexFile NEWER = IndexFile.of(TinyWheel.of("demo", "1.11"));

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final SimpleIndexTree tree = new SimpleIndexTree().add(OLD).add(NEW);
    private IndexInHand index;

    @BeforeEach
    void start() {
        tree.serve(upstream);
        index = new IndexInHand(data, upstream);
    }

    @AfterEach
    void stop() {
        index.close();
        upstream.close();
    }

    @Test
    void whoAsksForTheNewestHasAllReleasesAndWhoAsksForItsVersionHasNot() {
        RenderedPage project = about("1.10", "pypi/demo/json");
        RenderedPage version = about("1.10", "pypi/demo/1.10/json");
        assertThat(text(project)).contains("\"releases\":{");
        assertThat(text(version)).doesNotContain("\"releases\":{");
        assertThat(about("1.9", "pypi/demo/1.9/json")).isNotSameAs(version);
        assertThat(about("1.10", "pypi/demo/json")).as("remembered").isSameAs(project);
        assertThat(about("1.10", "pypi/demo/1.10/json")).as("remembered").isSameAs(version);
    }

    @Test
    void everySpellingOfAVersionIsTheSame() {
        assertThat(about("1.10", "pypi/demo/v1.10.0/json")).isSameAs(about("1.10", "pypi/demo/1.10/json"));
    }

    @Test
    void aNewReleaseIsTold() {
        assertThat(text(about("1.10", "pypi/demo/json"))).doesNotContain("1.11");
        RenderedPage before = about("1.10", "pypi/demo/1.10/json");
        tree.add(NEWER).serve(upstream);
        assertThat(text(about("1.10", "pypi/demo/json")))
                .as("until upstream is asked")
                .doesNotContain("1.11");
        index.later(IndexInHand.PAGE_TTL);
        assertThat(text(about("1.11", "pypi/demo/json"))).contains("\"1.10\":[", "\"1.11\":[");
        assertThat(text(about("1.10", "pypi/demo/1.10/json"))).isEqualTo(text(before));
    }

    /** Without upstream, what is offered changes with what is held, and no page says so. */
    @Test
    void aNewReleaseThatIsHeldIsToldAtOnce() {
        tree.add(NEWER).serve(upstream);
        assertThat(text(about("1.11", "pypi/demo/json"))).contains("\"1.11\":[");
        index.close();
        index = new IndexInHand(data, null);
        index.hold("demo/" + NEW.filename(), NEW.bytes());
        assertThat(text(about("1.10", "pypi/demo/json"))).doesNotContain("1.11");
        index.hold("demo/" + NEWER.filename(), NEWER.bytes());
        assertThat(text(about("1.11", "pypi/demo/json"))).contains("\"1.10\":[", "\"1.11\":[");
    }

    private RenderedPage about(String version, String path) {
        Reply reply = index.ask(path);
        assertThat(reply).isInstanceOf(Reply.Page.class);
        RenderedPage page = ((Reply.Page) reply).page();
        assertThat(text(page)).contains("\"version\":\"" + version + "\"");
        return page;
    }

    private static String text(RenderedPage page) {
        return StandardCharsets.UTF_8.decode(page.body().duplicate()).toString();
    }
}
