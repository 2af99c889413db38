package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A page is made anew where a file that has been fetched changes what it says, and only there. */
class PagesOutliveFetchesTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String PAGE = "simple/demo/";
    private static final TinyWheel WHEEL = TinyWheel.of("demo", "1.0");
    private static final IndexFile BARE = IndexFile.of(WHEEL);

    @TempDir
    Path data;

    @Test
    void aWheelWhoseSidecarIsAsPromisedChangesNoPage() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                IndexInHand index = of(upstream, BARE.withMetadata(WHEEL.metadata()))) {
            RenderedPage before = page(index);
            fetch(index);
            assertThat(page(index)).isSameAs(before);
        }
    }

    @Test
    void aWheelThatHasASidecarNowChangesItsPage() {
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                IndexInHand index = of(upstream, BARE)) {
            RenderedPage before = page(index);
            fetch(index);
            assertThat(page(index)).isNotSameAs(before);
        }
    }

    private IndexInHand of(ScriptedUpstream upstream, IndexFile file) {
        new SimpleIndexTree().add(file).serve(upstream);
        return new IndexInHand(data, upstream);
    }

    private static RenderedPage page(IndexInHand index) {
        return ((Reply.Page) index.ask(PAGE)).page();
    }

    /** Fetches the wheel, until it is stored with what belongs to it. */
    private static void fetch(IndexInHand index) {
        String path = Objects.requireNonNull(BARE.path()).substring(1);
        Eventually.is(SOON, "the wheel is held", () -> {
            Reply reply = index.ask(path);
            reply.drop();
            return reply instanceof Reply.Held;
        });
    }
}
