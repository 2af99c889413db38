package dev.permafrost.bench.workload;

import dev.permafrost.bench.load.Wrk;
import dev.permafrost.bench.origin.Artifact;
import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.Catalogue;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.report.Json;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import dev.permafrost.bench.report.Median;
import dev.permafrost.bench.server.Proc;
import dev.permafrost.bench.server.Server;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What a hit costs beside nginx, which serves the same bytes from files on the same core: a project page and a wheel,
 * plain HTTP/1.1, connections kept alive. The two take turns, round by round, so that a noisy machine is noisy for both.
 */
final class HitsBesideNginx implements Scenario {
    private static final String PAGE_PROJECT = "bench-page";
    private static final String WHEEL_PROJECT = "bench-wheel";
    private static final int PAGE_FILES = 125;
    private static final int WHEEL_BYTES = 1 << 20;
    private static final int PAGE_FILE_BYTES = 100;
    private static final long SEED = 1;

    /** One turn of one server. */
    private record Round(String row, String server, Wrk.Result load, double cpuMicrosPerRequest) {
        Map<String, Object> raw() {
            return Map.of(
                    "row", row,
                    "server", server,
                    "requests", load.requests(),
                    "requestsPerSecond", load.requestsPerSecond(),
                    "latency99Micros", load.latency99Micros(),
                    "cpuMicrosPerRequest", cpuMicrosPerRequest,
                    "errors", load.errors());
        }
    }

    /** How the servers take turns. */
    private record Turns(int number, Duration length, Duration warmUp, int connections, String processors) {}

    @Override
    public String name() {
        return "nginx";
    }

    @Override
    public String summary() {
        return "a project page hit and a 1 MB wheel hit beside nginx on the same core: rate, CPU per request";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option("rounds", "5", "turns that each server takes"),
                                new Option("seconds", "10", "length of a turn"),
                                new Option("warmup", "10", "seconds of load before each row counts"),
                                new Option("connections", "32", "connections that wrk keeps"),
                                new Option("server-cpus", "0", "processors of the servers; '' for all"),
                                new Option("load-cpus", "1", "processors of wrk; '' for all"),
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
                options.number("connections", 1),
                options.text("load-cpus"));
        Catalogue catalogue = Catalogue.seeded(SEED)
                .project(PAGE_PROJECT, PAGE_FILES, PAGE_FILE_BYTES)
                .project(WHEEL_PROJECT, 1, WHEEL_BYTES)
                .build();
        String processors = options.text("server-cpus");
        String tools = Machine.describeTools();
        List<Round> rounds = new ArrayList<>();
        int pageBytes;
        try (Lab lab = Lab.open(options);
                Origin origin = Origin.start(0, catalogue, Behaviour.perfect());
                Server ours = lab.permafrost(origin, PAGE_PROJECT, processors, options.text("java-opts"))) {
            Artifact wheel = catalogue.files(WHEEL_PROJECT).get(0);
            String page = "/simple/" + PAGE_PROJECT + "/";
            String file = Links.path(ours, wheel);
            pageBytes = keep(ours, page, lab.path("nginx-root" + page + "index.html"));
            int wheelBytes = keep(ours, file, lab.path("nginx-root" + file));
            if (wheelBytes != WHEEL_BYTES) {
                throw new IOException("the wheel has " + wheelBytes + " bytes, not " + WHEEL_BYTES);
            }
            try (Server nginx = Server.nginx(lab.path("nginx-root"), lab.path("nginx"), processors, page)) {
                List<Server> servers = List.of(ours, nginx);
                rounds.addAll(row("project page", page, servers, turns, out));
                rounds.addAll(row("1 MB wheel", file, servers, turns, out));
            }
        }
        if (!options.text("json").isEmpty()) {
            writeJson(Path.of(options.text("json")), tools, rounds);
        }
        out.println();
        out.print(table(rounds, pageBytes));
        out.printf(
                "%n%s, %s; wrk -t1 -c%d; medians of %d rounds of %d s, taken in turn; CPU is user and system time of the"
                        + " server's processes.%n",
                Machine.describe(),
                tools,
                turns.connections(),
                turns.number(),
                turns.length().toSeconds());
        long errors = rounds.stream().mapToLong(r -> r.load().errors()).sum();
        if (errors > 0) {
            out.println("violated: " + errors + " requests failed");
        }
        return errors == 0;
    }

    /** Asks once, which also fills the store, and gives nginx the same bytes. */
    private static int keep(Server server, String path, Path copy) throws IOException, InterruptedException {
        byte[] bytes = server.get(path).body();
        Files.createDirectories(copy.resolveSibling("."));
        Files.write(copy, bytes);
        return bytes.length;
    }

    private static List<Round> row(String row, String path, List<Server> servers, Turns turns, PrintStream out)
            throws IOException, InterruptedException {
        Wrk wrk = new Wrk(turns.processors(), turns.connections());
        for (Server server : servers) {
            wrk.run(server.uri(path), turns.warmUp());
        }
        List<Round> rounds = new ArrayList<>();
        for (int i = 1; i <= turns.number(); i++) {
            for (Server server : servers) {
                long before = Proc.cpuMicros(server.pid());
                Wrk.Result load = wrk.run(server.uri(path), turns.length());
                double cpu = (double) (Proc.cpuMicros(server.pid()) - before) / Math.max(1, load.requests());
                rounds.add(new Round(row, server.name(), load, cpu));
                out.printf(
                        Locale.ROOT,
                        "%s, round %d, %-10s %10.0f requests/s %9.1f us CPU/request  p99 %7.0f us  errors %d%n",
                        row,
                        i,
                        server.name(),
                        load.requestsPerSecond(),
                        cpu,
                        load.latency99Micros(),
                        load.errors());
            }
        }
        return rounds;
    }

    private static String table(List<Round> rounds, int pageBytes) {
        MarkdownTable table = new MarkdownTable(
                "hit over plain HTTP/1.1",
                "requests/s",
                "nginx",
                "ratio",
                "CPU µs/request",
                "nginx",
                "ratio",
                "p99 ms",
                "nginx");
        for (String row : rounds.stream().map(Round::row).distinct().toList()) {
            double rate = median(rounds, row, "permafrost", r -> r.load().requestsPerSecond());
            double nginxRate = median(rounds, row, "nginx", r -> r.load().requestsPerSecond());
            double cpu = median(rounds, row, "permafrost", Round::cpuMicrosPerRequest);
            double nginxCpu = median(rounds, row, "nginx", Round::cpuMicrosPerRequest);
            table.row(
                    row.equals("project page") ? "project page, %.1f KB".formatted(pageBytes / 1000.0) : "wheel, 1 MiB",
                    grouped(rate),
                    grouped(nginxRate),
                    "%.2f".formatted(rate / nginxRate),
                    "%.1f".formatted(cpu),
                    "%.1f".formatted(nginxCpu),
                    "%.2f".formatted(cpu / nginxCpu),
                    "%.2f"
                            .formatted(median(
                                            rounds,
                                            row,
                                            "permafrost",
                                            r -> r.load().latency99Micros())
                                    / 1000),
                    "%.2f".formatted(median(rounds, row, "nginx", r -> r.load().latency99Micros()) / 1000));
        }
        return table.render();
    }

    private static String grouped(double figure) {
        return "%,.0f".formatted(figure);
    }

    private static double median(List<Round> rounds, String row, String server, ToDoubleFunction<Round> figure) {
        return Median.of(rounds.stream()
                .filter(r -> r.row().equals(row) && r.server().equals(server))
                .map(figure::applyAsDouble)
                .toList());
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
