package dev.permafrost.proxy.testing;

import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for what happens on another thread. */
public final class Eventually {
    private static final Duration STEP = Duration.ofMillis(10);

    private Eventually() {}

    /**
     * Waits until it is so.
     *
     * @throws AssertionError if it is not by then
     */
    public static void is(Duration timeout, String what, BooleanSupplier condition) {
        value(timeout, what, () -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty());
    }

    /**
     * Waits until there is a value.
     *
     * @throws AssertionError if there is none by then
     */
    public static <T> T value(Duration timeout, String what, Supplier<Optional<T>> value) {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (true) {
            Optional<T> there = value.get();
            if (there.isPresent()) {
                return there.get();
            }
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + timeout + ": " + what);
            }
            after(STEP);
        }
    }

    /** Lets that time pass, where something is not to happen. */
    public static void after(Duration time) {
        try {
            Thread.sleep(time.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted while waiting", e);
        }
    }
}
