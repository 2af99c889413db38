package dev.permafrost.bench.workload;

import dev.permafrost.bench.load.Answer;
import dev.permafrost.bench.load.ClientTls;
import dev.permafrost.bench.load.H2Load;
import dev.permafrost.bench.load.Load;
import dev.permafrost.bench.load.OwnLoad;
import dev.permafrost.bench.load.Wrk;
import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.Catalogue;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.report.Json;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import dev.permafrost.bench.report.Median;
import dev.permafrost.bench.server.CpuShare;
import dev.permafrost.bench.server.Proc;
import dev.permafrost.bench.server.Server;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a hit costs beside nginx, which serves the same bytes from files on the same core, with the same certificate. The
 * two take turns, round by round, so that a noisy machine is noisy for both.
 */
final class HitsBesideNginx implements Scenario {
    private static final int H2_STREAMS = 8;
    private static final int NGINX_WARM_UP_SECONDS_MAX = 2;
    private static final int ALL = 100;
    private static final Duration OWN_WARM_UP = Duration.ofSeconds(2);

    /** One turn of one server. */
    private record Round(Row row, boolean logged, String server, Load.Result load, double cpuMicrosPerRequest) {
        Map<String, Object> raw() {
            return Map.of(
                    "row", row.option(),
                    "accessLog", logged,
                    "server", server,
                    "requests", load.requests(),
                    "requestsPerSecond", load.requestsPerSecond(),
                    "latency99Micros", load.latency99Micros(),
                    "cpuMicrosPerRequest", cpuMicrosPerRequest,
                    "loadBusyShare", load.busyShare(),
                    "errors", load.errors());
        }

        boolean isOf(Row wanted, boolean wantedLogged) {
            return row == wanted && logged == wantedLogged;
        }
    }

    /** How the servers take turns. */
    private record Turns(int number, Duration length, Duration warmUp, String processors) {}

    /** The two that are compared, either with or without an access log. */
    private record Pair(boolean logged, Server ours, Server nginx) {
        List<Server> servers() {
            return List.of(ours, nginx);
        }
    }

    @Override
    public String name() {
        return "nginx";
    }

    @Override
    public String summary() {
        return "hits beside nginx on the same core: rate, CPU per request, latency";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option("rows", "", "which, of " + String.join(",", Row.options()) + "; '' for all"),
                                new Option("load", "own", "own or wrk: asks for http-* and https-*"),
                                new Option("access-log", "off", "off, on, or both: of both servers"),
                                new Option("rounds", "5", "turns that each server takes"),
                                new Option("seconds", "5", "length of a turn"),
                                new Option("warmup", "10", "seconds of load before each row counts"),
                                new Option("server-cpus", "0", "processors of the servers; '' for all"),
                                new Option("load-cpus", "1", "processors of the load; '' for all"),
                                new Option(
                                        "server-share",
                                        "100",
                                        "percent of its processor that a server may use while it counts; below 100 as root"),
                                new Option("java-opts", "-Xmx256m", "options of the server's Java"),
                                new Option("json", "", "a file for the raw rounds")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        Turns turns = new Turns(
                options.number("rounds", 1),
                options.seconds("seconds"),
                options.seconds("warmup"),
                options.text("load-cpus"));
        List<Row> rows = Row.named(options.names("rows", Row.options()));
        List<Boolean> logs = switch (options.text("access-log")) {
            case "off" -> List.of(false);
            case "on" -> List.of(true);
            case "both" -> List.of(false, true);
            default ->
                throw new UsageException("--access-log is off, on or both, not '" + options.text("access-log") + "'");
        };
        boolean cheap = switch (options.text("load")) {
            case "own" -> true;
            case "wrk" -> false;
            default -> throw new UsageException("--load is own or wrk, not '" + options.text("load") + "'");
        };
        List<Sample> samples = Stream.concat(
                        Stream.of(Sample.PAGE), rows.stream().map(Row::sample))
                .distinct()
                .toList();
        String tools = Machine.describeTools();
        Catalogue catalogue = Sample.catalogue(samples);
        List<Round> rounds = new ArrayList<>();
        List<Server> started = new ArrayList<>();
        int share = options.number("server-share", 1);
        try (Lab lab = Lab.open(options);
                Origin origin = Origin.start(0, catalogue, Behaviour.perfect());
                CpuShare held = share < ALL ? CpuShare.of(share) : null) {
            try {
                Path certificate = lab.certificate();
                List<Pair> pairs = new ArrayList<>();
                Map<Sample, String> paths = Map.of();
                for (boolean logged : logs) {
                    String suffix = logged ? "-logged" : "";
                    Server ours = lab.permafrost(
                            "server" + suffix,
                            origin,
                            Sample.PAGE.project(),
                            options.text("server-cpus"),
                            options.text("java-opts"),
                            certificate,
                            logged
                                    ? Stream.concat(
                                                    Lab.UNDISTURBED.stream(),
                                                    Stream.of("access-log.file=" + lab.path("access.log")))
                                            .toList()
                                    : Lab.UNDISTURBED);
                    started.add(ours);
                    paths = Sample.fill(ours, catalogue, samples);
                    Sample.copy(ours, paths, lab.path("nginx-root"));
                    Server nginx = Server.nginx(
                            new Server.Nginx(
                                    lab.path("nginx-root"),
                                    lab.path("nginx" + suffix),
                                    options.text("server-cpus"),
                                    certificate,
                                    logged),
                            Objects.requireNonNull(paths.get(Sample.PAGE)));
                    started.add(nginx);
                    pairs.add(new Pair(logged, ours, nginx));
                }
                if (held != null) {
                    for (Server server : started) {
                        held.add(server);
                    }
                }
                for (Row row : rows) {
                    String path = String.valueOf(paths.get(row.sample()));
                    Answer answer = row.sample().answer(pairs.get(0).ours(), catalogue, path);
                    Load load = load(row, answer, cheap, lab, turns.processors());
                    rounds.addAll(row(row, load, path, pairs, turns, held, out));
                }
            } finally {
                started.forEach(Server::close);
            }
        }
        if (!options.text("json").isEmpty()) {
            writeJson(Path.of(options.text("json")), tools + ", --load " + options.text("load"), rounds);
        }
        return report(rows, logs, rounds, turns, tools, out);
    }

