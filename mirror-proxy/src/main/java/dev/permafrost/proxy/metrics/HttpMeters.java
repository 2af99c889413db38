package dev.permafrost.proxy.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;

/**
 * What is measured of clients. Kinds, outcomes and origins are numbers here, the ordinals of enums of others, so that a request
 * costs a few additions in cells that are found by arithmetic: no allocation, no look-up, no lock. For any thread.
 */
public final class HttpMeters {
    /** The repository of requests that asked for none; it can't be a name. */
    private static final String NO_REPOSITORY = "-";

    private final MirrorMeters meters;
    private final List<String> kinds;
    private final List<String> outcomes;
    private final RequestMeters elsewhere;
    private final Histogram[] durations;
    private final LongAdder[] sentBytes;
    private final LongAdder accepted = new LongAdder();
    private final LongAdder handshakesDone = new LongAdder();
    private final LongAdder handshakesFailed = new LongAdder();
    private final Histogram loopDelay;

    /**
     * Meters of the front end.
     *
     * @param kinds names of what can be asked for, by ordinal
     * @param outcomes names of how the cache can be of help, by ordinal; one more stands for none
     * @param origins names of where bytes can come from, by ordinal
     */
    HttpMeters(MirrorMeters meters, List<String> kinds, List<String> outcomes, List<String> origins) {
        this.meters = meters;
        this.kinds = List.copyOf(kinds);
        this.outcomes = new ArrayList<>(outcomes);
        this.outcomes.add("none");
        this.durations = new Histogram[this.outcomes.size()];
        for (int i = 0; i < durations.length; i++) {
            durations[i] = meters.histogram(Meter.REQUEST_DURATION, Histogram.WAITS, this.outcomes.get(i));
        }
        this.sentBytes = new LongAdder[origins.size()];
        for (int i = 0; i < sentBytes.length; i++) {
            sentBytes[i] = new LongAdder();
            meters.counter(Meter.SENT_BYTES, sentBytes[i]::sum, origins.get(i));
        }
        meters.counter(Meter.CONNECTIONS_ACCEPTED, accepted::sum);
        meters.counter(Meter.TLS_HANDSHAKES, handshakesDone::sum, "done");
        meters.counter(Meter.TLS_HANDSHAKES, handshakesFailed::sum, "failed");
        this.loopDelay =
                meters.histogram(Meter.LOOP_DELAY, new double[] {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2});
        this.elsewhere = repository(NO_REPOSITORY);
    }

    /** The counts of a repository's requests; made once for each, at the start. */
    public RequestMeters repository(String name) {
        RequestMeters made = new RequestMeters(name, kinds.size(), outcomes.size());
        meters.requests(made, kinds, outcomes);
        return made;
    }

    /** The counts of the requests that asked no repository. */
    public RequestMeters elsewhere() {
        return elsewhere;
    }

    /**
     * A request is over.
     *
     * @param repository whose it was
     * @param kind ordinal of what was asked for
     * @param status the answer's status; 499 where the client left before there was one
     * @param outcome ordinal of how the cache was of help, -1 where it was not
     * @param tookNanos how long it took
     * @param origin ordinal of where its bytes came from
     * @param bodyBytes how many there were
     */
    public void ended(
            RequestMeters repository, int kind, int status, int outcome, long tookNanos, int origin, long bodyBytes) {
        int how = outcome < 0 ? durations.length - 1 : outcome;
        repository.count(kind, StatusClass.of(status), how);
        durations[how].record(tookNanos);
        if (bodyBytes > 0) {
            sentBytes[origin].add(bodyBytes);
        }
    }

    /** A client's connection was taken. */
    public void accepted() {
        accepted.increment();
    }

    /** A handshake has ended. */
    public void handshake(boolean done) {
        (done ? handshakesDone : handshakesFailed).increment();
    }

    /** A task on an event loop was so late. */
    public void loopDelay(long nanos) {
        loopDelay.record(Math.max(0, nanos));
    }

    /** Where to look how many connections are open. */
    public void openConnections(DoubleSupplier open) {
        meters.gauge(Meter.CONNECTIONS_OPEN, open);
    }
}
