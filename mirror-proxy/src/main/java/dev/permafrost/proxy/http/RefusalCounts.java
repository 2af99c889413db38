package dev.permafrost.proxy.http;

import java.util.concurrent.atomic.LongAdder;

/** How many clients have been sent away, by the reason. */
final class RefusalCounts {
    private final LongAdder[] counts = new LongAdder[Refusal.values().length];

    RefusalCounts() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    void count(Refusal why) {
        counts[why.ordinal()].increment();
    }

    long of(Refusal why) {
        return counts[why.ordinal()].sum();
    }
}
