package dev.permafrost.proxy.fetch;

import dev.permafrost.store.model.FailureKind;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** How many fetches are over, and how they ended. */
public final class FlightFigures {
    private final LongAdder landed = new LongAdder();
    private final Map<FailureKind, LongAdder> failed = new EnumMap<>(FailureKind.class);

    FlightFigures() {
        for (FailureKind kind : FailureKind.values()) {
            failed.put(kind, new LongAdder());
        }
    }

    void landed(@Nullable FailureKind failure) {
        landed.increment();
        LongAdder failures = failure == null ? null : failed.get(failure);
        if (failures != null) {
            failures.increment();
        }
    }

    /** How many are over. */
    public long landed() {
        return landed.sum();
    }

    /** How many of them failed in that way. */
    public long failed(FailureKind kind) {
        LongAdder failures = failed.get(kind);
        return failures == null ? 0 : failures.sum();
    }
}
