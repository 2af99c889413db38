package dev.permafrost.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A body may take for ever, as long as it comes. */
class ProgressIsJudgedByBytesAndTimeTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private final ProgressWatch watch = new ProgressWatch(UpstreamConfig.defaults(), URI.create("http://h/f"), 0);

    @Test
    void silenceIsForgivenForAMinute() {
        assertThat(watch.verdict(60 * SECOND)).isNull();
        assertThat(watch.verdict(61 * SECOND))
                .hasMessage("http://h/f: upstream sent nothing for 60 s (upstream.progress-timeout)");
    }

    @Test
    void aTrickleIsForgivenForFiveMinutes() {
        for (int s = 1; s < 300; s++) {
            watch.progress(1000, s * SECOND);
            assertThat(watch.verdict(s * SECOND)).isNull();
        }
        assertThat(watch.verdict(300 * SECOND)).hasMessageContaining("996 bytes/s over 300 s", "1024");
    }

    @Test
    void eachWindowIsJudgedAnew() {
        watch.progress(1 << 30, SECOND);
        for (int s = 1; s <= 300; s++) {
            watch.progress(0, s * SECOND);
        }
        assertThat(watch.verdict(300 * SECOND)).isNull();
        for (int s = 301; s <= 600; s++) {
            watch.progress(1, s * SECOND);
        }
        assertThat(watch.verdict(600 * SECOND)).isNotNull();
    }
}
