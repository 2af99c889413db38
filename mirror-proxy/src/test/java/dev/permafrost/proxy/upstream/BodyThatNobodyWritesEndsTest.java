package dev.permafrost.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.ByteFlow;
import dev.permafrost.proxy.repo.ByteSink;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.DefaultEventLoop;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Whatever refuses a body's bytes ends it at once, and no buffer stays behind. */
class BodyThatNobodyWritesEndsTest {
    @Test
    void whenThePoolIsFull() {
        Executor full = task -> {
            throw new RejectedExecutionException("full");
        };
        assertEnds(bytes -> {}, full, "full");
    }

    @Test
    void whenTheDiskIs() {
        ByteSink disk = bytes -> {
            throw new IllegalStateException("no space");
        };
        assertEnds(disk, Runnable::run, "no space");
    }

    private static void assertEnds(ByteSink sink, Executor executor, String why) {
        DefaultEventLoop loop = new DefaultEventLoop();
        ByteBuf bytes = Unpooled.buffer().writeInt(1);
        try {
            Mono<Void> drained = Mono.create(result -> {
                ProgressWatch watch =
                        new ProgressWatch(UpstreamConfig.defaults(), URI.create("http://h/f"), System.nanoTime());
                Flux.just(bytes, bytes).subscribe(new BodyDrain(sink, ByteFlow.FREE, executor, watch, loop, result));
            });
            StepVerifier.create(drained).expectErrorMessage(why).verify(Duration.ofSeconds(5));
            assertThat(bytes.refCnt()).isEqualTo(1);
        } finally {
            bytes.release();
            var unused = loop.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS);
        }
    }
}
