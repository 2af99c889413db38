package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.InvariantsHold;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.blob.FaultyFileOps;
import dev.permafrost.store.blob.FaultyFileOps.Fault;
import dev.permafrost.store.blob.FaultyFileOps.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The list of all projects is rendered again after a rendering that failed, says how long it is good, and leaves no file open. */
class RootListOutlivesFailuresTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final String LIST = "simple/";

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private final SimpleIndexTree tree = new SimpleIndexTree().add(TinyWheel.of("alpha", "1.0"));
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
        assertThat(openFiles()).isEmpty();
    }

    @Test
    void afterARenderingThatFailedWhatIsStoredIsRenderedAtTheNextRequest() {
        assertThat(IndexInHand.text(list())).contains("alpha");
        tree.add(TinyWheel.of("beta", "1.0")).serve(upstream);
        index.later(IndexInHand.PAGE_TTL);
        // the first file that is made is what upstream sends, the next ones are renderings
        index.disk.failAt(1, Kind.CREATE, Fault.NO_SPACE);
        assertThat(IndexInHand.text(list())).as("the one that is there").doesNotContain("beta");
        Eventually.is(SOON, "a rendering that fails", () -> index.disk.failures() == 1);
        Eventually.is(SOON, "the newer list", () -> IndexInHand.text(list()).contains("beta"));
        assertThat(upstream.count("/simple/")).as("it had been stored").isEqualTo(2);
    }

    @Test
    void clientsMayKeepItForWhatIsLeftOfItsTime() {
        assertKept(CacheOutcome.MISS, IndexInHand.PAGE_TTL);
        index.later(Duration.ofMinutes(4));
        assertKept(CacheOutcome.HIT, Duration.ofMinutes(6));
        index.later(Duration.ofMinutes(5));
        assertKept(CacheOutcome.HIT, Duration.ofMinutes(1));
        index.later(Duration.ofMinutes(2));
        assertKept(CacheOutcome.STALE, Duration.ZERO);
        Eventually.is(SOON, "confirmed by upstream", () -> outcome() == CacheOutcome.HIT);
        assertKept(CacheOutcome.HIT, IndexInHand.PAGE_TTL);
        assertThat(upstream.count("/simple/")).isEqualTo(2);
    }

    @Test
    void oneThatWasFetchedInTheFutureIsNotFresh() {
        index.later(Duration.ofDays(1));
        assertKept(CacheOutcome.MISS, IndexInHand.PAGE_TTL);
        index.later(Duration.ofDays(-1));
        assertKept(CacheOutcome.STALE, Duration.ZERO);
        Eventually.is(SOON, "confirmed by upstream", () -> outcome() == CacheOutcome.HIT);
        assertKept(CacheOutcome.HIT, IndexInHand.PAGE_TTL);
        assertThat(upstream.count("/simple/")).isEqualTo(2);
    }

    /** Each list is six files: two formats, three codings. Those that are made before it fails are let go of. */
    @ParameterizedTest
    @CsvSource({
        "LOST,0",
        "LOST,1",
        "LOST,2",
        "LOST,3",
        "LOST,4",
        "LOST,5",
        "CREATE,0",
        "CREATE,1",
        "CREATE,5",
        "WRITE,0",
        "WRITE,1",
        "WRITE,5"
    })
    void aFailureHalfWayLeavesNoFileOpen(String what, int number) {
        Set<Path> rendered = new LinkedHashSet<>();
        index.disk.failAll(operation -> fails(operation, what, number, rendered), Fault.IO_ERROR);
        assertThat(index.ask(LIST)).isInstanceOf(Reply.Failed.class);
        assertThat(rendered).hasSizeGreaterThan(number + 1);
        // at once: the garbage collector closes in time what nobody else does
        assertThat(openFiles()).isEmpty();
        index.disk.heal();
        assertThat(IndexInHand.text(list())).contains("alpha");
    }

    /** Whether an operation fails on the rendering of that number; LOST deletes it while it is written, so that it can't be opened. */
    private static boolean fails(FaultyFileOps.Operation operation, String what, int number, Set<Path> rendered) {
        boolean creates = operation.kind() == Kind.CREATE;
        if (creates) {
            rendered.add(operation.file());
        }
        // before them what upstream sends has been made
        boolean chosen = List.copyOf(rendered).indexOf(operation.file()) == number + 1;
        if (chosen && what.equals("LOST") && operation.kind() == Kind.WRITE) {
            delete(operation.file());
        }
        return chosen && operation.kind().name().equals(what);
    }

    @Test
    void aReaderKeepsItsFileBeyondTheEnd() {
        Reply.Held read = list();
        assertThat(openFiles()).hasSize(6);
        index.closeFormat();
        assertThat(openFiles()).hasSize(1);
        assertThat(IndexInHand.text(read)).contains("alpha");
        assertThat(openFiles()).isEmpty();
    }

    @Test
    void whatIsRenderedWhileItIsClosedIsLetGoOf() throws Exception {
        CountDownLatch rendering = new CountDownLatch(2);
        CountDownLatch closed = new CountDownLatch(1);
        index.disk.failAll(
                operation -> {
                    if (operation.kind() == Kind.CREATE) {
                        rendering.countDown();
                        await(rendering.getCount() == 0 ? closed : new CountDownLatch(0));
                    }
                    return false;
                },
                Fault.IO_ERROR);
        CompletableFuture<Reply> asked = CompletableFuture.supplyAsync(() -> index.ask(LIST));
        assertThat(rendering.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        index.closeFormat();
        closed.countDown();
        asked.get(SOON.toSeconds(), TimeUnit.SECONDS).drop();
        assertThat(openFiles()).isEmpty();
    }

    private Reply.Held list() {
        Reply reply = index.ask(LIST);
        assertThat(reply).isInstanceOf(Reply.Held.class);
        return (Reply.Held) reply;
    }

    private void assertKept(CacheOutcome outcome, Duration howLong) {
        Reply.Held list = list();
        list.drop();
        assertThat(list.head().outcome()).isEqualTo(outcome);
        assertThat(list.head().cacheControl()).isEqualTo("max-age=" + howLong.toSeconds() + ", public");
    }

    private CacheOutcome outcome() {
        Reply.Held list = list();
        list.drop();
        return list.head().outcome();
    }

    private List<String> openFiles() {
        return InvariantsHold.openFiles().stream()
                .filter(file -> file.startsWith(data.toString()))
                .toList();
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
