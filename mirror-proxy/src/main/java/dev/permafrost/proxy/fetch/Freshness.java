package dev.permafrost.proxy.fetch;

import dev.permafrost.store.View;
import dev.permafrost.store.model.Entry;
import java.time.Duration;
import java.time.Instant;

/** How long a held file that nothing proves is good. */
final class Freshness {
    private Freshness() {}

    /** Whether upstream is to be asked whether what is held is still what it has. Blocks. */
    static boolean isOver(View view, FileRequest request, Entry held, Instant now) {
        Duration goodFor = request.goodFor();
        if (goodFor == null) {
            return false;
        }
        Instant at = Confirmed.find(view, request.key(), held)
                .map(known -> Instant.ofEpochMilli(known.atMillis()))
                .orElse(held.committedAt());
        // what is from the future was written by a clock that was wrong
        return !at.plus(goodFor).isAfter(now) || at.isAfter(now.plus(goodFor));
    }
}
