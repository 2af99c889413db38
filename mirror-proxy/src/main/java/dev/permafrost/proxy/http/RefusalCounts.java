package dev.permafrost.proxy.http;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** How many clients have been sent away, by the reason. */
final class RefusalCounts {
    private final Map<Refusal, LongAdder> counts = new EnumMap<>(Refusal.class);

    RefusalCounts() {
        for (Refusal why : Refusal.values()) {
            counts.put(why, new LongAdder());
        }
    }

    void count(Refusal why) {
        adder(why).increment();
    }

    long of(Refusal why) {
        return adder(why).sum();
    }

    private LongAdder adder(Refusal why) {
        return Objects.requireNonNull(counts.get(why));
    }
}
