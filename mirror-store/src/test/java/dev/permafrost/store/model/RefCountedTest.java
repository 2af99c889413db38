package dev.permafrost.store.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The last one out, and nobody else, turns off the light. */
class RefCountedTest {
    private static final class Counted extends RefCounted {
        final AtomicInteger freed = new AtomicInteger();

        @Override
        protected void free() {
            freed.incrementAndGet();
        }
    }

    @Test
    void theLastReferenceFrees() {
        Counted counted = new Counted();
        assertThat(counted.tryRetain()).isTrue();
        assertThat(counted.references()).isEqualTo(2);
        counted.close();
        assertThat(counted.freed).hasValue(0);
        counted.release();
        assertThat(counted.freed).hasValue(1);
        assertThat(counted.tryRetain()).isFalse();
    }

    @Test
    void givingBackTooMuchIsAFaultAndRevivesNothing() {
        Counted counted = new Counted();
        counted.release();
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(counted::release).isInstanceOf(IllegalStateException.class);
            assertThat(counted.tryRetain()).isFalse();
            assertThat(counted.references()).isZero();
        }
        assertThat(counted.freed).hasValue(1);
    }

    @Test
    void manyThreadsFreeItOnce() throws InterruptedException {
        for (int round = 0; round < 50; round++) {
            Counted counted = new Counted();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                threads.add(new Thread(() -> {
                    while (counted.tryRetain()) {
                        if (counted.freed.get() != 0) {
                            throw new IllegalStateException("retained what was freed");
                        }
                        counted.release();
                    }
                }));
            }
            threads.forEach(Thread::start);
            counted.release();
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(counted.freed).hasValue(1);
        }
    }
}
