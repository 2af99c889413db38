package dev.permafrost.bench.load;

import dev.permafrost.bench.server.Program;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs our own load generator in a Java of its own. */
public final class OwnLoad {
    /** What the line with the result begins with. */
    static final String RESULT = "result ";

    private static final Duration GRACE = Duration.ofSeconds(60);
    /** Half of the time is BoringSSL's and a quarter is Linux's: better compiled soon than well. */
    private static final String SOON_COMPILED = "-XX:TieredStopAtLevel=1";

    /** Without the second compiler a SHA-256 takes ten times as long. */
    private static final String FULLY_COMPILED = "-XX:TieredStopAtLevel=4";

    private static final double RESUMED_SHARE_LEAST = 0.99;

    private final String processors;
    private final int connections;
    private final Duration warmUp;

    /**
     * A generator.
     *
     * @param processors the processors it is bound to, empty for all
     * @param connections how many connections it keeps, or makes at once
     * @param warmUp how long it runs before it counts
     */
    public OwnLoad(String processors, int connections, Duration warmUp) {
        this.processors = processors;
        this.connections = connections;
        this.warmUp = warmUp;
    }

    /**
     * What a run at a constant rate found; times in microseconds, from when a request was due.
     *
     * @param requestsPerSecond how many were answered, which is the rate asked for unless the server can't keep up
     * @param max of the one that took longest
     * @param late99 how late it sent them though a connection was free, 99th percentile
     * @param busyShare of the time, how much the generator did other than wait
     */
    public record Paced(
            double requestsPerSecond,
            double p50,
            double p99,
            double p999,
            double max,
            double late99,
            double busyShare) {}

    /**
     * Full handshakes (or resumed ones), each followed by one request on that connection, which the server then ends.
     *
     * @param resumes whether each offers the session of an earlier one
     */
    public Load handshakes(boolean resumes) {
        return (address, duration) ->
                handshakes(resumes, run(resumes ? "resumed" : "full", address, duration, SOON_COMPILED, List.of()));
    }

    /**
     * What a run of handshakes found.
     *
     * @throws IOException if they were not of the kind that was asked for
     */
    static Load.Result handshakes(boolean resumes, Map<String, String> result) throws IOException {
        double counted = number(result, "counted");
        double resumed = number(result, "resumed");
        boolean asAsked = resumes ? resumed >= RESUMED_SHARE_LEAST * counted : resumed == 0;
        if (counted == 0 || !asAsked) {
            throw new IOException("of " + (long) counted + " handshakes, " + (long) resumed
                    + " were resumed, which is not what was asked for; the last failure: " + result.get("complaint"));
        }
        return new Load.Result(
                (long) number(result, "total"),
                counted / number(result, "seconds"),
                number(result, "p99"),
                (long) number(result, "errors"),
                number(result, "busy"));
    }

    /**
     * The same request again and again on connections that are kept, for the least that a client can spend on it: see
     * {@link ClosedLoop}. A run fails at the first answer that is not as it should be, so that errors are none.
     */
    public Load closed(Answer answer) {
        return (address, duration) -> {
            Map<String, String> result = run(
                    "closed",
                    address,
                    duration,
                    FULLY_COMPILED,
                    List.of("body-bytes=" + answer.lengthBytes(), "sha256=" + answer.sha256()));
            return new Load.Result(
                    (long) number(result, "total"),
                    number(result, "counted") / number(result, "seconds"),
                    number(result, "p99"),
                    (long) number(result, "errors"),
                    number(result, "busy"));
        };
    }

    /** Requests at a constant rate. */
    public Paced paced(URI address, double rate, Duration duration) throws IOException, InterruptedException {
        return paced(run("paced", address, duration, SOON_COMPILED, List.of("rate=" + rate)));
    }

    /**
     * Requests at a constant rate, and more.
     *
     * @param address what each connection asks for first
     * @param more {@code paths=FILE}, paths of a line each, to be asked for once in the place of that address;
     *     {@code begins-with=PATH}, which another client asks for as counting begins; {@code fields=}, lines that each request's
     *     head has as well, with their ends
     */
    public Paced paced(URI address, List<String> more, double rate, Duration duration)
            throws IOException, InterruptedException {
        List<String> settings = new ArrayList<>(more);
        settings.add("rate=" + rate);
        return paced(run("paced", address, duration, SOON_COMPILED, settings));
    }

    private static Paced paced(Map<String, String> result) throws IOException {
        return new Paced(
                number(result, "counted") / number(result, "seconds"),
                number(result, "p50"),
                number(result, "p99"),
                number(result, "p999"),
                number(result, "max"),
                number(result, "late99"),
                number(result, "busy"));
    }

    private Map<String, String> run(String mode, URI address, Duration duration, String compiler, List<String> settings)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:-UsePerfData",
                compiler,
                "-Djdk.tls.namedGroups=" + ClientTls.GROUP,
                "-XX:+UseSerialGC",
                "-Xms700m",
                "-Xmx700m",
                "-Xmn500m",
                "-Djava.library.path=" + System.getProperty("java.library.path"),
                "-cp",
                System.getProperty("java.class.path"),
                Generator.class.getName()));
        command.addAll(List.of(
                "mode=" + mode,
                "port=" + address.getPort(),
                "tls=" + "https".equals(address.getScheme()),
                "path=" + address.getRawPath(),
                "connections=" + connections,
                "warm-up-millis=" + warmUp.toMillis(),
                "millis=" + duration.toMillis()));
        command.addAll(settings);
        return parse(Program.output(warmUp.plus(duration).plus(GRACE), Program.pinned(processors, command)));
    }

    /**
     * Finds the result in what the generator prints.
     *
     * @throws IOException if it is not there
     */
    static Map<String, String> parse(String output) throws IOException {
        String line = output.lines()
                .filter(l -> l.startsWith(RESULT))
                .findFirst()
                .orElseThrow(() -> new IOException("this is not what the generator prints: " + output));
        return pairs(List.of(line.substring(RESULT.length()).split(" ", -1)));
    }

    /** Reads {@code name=value}, each. */
    static Map<String, String> pairs(List<String> words) {
        Map<String, String> pairs = new HashMap<>();
        for (String word : words) {
            int equals = word.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("'" + word + "' is not name=value");
            }
            pairs.put(word.substring(0, equals), word.substring(equals + 1));
        }
        return pairs;
    }

    private static double number(Map<String, String> result, String name) throws IOException {
        String value = result.get(name);
        if (value == null) {
            throw new IOException("the generator does not tell its " + name);
        }
        return Double.parseDouble(value);
    }
}
