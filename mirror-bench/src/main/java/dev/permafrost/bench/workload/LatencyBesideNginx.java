package dev.permafrost.bench.workload;

import dev.permafrost.bench.load.ClientTls;
import dev.permafrost.bench.load.OwnLoad;
import dev.permafrost.bench.load.Wrk;
import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.Catalogue;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import dev.permafrost.bench.report.Median;
import dev.permafrost.bench.server.Server;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * How long answers take at a constant rate, half of what the slower of Permafrost and nginx can do; the same rate for
 * both. Times run from when a request was due, so that a stall counts for all that it held up.
 */
final class LatencyBesideNginx implements Scenario {
    private static final List<Row> ROWS = List.of(Row.HTTP_PAGE, Row.HTTP_64K, Row.HTTPS_PAGE);
    private static final int CONNECTIONS = 64;
    private static final Duration GENERATOR_WARM_UP = Duration.ofSeconds(3);

    @Override
    public String name() {
        return "latency";
    }

    @Override
    public String summary() {
        return "latency beside nginx at a constant rate, half of capacity";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option("rows", "", "which, of " + String.join(",", names()) + "; '' for all"),
                                new Option("rounds", "5", "turns that each server takes"),
                                new Option("seconds", "5", "length of a turn"),
                                new Option("warmup", "30", "seconds of load before each row counts"),
                                new Option("most", "1.5", "the most that our p99 may be of nginx's"),
                                new Option("server-cpus", "0", "processors of the servers; '' for all"),
                                new Option("load-cpus", "1", "processors of the load; '' for all"),
                                new Option("java-opts", "-Xmx256m", "options of the server's Java")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    /** One turn of one server. */
    private record Round(Row row, String server, OwnLoad.Paced load) {}

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        List<String> wanted = options.names("rows", names());
        List<Row> rows = ROWS.stream().filter(r -> wanted.contains(r.option())).toList();
        List<Sample> samples = List.of(Sample.PAGE, Sample.FILE_64K);
        Catalogue catalogue = Sample.catalogue(samples);
        double most = options.decimal("most");
        MarkdownTable table = new MarkdownTable(
                "at a constant rate",
                "requests/s",
                "p50 µs",
                "nginx",
                "p99 µs",
                "nginx",
                "ratio",
                "wanted",
                "p99.9 µs",
                "nginx",
                "load late p99",
                "load busy",
                "verdict");
        boolean holds = true;
        try (Lab lab = Lab.open(options);
                Origin origin = Origin.start(0, catalogue, Behaviour.perfect())) {
            Path certificate = lab.certificate();
            try (Server ours = lab.permafrost(
                    "server",
                    origin,
                    Sample.PAGE.project(),
                    options.text("server-cpus"),
                    options.text("java-opts"),
                    certificate,
                    Lab.UNDISTURBED)) {
                Map<Sample, String> paths = Sample.fill(ours, catalogue, samples);
                Sample.copy(ours, paths, lab.path("nginx-root"));
                try (Server nginx = Server.nginx(
                        new Server.Nginx(
                                lab.path("nginx-root"),
                                lab.path("nginx"),
                                options.text("server-cpus"),
                                certificate,
                                false),
                        String.valueOf(paths.get(Sample.PAGE)))) {
                    for (Row row : rows) {
                        String path = String.valueOf(paths.get(row.sample()));
                        holds &= row(row, path, List.of(ours, nginx), lab, options, most, table, out);
                    }
                }
            }
        }
        out.println();
        out.print(table.render());
        out.printf(
                "%n%s; our own generator, %d connections, times from when a request was due; medians of %d rounds of %d s,"
                        + " taken in turn; \"load late\" is how late the generator sent, \"load busy\" what it did other"
                        + " than wait.%n",
                Machine.describe(),
                CONNECTIONS,
                options.number("rounds", 1),
                options.seconds("seconds").toSeconds());
        return holds;
    }

    private static List<String> names() {
        return ROWS.stream().map(Row::option).toList();
    }

    /** Measures a row, adds it to the table, and says whether it is within its target. */
    private static boolean row(
            Row row,
            String path,
            List<Server> servers,
            Lab lab,
            Options options,
            double most,
            MarkdownTable table,
            PrintStream out)
            throws IOException, InterruptedException {
        String processors = options.text("load-cpus");
        Duration length = options.seconds("seconds");
        Wrk wrk = new Wrk(processors, row.connections(), ClientTls.environment(lab.path("openssl.cnf")), List.of());
        double capacity = Double.MAX_VALUE;
        for (Server server : servers) {
            wrk.run(uri(row, server, path), options.seconds("warmup"));
            capacity =
                    Math.min(capacity, wrk.run(uri(row, server, path), length).requestsPerSecond());
        }
        double rate = Math.floor(capacity / 2);
        OwnLoad load = new OwnLoad(processors, CONNECTIONS, GENERATOR_WARM_UP);
        List<Round> rounds = new ArrayList<>();
        for (int i = 1; i <= options.number("rounds", 1); i++) {
            for (Server server : servers) {
                OwnLoad.Paced paced = load.paced(uri(row, server, path), rate, length);
                rounds.add(new Round(row, server.name(), paced));
                out.printf(
                        Locale.ROOT,
                        "%s at %.0f/s, round %d, %-10s %9.0f requests/s  p50 %5.0f  p99 %5.0f  p99.9 %6.0f us  late p99"
                                + " %4.0f us  load busy %3.0f %%%n",
                        row.title(),
                        rate,
                        i,
                        server.name(),
                        paced.requestsPerSecond(),
                        paced.p50(),
                        paced.p99(),
                        paced.p999(),
                        paced.late99(),
                        100 * paced.busyShare());
            }
        }
        double ratio = Median.ofRatios(
                each(rounds, "permafrost", OwnLoad.Paced::p99), each(rounds, "nginx", OwnLoad.Paced::p99));
        boolean ok = ratio <= most;
        table.row(
                row.title(),
                "%,.0f".formatted(rate),
                "%.0f".formatted(median(rounds, "permafrost", OwnLoad.Paced::p50)),
                "%.0f".formatted(median(rounds, "nginx", OwnLoad.Paced::p50)),
                "%.0f".formatted(median(rounds, "permafrost", OwnLoad.Paced::p99)),
                "%.0f".formatted(median(rounds, "nginx", OwnLoad.Paced::p99)),
                "%.2f".formatted(ratio),
                "≤ %.1f".formatted(most),
                "%.0f".formatted(median(rounds, "permafrost", OwnLoad.Paced::p999)),
                "%.0f".formatted(median(rounds, "nginx", OwnLoad.Paced::p999)),
                "%.0f".formatted(median(rounds, "permafrost", OwnLoad.Paced::late99)),
                "%.0f %%".formatted(100 * median(rounds, "permafrost", OwnLoad.Paced::busyShare)),
                ok ? "ok" : "SHORT");
        return ok;
    }

    private static URI uri(Row row, Server server, String path) {
        return row.road() == Row.Road.HTTP ? server.uri(path) : server.tlsUri(path);
    }

    private static double median(List<Round> rounds, String server, ToDoubleFunction<OwnLoad.Paced> figure) {
        return Median.of(each(rounds, server, figure));
    }

    private static List<Double> each(List<Round> rounds, String server, ToDoubleFunction<OwnLoad.Paced> figure) {
        return rounds.stream()
                .filter(r -> r.server().equals(server))
                .map(r -> figure.applyAsDouble(r.load()))
                .toList();
    }
}
