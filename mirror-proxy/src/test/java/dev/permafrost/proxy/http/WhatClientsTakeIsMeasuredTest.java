package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A client is judged by what it has confirmed, from its first round trip on, and not by a number of another kind. */
@SuppressWarnings("FutureReturnValueIgnored") // what goes wrong here is a failed test
class WhatClientsTakeIsMeasuredTest {
    private static final HttpConfig CONFIG = HttpConfig.defaults();
    private static final long WINDOW = CONFIG.writeSlowWindow().toNanos();
    private static final long STEP = WINDOW / 4;

    private final AtomicLong confirmed = new AtomicLong();
    private final RefusalCounts refusals = new RefusalCounts();
    private final EmbeddedChannel channel = new TakesNothing();
    private final WriteProgress progress = new WriteProgress(channel, CONFIG, refusals, asked -> confirmed.get());

    @Test
    void whoHasConfirmedNothingInItsFirstRoundTripIsNotCutOffForIt() {
        channel.writeAndFlush(Unpooled.buffer().writeZero(10));
        long now = 1;
        assertThat(progress.look(now)).isTrue();
        for (int i = 1; i <= 8; i++) {
            now += STEP;
            confirmed.set(i * 4_000_000L);
            progress.look(now);
            assertThat(refusals.of(Refusal.SLOW_READER)).isZero();
        }
        for (int i = 0; i < 8; i++) {
            now += STEP;
            progress.look(now);
        }
        assertThat(refusals.of(Refusal.SLOW_READER)).isPositive();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void whoseNumberGoesBackwardsIsJudgedAnew() {
        Pace pace = new Pace(1_000, Duration.ofSeconds(4), Duration.ofSeconds(60));
        assertThat(pace.look(1L << 30, 0)).isNull();
        for (int second = 1; second <= 8; second++) {
            assertThat(pace.look(second * 1_000L, second * 1_000_000_000L)).isNull();
        }
        for (int second = 9; second <= 12; second++) {
            pace.look(8_001, second * 1_000_000_000L);
        }
        assertThat(pace.look(8_002, 13_000_000_000L)).contains("http.write-bytes-per-second-min");
    }

    /** A socket that is full. */
    private static final class TakesNothing extends EmbeddedChannel {
        @Override
        protected void doWrite(ChannelOutboundBuffer in) {}
    }
}
