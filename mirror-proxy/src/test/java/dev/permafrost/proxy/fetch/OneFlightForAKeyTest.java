package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Flights are joined while they last, and their failures remembered for a while. */
class OneFlightForAKeyTest {
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger begun = new AtomicInteger();
    private final SingleFlight<String, SingleFlight.Landing> flights =
            new SingleFlight<>(2, Duration.ofSeconds(5), nanos::get);

    @Test
    void whoeverAsksMeanwhileJoins() {
        SingleFlight.Joined<SingleFlight.Landing> first = join("a");
        assertThat(first.joined()).isFalse();
        assertThat(join("a").joined()).isTrue();
        assertThat(join("b").joined()).isFalse();
        assertThat(begun).hasValue(2);
        first.flight().land(null);
        assertThat(join("a").joined()).isFalse();
    }

    @Test
    void everyoneGetsTheSameFailureUntilItIsForgotten() {
        StoreException failure = new FetchException(FailureKind.UPSTREAM_UNREACHABLE, "down");
        join("a").flight().land(failure);
        assertThatThrownBy(() -> join("a")).isSameAs(failure);
        nanos.addAndGet(Duration.ofMillis(4999).toNanos());
        assertThatThrownBy(() -> join("a")).isSameAs(failure);
        nanos.addAndGet(Duration.ofMillis(2).toNanos());
        assertThat(join("a").joined()).isFalse();
        assertThat(begun).hasValue(2);
    }

    @Test
    void beyondTheMostFlightsTheyWaitTheirTurn() {
        SingleFlight.Joined<SingleFlight.Landing> first = join("a");
        join("b");
        SingleFlight.Joined<SingleFlight.Landing> third = join("c");
        assertThat(begun).hasValue(2);
        assertThat(third.joined()).isFalse();
        assertThat(join("c").joined()).isTrue();
        first.flight().land(null);
        assertThat(begun).hasValue(3);
        assertThat(flights.size()).isEqualTo(2);
        third.flight().land(null);
        join("d");
        assertThat(begun).hasValue(4);
    }

    private SingleFlight.Joined<SingleFlight.Landing> join(String key) {
        return flights.join(key, landing -> landing, landing -> begun.incrementAndGet());
    }
}
