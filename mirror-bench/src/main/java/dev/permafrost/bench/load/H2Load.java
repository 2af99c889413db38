package dev.permafrost.bench.load;

import dev.permafrost.bench.server.Program;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.HdrHistogram.Histogram;

/** Runs h2load, the HTTP/2 load generator of nghttp2, on one thread. */
public final class H2Load implements Load {
    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final Pattern RATE = Pattern.compile("finished in [^,]+, ([\\d.]+) req/s");
    private static final Pattern REQUESTS =
            Pattern.compile("(\\d+) done, (\\d+) succeeded, (\\d+) failed, (\\d+) errored, (\\d+) timeout");
    private static final Pattern REFUSED = Pattern.compile("(\\d+) 4xx, (\\d+) 5xx");
    private static final Pattern PROTOCOL = Pattern.compile("Application protocol: (\\S+)");

    private final String processors;
    private final int connections;
    private final int streams;
    private final Map<String, String> environment;
    private final Path log;

    /**
     * An h2load.
     *
     * @param processors the processors it is bound to, empty for all
     * @param connections how many connections it keeps
     * @param streams requests under way at once on each
     * @param environment added to its environment, see {@link ClientTls}
     * @param log a file for the times of all requests, written anew by each run
     */
    public H2Load(String processors, int connections, int streams, Map<String, String> environment, Path log) {
        this.processors = processors;
        this.connections = connections;
        this.streams = streams;
        this.environment = environment;
        this.log = log;
    }

    @Override
    public Result run(URI address, Duration duration) throws IOException, InterruptedException {
        Files.deleteIfExists(log);
        List<String> command = List.of(
                Program.require("h2load", "nghttp2-client"),
                "-t1",
                "-c" + connections,
                "-m" + streams,
                "-D" + duration.toSeconds(),
                "--log-file=" + log,
                address.toString());
        return Watch.run(
                () -> Program.output(duration.plus(GRACE), Program.pinned(processors, command), environment),
                (output, busy) -> {
                    try (BufferedReader times = Files.newBufferedReader(log)) {
                        return parse(output, latency99Micros(times), busy);
                    }
                });
    }

    /** The 99th percentile of the third column, which is in microseconds. */
    static double latency99Micros(BufferedReader times) throws IOException {
        Histogram micros = new Histogram(TimeUnit.HOURS.toMicros(1), 3);
        for (String line = times.readLine(); line != null; line = times.readLine()) {
            micros.recordValue(Math.max(0, Long.parseLong(line.substring(line.lastIndexOf('\t') + 1))));
        }
        return micros.getValueAtPercentile(99);
    }

    /**
     * Reads what h2load prints.
     *
     * @throws IOException if it is not that, or the server did not speak HTTP/2
     */
    static Result parse(String output, double latency99Micros, double busyShare) throws IOException {
        Matcher rate = RATE.matcher(output);
        Matcher requests = REQUESTS.matcher(output);
        Matcher refused = REFUSED.matcher(output);
        Matcher protocol = PROTOCOL.matcher(output);
        if (!rate.find() || !requests.find() || !refused.find()) {
            throw new IOException("this is not what h2load prints: " + output);
        }
        if (!protocol.find() || !protocol.group(1).equals("h2")) {
            throw new IOException("the server does not speak HTTP/2: " + output);
        }
        long errors = Long.parseLong(refused.group(1)) + Long.parseLong(refused.group(2));
        for (int i = 3; i <= requests.groupCount(); i++) {
            errors += Long.parseLong(requests.group(i));
        }
        return new Result(
                Long.parseLong(requests.group(1)),
                Double.parseDouble(rate.group(1)),
                latency99Micros,
                errors,
                busyShare);
    }
}
