package dev.permafrost.proxy.format.yum.createrepo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Results come in order; no more memory is taken ahead than there is, but that what is next always gets its own. */
@Timeout(60)
class WorkAheadIsBoundedTest {
    private static final List<Integer> THINGS = IntStream.range(0, 300).boxed().toList();

    @Test
    void resultsComeInOrder() {
        List<Integer> results = new ArrayList<>();
        try (Ordered ordered = new Ordered(4, 1000)) {
            ordered.each(
                    THINGS,
                    (thing, memory) -> {
                        Thread.sleep(thing % 7 == 0 ? 3 : 0);
                        return thing;
                    },
                    results::add);
        }
        assertThat(results).isEqualTo(THINGS);
    }

    @Test
    void memoryIsBounded() {
        AtomicLong held = new AtomicLong();
        AtomicLong most = new AtomicLong();
        try (Ordered ordered = new Ordered(4, 100)) {
            ordered.each(
                    THINGS,
                    (thing, memory) -> {
                        // some want more than there is
                        long bytes = thing % 50 == 0 ? 500 : 40;
                        memory.accept(bytes);
                        most.accumulateAndGet(held.addAndGet(bytes), Math::max);
                        return bytes;
                    },
                    bytes -> held.addAndGet(-bytes));
        }
        assertThat(held).hasValue(0);
        assertThat(most.get()).isBetween(500L, 600L);
    }

    @Test
    void theFirstFailureEndsIt() {
        try (Ordered ordered = new Ordered(2, 100)) {
            assertThatThrownBy(() -> ordered.each(
                            THINGS,
                            (thing, memory) -> {
                                if (thing == 5) {
                                    throw new IllegalArgumentException("five");
                                }
                                return thing;
                            },
                            thing -> {}))
                    .hasMessage("five");
        }
    }
}