    private static List<Round> row(
            Row row, Load load, String path, List<Pair> pairs, Turns turns, @Nullable CpuShare held, PrintStream out)
            throws IOException, InterruptedException {
        if (held != null) {
            held.set(false);
        }
        for (Pair pair : pairs) {
            load.run(uri(row, pair.ours(), path), turns.warmUp());
            load.run(
                    uri(row, pair.nginx(), path),
                    Duration.ofSeconds(
                            Math.min(NGINX_WARM_UP_SECONDS_MAX, turns.warmUp().toSeconds())));
        }
        if (held != null) {
            held.set(true);
        }
        List<Round> rounds = new ArrayList<>();
        for (int i = 1; i <= turns.number(); i++) {
            for (Pair pair : pairs) {
                for (Server server : pair.servers()) {
                    Proc.Cpu before = Proc.cpu(server.pid());
                    Load.Result result = load.run(uri(row, server, path), turns.length());
                    double cpu = Proc.cpu(server.pid()).microsSince(before) / Math.max(1, result.requests());
                    rounds.add(new Round(row, pair.logged(), server.name(), result, cpu));
                    out.printf(
                            Locale.ROOT,
                            "%s%s, round %d, %-10s %9.0f requests/s %9.1f us CPU/request  p99 %7.0f us  load busy %3.0f %%"
                                    + "  errors %d%n",
                            row.title(),
                            pair.logged() ? ", access log" : "",
                            i,
                            server.name(),
                            result.requestsPerSecond(),
                            cpu,
                            result.latency99Micros(),
                            100 * result.busyShare(),
                            result.errors());
                }
            }
        }
        return rounds;
    }

    private static Load load(Row row, Answer answer, boolean cheap, Lab lab, String processors) throws IOException {
        Map<String, String> environment = ClientTls.environment(lab.path("openssl.cnf"));
        OwnLoad own = new OwnLoad(processors, row.connections(), OWN_WARM_UP);
        return switch (row.road()) {
            case HTTP, HTTPS ->
                cheap ? own.closed(answer) : new Wrk(processors, row.connections(), environment, List.of());
            case H2 -> new H2Load(processors, row.connections(), H2_STREAMS, environment, lab.path("h2load.log"));
            case FULL -> own.handshakes(false);
            case RESUMED -> own.handshakes(true);
        };
    }

    private static URI uri(Row row, Server server, String path) {
        return row.road() == Row.Road.HTTP ? server.uri(path) : server.tlsUri(path);
    }

