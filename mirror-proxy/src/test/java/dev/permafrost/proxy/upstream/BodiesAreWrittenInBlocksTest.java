package dev.permafrost.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.ByteFlow;
import dev.permafrost.proxy.repo.ByteSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;

/** How the bytes of a body reach the disk: all of them, in their order, in blocks where they come fast, soon where they don't. */
class BodiesAreWrittenInBlocksTest {
    private static final int BLOCK = BlockQueue.BLOCK_BYTES;
    private static final Duration LONG = Duration.ofSeconds(20);

    private final DefaultEventLoop loop = new DefaultEventLoop();
    private final ExecutorService blocking = Executors.newSingleThreadExecutor();

    @AfterEach
    void end() {
        blocking.shutdown();
        var unused = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    @Test
    void aQueueIsTakenOutUpToTheEndOfABlock() {
        BlockQueue queue = new BlockQueue();
        assertThat(queue.take().isReadable()).isFalse();
        ByteBuf large = Unpooled.buffer().writeBytes(new byte[BLOCK + 10]);
        queue.add(Unpooled.buffer().writeBytes(new byte[] {1, 2, 3}));
        assertThat(queue.fillsBlock()).isFalse();
        assertThat(takes(queue)).isEqualTo(3);
        queue.add(large);
        assertThat(queue.fillsBlock()).isTrue();
        assertThat(takes(queue)).isEqualTo(BLOCK - 3);
        assertThat(queue.bytes()).isEqualTo(13);
        assertThat(queue.fillsBlock()).isFalse();
        queue.drop();
        assertThat(large.refCnt()).isZero();
        assertThat(queue.bytes()).isZero();
    }

    @Test
    void whatComesFastIsWrittenInBlocks() {
        List<ByteBuf> body = new ArrayList<>();
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        Random random = new Random(7);
        while (sent.size() < 3 * BLOCK + 100) {
            byte[] piece = new byte[1 + random.nextInt(8 << 10)];
            random.nextBytes(piece);
            sent.writeBytes(piece);
            body.add(Unpooled.wrappedBuffer(piece));
        }
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        List<Integer> sizes = new CopyOnWriteArrayList<>();
        CountDownLatch allThere = new CountDownLatch(1);
        ByteSink sink = bytes -> {
            // as long as the disk is busy with the first piece, the rest comes
            await(allThere);
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            sizes.add(copy.length);
            written.writeBytes(copy);
        };
        AtomicLong given = new AtomicLong();
        Flux<ByteBuf> flux = Flux.fromIterable(body).doOnNext(piece -> {
            if (given.addAndGet(piece.readableBytes()) >= 2 * BLOCK) {
                allThere.countDown();
            }
        });
        StepVerifier.create(drained(flux, sink)).expectComplete().verify(LONG);
        assertThat(written.toByteArray()).isEqualTo(sent.toByteArray());
        // only the first may have waited for too long, where the machine is busy
        assertThat(sizes.get(1) + sizes.get(0) == BLOCK || sizes.get(1) == BLOCK)
                .as(sizes.toString())
                .isTrue();
        body.forEach(ByteBuf::release);
        assertThat(body).allMatch(piece -> piece.refCnt() == 0);
    }

    @Test
    void whatComesSlowlyIsWrittenSoon() throws Exception {
        Sinks.Many<ByteBuf> upstream = Sinks.many().unicast().onBackpressureBuffer();
        List<Integer> sizes = new CopyOnWriteArrayList<>();
        CountDownLatch first = new CountDownLatch(1);
        StepVerifier.create(drained(upstream.asFlux(), bytes -> {
                    sizes.add(bytes.remaining());
                    first.countDown();
                }))
                .then(() -> {
                    upstream.tryEmitNext(Unpooled.buffer().writeByte(1)).orThrow();
                    await(first);
                    upstream.tryEmitNext(Unpooled.buffer().writeShort(2)).orThrow();
                    upstream.tryEmitComplete().orThrow();
                })
                .expectComplete()
                .verify(LONG);
        assertThat(sizes).containsExactly(1, 2);
    }

    @Test
    void theFirstBytesWaitForNothingAndTheNextForTheirBlock() {
        // whose timers don't fire by themselves
        EventLoop still = new EmbeddedChannel().eventLoop();
        Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        List<Integer> sizes = new ArrayList<>();
        List<Throwable> errors = new ArrayList<>();
        Sinks.Many<ByteBuf> upstream = Sinks.many().unicast().onBackpressureBuffer();
        drained(upstream.asFlux(), bytes -> sizes.add(bytes.remaining()), tasks::add, still)
                .subscribe(nothing -> {}, errors::add);
        upstream.tryEmitNext(Unpooled.wrappedBuffer(new byte[7])).orThrow();
        assertThat(tasks).hasSize(1);
        tasks.remove().run();
        assertThat(errors).isEmpty();
        upstream.tryEmitNext(Unpooled.wrappedBuffer(new byte[9])).orThrow();
        assertThat(tasks).isEmpty();
        upstream.tryEmitNext(Unpooled.wrappedBuffer(new byte[BLOCK])).orThrow();
        assertThat(tasks).hasSize(1);
        tasks.remove().run();
        assertThat(sizes).containsExactly(7, BLOCK - 7);
        upstream.tryEmitComplete().orThrow();
        tasks.remove().run();
        assertThat(sizes).containsExactly(7, BLOCK - 7, 16);
    }

    /** What was beyond the block stayed where it was until upstream sent more, and so did those who waited for it. */
    @Test
    void whatIsBeyondABlockIsWrittenSoonTooIfNobodyHadTimeToWriteTheBlock() {
        EmbeddedChannel timers = new EmbeddedChannel();
        Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        List<Integer> sizes = new ArrayList<>();
        Sinks.Many<ByteBuf> upstream = Sinks.many().unicast().onBackpressureBuffer();
        drained(upstream.asFlux(), bytes -> sizes.add(bytes.remaining()), tasks::add, timers.eventLoop())
                .subscribe();
        upstream.tryEmitNext(Unpooled.wrappedBuffer(new byte[7])).orThrow();
        tasks.remove().run();
        upstream.tryEmitNext(Unpooled.wrappedBuffer(new byte[BLOCK + 2])).orThrow();
        assertThat(tasks).hasSize(1);
        pass(timers);
        tasks.remove().run();
        assertThat(sizes).containsExactly(7, BLOCK - 7);
        pass(timers);
        assertThat(tasks).hasSize(1);
        tasks.remove().run();
        assertThat(sizes).containsExactly(7, BLOCK - 7, 9);
    }

    @Test
    void whereAPauseIsWantedNothingIsWrittenAndNoThreadWaits() {
        EmbeddedChannel timers = new EmbeddedChannel();
        Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        List<Integer> sizes = new ArrayList<>();
        AtomicLong told = new AtomicLong();
        ByteFlow flow = bytes -> {
            told.addAndGet(bytes);
            return TimeUnit.MILLISECONDS.toNanos(200);
        };
        Sinks.Many<ByteBuf> upstream = Sinks.many().unicast().onBackpressureBuffer();
        drained(upstream.asFlux(), bytes -> sizes.add(bytes.remaining()), flow, tasks::add, timers.eventLoop())
                .subscribe();
        upstream.tryEmitNext(Unpooled.wrappedBuffer(new byte[7])).orThrow();
        tasks.remove().run();
        assertThat(told.get()).isEqualTo(7);
        upstream.tryEmitNext(Unpooled.wrappedBuffer(new byte[2 * BLOCK])).orThrow();
        pass(timers);
        assertThat(tasks).isEmpty();
        timers.advanceTimeBy(200, TimeUnit.MILLISECONDS);
        timers.runScheduledPendingTasks();
        tasks.remove().run();
        assertThat(sizes).as("one block, and a pause again").containsExactly(7, BLOCK - 7);
        assertThat(told.get()).isEqualTo(BLOCK);
        timers.advanceTimeBy(250, TimeUnit.MILLISECONDS);
        timers.runScheduledPendingTasks();
        tasks.remove().run();
        assertThat(sizes).containsExactly(7, BLOCK - 7, BLOCK);
    }

    /** More than the time for which bytes wait for the rest of their block, several times. */
    private static void pass(EmbeddedChannel timers) {
        for (int i = 0; i < 5; i++) {
            timers.advanceTimeBy(10, TimeUnit.MILLISECONDS);
            timers.runScheduledPendingTasks();
        }
    }

    @Test
    void noMoreIsAskedForThanTheDiskTakes() {
        AtomicLong asked = new AtomicLong();
        CountDownLatch enough = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        byte[] piece = new byte[8 << 10];
        long most = 3L * BLOCK + 8L * piece.length;
        Flux<ByteBuf> endless = Flux.<ByteBuf>generate(out -> out.next(Unpooled.wrappedBuffer(piece)))
                .doOnNext(next -> {
                    if (asked.addAndGet(next.readableBytes()) >= 2L * BLOCK) {
                        enough.countDown();
                    }
                })
                .takeUntil(next -> asked.get() > most);
        Mono<Void> drained = drained(endless, bytes -> {
            await(enough);
            if (go.getCount() > 0) {
                // nothing is asked for while it is busy
                sleep(Duration.ofMillis(100));
                assertThat(asked.get()).isLessThanOrEqualTo(most);
                go.countDown();
            }
        });
        StepVerifier.create(drained).expectComplete().verify(LONG);
        assertThat(asked.get()).isGreaterThan(most);
    }

    private Mono<Void> drained(Flux<ByteBuf> body, ByteSink sink) {
        return drained(body, sink, blocking, loop);
    }

    private Mono<Void> drained(Flux<ByteBuf> body, ByteSink sink, Executor executor, EventLoop on) {
        return drained(body, sink, ByteFlow.FREE, executor, on);
    }

    private Mono<Void> drained(Flux<ByteBuf> body, ByteSink sink, ByteFlow flow, Executor executor, EventLoop on) {
        return Mono.create(result -> {
            ProgressWatch watch =
                    new ProgressWatch(UpstreamConfig.defaults(), URI.create("http://h/f"), System.nanoTime());
            body.subscribe(new BodyDrain(sink, flow, executor, watch, on, result));
        });
    }

    private static int takes(BlockQueue queue) {
        ByteBuf taken = queue.take();
        try {
            return taken.readableBytes();
        } finally {
            taken.release();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void sleep(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
