package dev.permafrost.bench.load;

import dev.permafrost.bench.server.Program;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs wrk, the HTTP load generator, on one thread. */
public final class Wrk implements Load {
    private static final Duration GRACE = Duration.ofSeconds(30);
    private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in ([\\d.]+)(us|ms|s|m|h),");
    private static final Pattern LATENCY = Pattern.compile("\\s99%\\s+([\\d.]+)(us|ms|s|m|h)");
    private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([\\d.]+)");
    private static final Pattern REFUSED = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
    private static final Pattern BROKEN =
            Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");

    private final String processors;
    private final int connections;
    private final Map<String, String> environment;
    private final List<String> headers;

    /**
     * A wrk.
     *
     * @param processors the processors it is bound to, empty for all
     * @param connections how many connections it keeps
     * @param environment added to its environment, see {@link ClientTls}
     * @param headers header lines of each request
     */
    public Wrk(String processors, int connections, Map<String, String> environment, List<String> headers) {
        this.processors = processors;
        this.connections = connections;
        this.environment = environment;
        this.headers = headers;
    }

    @Override
    public Result run(URI address, Duration duration) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Program.require("wrk", "wrk"),
                "-t1",
                "-c" + connections,
                "-d" + duration.toSeconds() + "s",
                "--timeout",
                "30s",
                "--latency"));
        headers.forEach(header -> command.addAll(List.of("-H", header)));
        command.add(address.toString());
        return Watch.run(
                () -> Program.output(duration.plus(GRACE), Program.pinned(processors, command), environment),
                Wrk::parse);
    }

    /**
     * Reads what wrk prints.
     *
     * @throws IOException if it is not that
     */
    static Result parse(String output, double busyShare) throws IOException {
        Matcher requests = REQUESTS.matcher(output);
        Matcher rate = RATE.matcher(output);
        Matcher latency = LATENCY.matcher(output);
        if (!requests.find() || !rate.find() || !latency.find()) {
            throw new IOException("this is not what wrk prints: " + output);
        }
        long errors = 0;
        Matcher refused = REFUSED.matcher(output);
        if (refused.find()) {
            errors += Long.parseLong(refused.group(1));
        }
        Matcher broken = BROKEN.matcher(output);
        if (broken.find()) {
            for (int i = 1; i <= broken.groupCount(); i++) {
                errors += Long.parseLong(broken.group(i));
            }
        }
        return new Result(
                Long.parseLong(requests.group(1)),
                Double.parseDouble(rate.group(1)),
                Double.parseDouble(latency.group(1)) * micros(latency.group(2)),
                errors,
                busyShare);
    }

    private static double micros(String unit) {
        return switch (unit) {
            case "us" -> 1;
            case "ms" -> 1e3;
            case "s" -> 1e6;
            case "m" -> 60e6;
            default -> 3600e6;
        };
    }
}
