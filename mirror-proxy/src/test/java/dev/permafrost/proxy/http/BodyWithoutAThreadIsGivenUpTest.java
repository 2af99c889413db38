package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.BodySink;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.model.FailureKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A body for which there is no thread, or which its taker fails at: refused for that reason, and nothing of it is left. */
class BodyWithoutAThreadIsGivenUpTest {
    private static final Duration SOON = Duration.ofSeconds(10);

    private final EventExecutor loop = new DefaultEventExecutor();
    private final AtomicInteger takenBytes = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final CountingSink sink = new CountingSink();
    private final IncomingBody body =
            new IncomingBody(-1, loop, HttpConfig.defaults(), () -> {}, takenBytes::addAndGet);

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 0, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** Counts what becomes of it. */
    private static final class CountingSink implements BodySink {
        private final AtomicInteger writes = new AtomicInteger();
        private final AtomicInteger ends = new AtomicInteger();
        private final AtomicInteger abandons = new AtomicInteger();
        private volatile boolean fails;

        @Override
        public void write(ByteBuffer bytes) {
            writes.incrementAndGet();
            if (fails) {
                throw new StackOverflowError("made up");
            }
            bytes.position(bytes.limit());
        }

        @Override
        public void end() {
            ends.incrementAndGet();
        }

        @Override
        public void abandon() {
            abandons.incrementAndGet();
        }
    }

    private void take(Executor executor) {
        body.drainTo(sink, executor).subscribe(nothing -> {}, failure::set);
    }

    private ByteBuf add(int bytes) {
        ByteBuf piece = Unpooled.directBuffer().writeZero(bytes);
        loop.submit(() -> body.add(piece)).syncUninterruptibly();
        return piece;
    }

    private void assertGivenUp(ByteBuf... pieces) {
        // what it told the loop has been done once this has
        loop.submit(() -> {}).awaitUninterruptibly(SOON.toMillis());
        assertThat(sink.abandons).hasValue(1);
        assertThat(sink.ends).hasValue(0);
        int all = 0;
        for (ByteBuf piece : pieces) {
            assertThat(piece.refCnt()).isZero();
            all += piece.capacity() == 0 ? 0 : 1_000;
        }
        assertThat(takenBytes).as("that more may come").hasValue(all);
        assertThat(body.pendingBytes()).isZero();
        assertThat(body.complete()).isFalse();
    }

    @Test
    void aFullPoolRefusesItAndWhatWasThereAndWhatComesLaterIsReleased() {
        ByteBuf before = add(1_000);
        take(task -> {
            throw new FetchException(FailureKind.OVERLOADED, "more than 10000 disk tasks are waiting");
        });
        assertThat(failure.get())
                .isInstanceOfSatisfying(
                        FetchException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.OVERLOADED));
        ByteBuf after = add(1_000);
        body.end();
        assertGivenUp(before, after);
        assertThat(sink.writes).hasValue(0);
    }

    @Test
    void aPoolThatFillsUpLaterDoesSoToo() {
        AtomicInteger calls = new AtomicInteger();
        take(task -> {
            if (calls.getAndIncrement() > 0) {
                throw new FetchException(FailureKind.OVERLOADED, "more than 10000 disk tasks are waiting");
            }
            task.run();
        });
        ByteBuf first = add(1_000);
        ByteBuf second = add(1_000);
        assertThat(failure.get()).isInstanceOf(FetchException.class);
        assertGivenUp(first, second);
    }

    @Test
    void anErrorOfWhoTakesItEndsItToo() {
        sink.fails = true;
        take(Runnable::run);
        ByteBuf first = add(1_000);
        ByteBuf second = add(1_000);
        assertThat(failure.get()).isInstanceOf(StackOverflowError.class);
        assertThat(sink.writes).hasValue(1);
        assertThat(first.refCnt()).isZero();
        assertThat(second.refCnt()).isZero();
        assertThat(sink.abandons).hasValue(1);
    }
}
