package dev.permafrost.bench.workload;

import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.server.Server;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/** Stores of several sizes, servers on them, and what is found of both. */
final class Scale {
    /** Pages stay fresh for as long as a store is kept, or nearly. */
    static final List<String> NEVER_STALE =
            List.of("http.requests-per-connection-max=0", "repositories.pypi.page-ttl=365d");

    static final double START_SECONDS_MOST = 2;
    static final long HEAP_MEBIBYTES_MOST = 512;
    static final long OVERHEAD_MEBIBYTES_MOST = 400;
    static final Duration LIST_TIMEOUT = Duration.ofMinutes(10);
    static final Duration HOT_WARM_UP = Duration.ofSeconds(2);
    static final int CONNECTIONS = 32;
    static final String AS_JSON = "application/vnd.pypi.simple.v1+json";
    static final String GZIP = "gzip";

    private static final Duration READY_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration POLL = Duration.ofMillis(5);

    private final Lab lab;
    private final Options options;
    private final List<ScaleStore> stores;
    private final ScaleFindings found;

    /**
     * Those in a lab.
     *
     * @param stores those to compare with, and the one that counts, which is the last
     */
    Scale(Lab lab, Options options, List<ScaleStore> stores, ScaleFindings found) {
        this.lab = lab;
        this.options = options;
        this.stores = stores;
        this.found = found;
    }

    Lab lab() {
        return lab;
    }

    Options options() {
        return options;
    }

    List<ScaleStore> stores() {
        return stores;
    }

    /** The store that counts. */
    ScaleStore full() {
        return stores.get(stores.size() - 1);
    }

    ScaleFindings found() {
        return found;
    }

    /** What stands for upstream, of the full store's index. */
    Origin origin() throws IOException {
        return Origin.start(options.number("origin-port", 1), full().index(), Behaviour.perfect());
    }

    /** Where that is, whether it is there or not: pages of another index would be asked for anew. */
    String upstream() {
        return "http://127.0.0.1:" + options.number("origin-port", 1) + "/simple/";
    }

    /** Options of the servers' Java. */
    String javaOptions() {
        return options.text("java-opts");
    }

    /** A server on the full store, and how long it took to be ready, in seconds. */
    record Started(Server server, double seconds) {}

    /** Starts one on the full store, and waits until it is ready. */
    Started start(String upstream, List<String> settings) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Server server = lab.permafrostOn(full().folder(), upstream, javaOptions(), settings);
        while (server.ask("/-/health/ready", READY_TIMEOUT).statusCode() != 200) {
            if (seconds(start) > READY_TIMEOUT.toSeconds()) {
                server.close();
                throw new IOException("the server was not ready within " + READY_TIMEOUT.toSeconds() + " s");
            }
            Thread.sleep(POLL.toMillis());
        }
        return new Started(server, seconds(start));
    }

    /** How long an answer takes, in milliseconds. */
    static double millis(Server server, String path, String... fields) throws IOException, InterruptedException {
        long start = System.nanoTime();
        HttpResponse<byte[]> answer = server.ask(path, LIST_TIMEOUT, fields);
        double millis = seconds(start) * 1e3;
        if (answer.statusCode() != 200) {
            throw new IOException(path + ": status " + answer.statusCode());
        }
        return millis;
    }

    /** How long ago that was, by {@link System#nanoTime}. */
    static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
