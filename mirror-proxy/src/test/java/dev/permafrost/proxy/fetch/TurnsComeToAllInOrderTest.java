package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** Where only so much may go on at once, all others wait without a thread, in their order, up to a number and a time. */
class TurnsComeToAllInOrderTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    private final Blocking blocking = new Blocking(8);
    private final CountDownLatch gate = new CountDownLatch(1);
    private final List<Integer> done = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() {
        gate.countDown();
        blocking.close();
    }

    @Test
    void noMoreAtOnceAndNobodyGoesFirstWhoHasNotWaited() throws Exception {
        Turns turns = new Turns(blocking, 2, 100, LONG, "things");
        AtomicInteger at = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<CompletableFuture<Integer>> all = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            all.add(turns.call(() -> {
                        most.accumulateAndGet(at.incrementAndGet(), Math::max);
                        gate.await();
                        return at.decrementAndGet();
                    })
                    .toFuture());
        }
        Eventually.is(LONG, "two at work", () -> at.get() == 2);
        assertThat(blocking.active()).as("threads that are held").isEqualTo(2);
        assertThat(turns.now(() -> 100)).isNull();
        gate.countDown();
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get();
        assertThat(most.get()).isEqualTo(2);
        Eventually.is(LONG, "its turn", () -> free(turns));
    }

    @Test
    void theFirstComesFirst() throws Exception {
        Turns turns = new Turns(blocking, 1, 100, LONG, "things");
        List<CompletableFuture<?>> all = new ArrayList<>();
        all.add(turns.call(this::wait1).toFuture());
        for (int i = 0; i < 20; i++) {
            int number = i;
            all.add(turns.call(() -> done.add(number)).toFuture());
        }
        gate.countDown();
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get();
        assertThat(done).hasSize(20).isSorted();
    }

    @Test
    void whoLeavesGivesTheTurnUpAndWorkThatFailsEndsIt() throws Exception {
        Turns turns = new Turns(blocking, 1, 100, LONG, "things");
        CompletableFuture<@Nullable Integer> first = turns.call(this::wait1).toFuture();
        Disposable leaver = turns.call(() -> done.add(2)).subscribe();
        Mono<Integer> failing = turns.call(() -> {
            throw new IllegalStateException("broken");
        });
        CompletableFuture<@Nullable Integer> third = failing.toFuture();
        CompletableFuture<@Nullable Boolean> fourth =
                turns.call(() -> done.add(4)).toFuture();
        leaver.dispose();
        gate.countDown();
        assertThat(first.get()).isEqualTo(1);
        assertThatThrownBy(third::get).hasRootCauseMessage("broken");
        assertThat(fourth.get()).isTrue();
        assertThat(done).containsExactly(4);
        Eventually.is(LONG, "its turn", () -> free(turns));
    }

    @Test
    void tooManyAreToldAtOnceAndTooLongAfterAWhile() throws Exception {
        Turns turns = new Turns(blocking, 1, 1, Duration.ofMillis(200), "things");
        CompletableFuture<@Nullable Integer> first = turns.call(this::wait1).toFuture();
        Mono<Boolean> second = turns.call(() -> done.add(2));
        CompletableFuture<@Nullable Boolean> waiting = second.toFuture();
        assertThatThrownBy(() -> turns.call(() -> done.add(3)).block(LONG))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.OVERLOADED))
                .hasMessageContaining("more than 1 things wait");
        assertThatThrownBy(waiting::get)
                .hasRootCauseInstanceOf(StoreException.class)
                .hasMessageContaining("its turn");
        gate.countDown();
        assertThat(first.get()).isEqualTo(1);
        Eventually.is(LONG, "its turn", () -> free(turns));
        assertThat(done).isEmpty();
    }

    private Integer wait1() throws InterruptedException {
        gate.await();
        return 1;
    }

    private static boolean free(Turns turns) {
        try {
            return turns.now(() -> true) != null;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