    private static boolean report(
            List<Row> rows, List<Boolean> logs, List<Round> all, Turns turns, String tools, PrintStream out) {
        MarkdownTable table = new MarkdownTable(
                "hit",
                "requests/s",
                "nginx",
                "ratio",
                "wanted",
                "CPU µs/request",
                "nginx",
                "ratio",
                "wanted",
                "p99 ms",
                "nginx",
                "load busy",
                "nginx",
                "verdict");
        int missed = 0;
        for (Row row : rows) {
            for (boolean logged : logs) {
                List<Round> rounds =
                        all.stream().filter(r -> r.isOf(row, logged)).toList();
                Figures ours = Figures.of(rounds, "permafrost");
                Figures nginx = Figures.of(rounds, "nginx");
                double rateRatio = Figures.ratio(rounds, r -> r.load().requestsPerSecond());
                double cpuRatio = Figures.ratio(rounds, Round::cpuMicrosPerRequest);
                String verdict = row.verdict(rateRatio, cpuRatio, ours.busyShare());
                missed += verdict.startsWith("ok") ? 0 : 1;
                table.row(
                        row.title() + (logged ? ", access log" : ""),
                        grouped(ours.rate()),
                        grouped(nginx.rate()),
                        "%.2f".formatted(rateRatio),
                        "≥ %.1f".formatted(row.rateRatioLeast()),
                        "%.1f".formatted(ours.cpu()),
                        "%.1f".formatted(nginx.cpu()),
                        "%.2f".formatted(cpuRatio),
                        row.judgesCpu() ? "≤ %.1f".formatted(row.cpuRatioMost()) : "",
                        "%.2f".formatted(ours.latency99Micros() / 1000),
                        "%.2f".formatted(nginx.latency99Micros() / 1000),
                        "%.0f %%".formatted(100 * ours.busyShare()),
                        "%.0f %%".formatted(100 * nginx.busyShare()),
                        verdict);
            }
        }
        out.println();
        out.print(table.render());
        out.printf(
                "%n%s, %s; medians of %d rounds of %d s, taken in turn, a ratio that of the rounds' own; CPU is user and system time of the server's"
                        + " threads; \"load busy\" is the share of the time that the load program computed, while it asked"
                        + " Permafrost and nginx, \"load full\" at 95 %% and more: then it, not the server, sets the rate; all"
                        + " TLS is 1.3 with X25519 and AES-128-GCM, the certificate's key EC P-256.%n",
                Machine.describe(), tools, turns.number(), turns.length().toSeconds());
        long errors = all.stream().mapToLong(r -> r.load().errors()).sum();
        if (errors > 0) {
            out.println("violated: " + errors + " requests failed");
        }
        if (missed > 0) {
            out.println("violated: " + missed + " rows are short of what is wanted");
        }
        return errors == 0 && missed == 0;
    }

    /** The medians of a server's rounds. */
    private record Figures(double rate, double cpu, double latency99Micros, double busyShare) {
        static Figures of(List<Round> rounds, String server) {
            return new Figures(
                    median(rounds, server, r -> r.load().requestsPerSecond()),
                    median(rounds, server, Round::cpuMicrosPerRequest),
                    median(rounds, server, r -> r.load().latency99Micros()),
                    median(rounds, server, r -> r.load().busyShare()));
        }

        /** The median of Permafrost's figure to nginx's of the same round. */
        static double ratio(List<Round> rounds, ToDoubleFunction<Round> figure) {
            return Median.ofRatios(each(rounds, "permafrost", figure), each(rounds, "nginx", figure));
        }

        private static double median(List<Round> rounds, String server, ToDoubleFunction<Round> figure) {
            return Median.of(each(rounds, server, figure));
        }

        private static List<Double> each(List<Round> rounds, String server, ToDoubleFunction<Round> figure) {
            return rounds.stream()
                    .filter(r -> r.server().equals(server))
                    .map(figure::applyAsDouble)
                    .toList();
        }
    }

    private static String grouped(double figure) {
        return figure < 100 ? "%.1f".formatted(figure) : "%,.0f".formatted(figure);
    }

    private static void writeJson(Path file, String tools, List<Round> rounds) throws IOException {
        Files.writeString(
                file,
                Json.write(Map.of(
                                "scenario",
                                "nginx",
                                "machine",
                                Machine.describe() + ", " + tools,
                                "rounds",
                                rounds.stream().map(Round::raw).toList()))
                        + "\n");
    }
}
