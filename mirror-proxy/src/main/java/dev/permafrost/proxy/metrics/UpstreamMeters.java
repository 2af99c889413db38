package dev.permafrost.proxy.metrics;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/**
 * What is measured of upstreams, by host. Only so many hosts have names here: an index may name any number of them.
 */
public final class UpstreamMeters {
    /** Most hosts that have a name; the others are counted together. */
    public static final int HOSTS_MAX = 32;

    private static final String OTHER = "other";

    private final MirrorMeters meters;
    private final Map<String, Host> hosts = new ConcurrentHashMap<>();

    UpstreamMeters(MirrorMeters meters) {
        this.meters = meters;
    }

    /** Asks a host something; to be called each time that it is tried. */
    public Call ask(String host) {
        Host known = hosts.get(host);
        return new Call(known == null ? added(host) : known);
    }

    private synchronized Host added(String host) {
        String name = hosts.size() < HOSTS_MAX || hosts.containsKey(host) ? host : OTHER;
        // beside the named ones there is room for the others
        return hosts.computeIfAbsent(name, Host::new);
    }

    /** One host's counts. */
    private final class Host {
        private final String name;
        private final LongAdder inFlight = new LongAdder();
        private final LongAdder receivedBytes = new LongAdder();
        private final LongAdder[] answers = new LongAdder[StatusClass.COUNT];
        private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();
        private final Histogram latency = new Histogram(Histogram.WAITS);

        Host(String name) {
            this.name = name;
            for (int i = 0; i < answers.length; i++) {
                answers[i] = new LongAdder();
            }
            meters.atNextScrape(this::expose);
        }

        private void expose() {
            meters.expose(Meter.UPSTREAM_LATENCY, latency, name);
            for (int i = 0; i < answers.length; i++) {
                meters.sparse(Meter.UPSTREAM_ANSWERS, answers[i]::sum, name, StatusClass.name(i));
            }
            meters.counter(Meter.UPSTREAM_RECEIVED_BYTES, receivedBytes::sum, name);
            meters.gauge(Meter.UPSTREAM_IN_FLIGHT, inFlight::sum, name);
        }

        LongAdder error(Enum<?> reason) {
            return errors.computeIfAbsent(MirrorMeters.tag(reason), tag -> {
                LongAdder made = new LongAdder();
                meters.atNextScrape(() -> meters.sparse(Meter.UPSTREAM_ERRORS, made::sum, name, tag));
                return made;
            });
        }
    }

    /** One try to have an answer of a host. For any thread. */
    public static final class Call {
        private final Host host;
        private final long begunNanos = System.nanoTime();
        private final AtomicBoolean over = new AtomicBoolean();

        private Call(Host host) {
            this.host = host;
            host.inFlight.increment();
        }

        /** The head of an answer is here. */
        public void answered(int status) {
            host.latency.record(System.nanoTime() - begunNanos);
            host.answers[StatusClass.of(status)].increment();
        }

        /** Bytes of the answer's body are here. */
        public void received(long bytes) {
            host.receivedBytes.add(bytes);
        }

        /** It brought no whole answer; counts once, and not where it is over. */
        public void failed(Enum<?> reason) {
            if (ends()) {
                host.error(reason).increment();
            }
        }

        /** It is over, if it is not already. */
        public void over() {
            var unused = ends();
        }

        private boolean ends() {
            if (!over.compareAndSet(false, true)) {
                return false;
            }
            host.inFlight.decrement();
            return true;
        }
    }
}
