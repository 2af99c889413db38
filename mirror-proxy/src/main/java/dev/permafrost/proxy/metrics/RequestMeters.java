package dev.permafrost.proxy.metrics;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The counts of the requests for one repository: a cell for each kind, class of status and outcome, found by arithmetic. A cell
 * that was never counted in takes no memory, and is in no scrape.
 */
public final class RequestMeters {
    private final String repository;
    private final int outcomes;
    private final AtomicReferenceArray<LongAdder> cells;

    RequestMeters(String repository, int kinds, int outcomes) {
        this.repository = repository;
        this.outcomes = outcomes;
        this.cells = new AtomicReferenceArray<>(kinds * StatusClass.COUNT * outcomes);
    }

    String repository() {
        return repository;
    }

    void count(int kind, int statusClass, int outcome) {
        int at = (kind * StatusClass.COUNT + statusClass) * outcomes + outcome;
        LongAdder cell = cells.get(at);
        (cell == null ? made(at) : cell).increment();
    }

    /** How many cells there are. */
    int size() {
        return cells.length();
    }

    /** The cell at an index; null where nothing was counted in it. */
    @Nullable LongAdder cell(int at) {
        return cells.get(at);
    }

    int kindOf(int at) {
        return at / (StatusClass.COUNT * outcomes);
    }

    int statusClassOf(int at) {
        return at / outcomes % StatusClass.COUNT;
    }

    int outcomeOf(int at) {
        return at % outcomes;
    }

    private LongAdder made(int at) {
        LongAdder made = new LongAdder();
        LongAdder before = cells.compareAndExchange(at, null, made);
        return before == null ? made : before;
    }
}
