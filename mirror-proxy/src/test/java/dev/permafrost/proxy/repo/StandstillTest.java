package dev.permafrost.proxy.repo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is being sealed does not change meanwhile. */
final class StandstillTest {
    private final Standstill standstill = new Standstill();
    private final ExecutorService others = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        others.shutdownNow();
    }

    @Test
    void changesAreMadeAsLongAsNothingStandsStill() {
        assertThat(standstill.change(() -> "changed")).hasValue("changed");
        assertThat(standstill.during(() -> "sealed")).isEqualTo("sealed");
        assertThat(standstill.change(() -> "changed")).hasValue("changed");
    }

    @Test
    void noChangeIsMadeMeanwhile() {
        Optional<String> change = standstill.during(() -> get(others.submit(() -> standstill.change(() -> "changed"))));
        assertThat(change).isEmpty();
    }

    @Test
    void whatIsBeingChangedIsWaitedFor() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        Future<Optional<String>> change = others.submit(() -> standstill.change(() -> {
            begun.countDown();
            await(mayEnd);
            ended.set(true);
            return "changed";
        }));
        begun.await();
        Future<Boolean> sealed = others.submit(() -> standstill.during(ended::get));
        mayEnd.countDown();
        assertThat(get(sealed)).isTrue();
        assertThat(get(change)).hasValue("changed");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static <T> T get(Future<T> future) {
        try {
            return future.get();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
