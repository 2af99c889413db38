package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.Family;
import dev.permafrost.store.index.Index;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;

/** Of many who search at once, few are at it, and the others wait in their turn, without a thread, and are answered. */
class SearchesWaitForTheirTurnTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int MANY = 20;
    private static final String CALL = "<?xml version='1.0'?><methodCall><methodName>search</methodName><params><param>"
            + "<value><struct><member><name>name</name><value><string>floe</string></value></member></struct></value>"
            + "</param><param><value><string>or</string></value></param></params></methodCall>";

    @TempDir
    Path data;

    private final CountDownLatch gate = new CountDownLatch(1);
    private volatile boolean gated;
    private IndexInHand index;

    /** An index whose passes wait, if they are told to. */
    private final class Gated implements Index {
        private final Index rows;

        Gated(Index rows) {
            this.rows = rows;
        }

        @Override
        public byte @Nullable [] get(Family family, byte[] key) {
            return rows.get(family, key);
        }

        @Override
        public List<byte[]> series(Family family, IntFunction<byte[]> key) {
            return rows.series(family, key);
        }

        @Override
        public void scan(Family family, byte[] prefix, RowVisitor visitor) {
            rows.scan(family, prefix, visitor);
        }

        @Override
        public void walk(Family family, byte[] prefix, Walker walker) {
            try {
                if (gated && !gate.await(SOON.toSeconds(), TimeUnit.SECONDS)) {
                    throw new AssertionError("the gate stays shut");
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            rows.walk(family, prefix, walker);
        }

        @Override
        public void write(Batch batch, boolean sync) {
            rows.write(batch, sync);
        }

        @Override
        public void checkpoint(Path directory) {
            rows.checkpoint(directory);
        }

        @Override
        public void close() {
            rows.close();
        }
    }

    @BeforeEach
    void start() {
        index = new IndexInHand(data, null, Gated::new);
        index.hold("floe/floe-1.0-py3-none-any.whl", new byte[100]);
        gated = true;
    }

    @AfterEach
    void stop() {
        gate.countDown();
        index.close();
    }

    private CompletableFuture<@Nullable Reply> search() {
        return index.post("RPC2", "text/xml", CALL).toFuture();
    }

    @Test
    void allAreAnsweredAndTwoAtWork() throws Exception {
        List<CompletableFuture<@Nullable Reply>> searches = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            searches.add(search());
        }
        Eventually.is(SOON, "two at work", () -> index.active() == 2);
        Thread.sleep(200);
        assertThat(index.active()).as("threads of the pool").isEqualTo(2);
        assertThat(searches).noneMatch(CompletableFuture::isDone);
        gate.countDown();
        for (CompletableFuture<@Nullable Reply> search : searches) {
            Reply.Text found = (Reply.Text) Objects.requireNonNull(search.get(SOON.toSeconds(), TimeUnit.SECONDS));
            assertThat(new String(found.bytes(), StandardCharsets.UTF_8)).contains("<string>floe</string>");
        }
    }

    @Test
    void whoLeavesGivesItsTurnUp() throws Exception {
        CompletableFuture<@Nullable Reply> first = search();
        CompletableFuture<@Nullable Reply> second = search();
        Eventually.is(SOON, "two at work", () -> index.active() == 2);
        Disposable leaves = index.post("RPC2", "text/xml", CALL).subscribe();
        CompletableFuture<@Nullable Reply> last = search();
        leaves.dispose();
        gate.countDown();
        for (CompletableFuture<@Nullable Reply> search : List.of(first, second, last)) {
            assertThat(search.get(SOON.toSeconds(), TimeUnit.SECONDS)).isInstanceOf(Reply.Text.class);
        }
    }
}
