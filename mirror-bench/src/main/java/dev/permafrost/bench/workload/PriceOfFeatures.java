package dev.permafrost.bench.workload;

import dev.permafrost.bench.load.ClientTls;
import dev.permafrost.bench.load.Load;
import dev.permafrost.bench.load.Wrk;
import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.Catalogue;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import dev.permafrost.bench.report.Median;
import dev.permafrost.bench.server.Proc;
import dev.permafrost.bench.server.Server;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What each feature adds to a hit, in CPU of the server: the same load with it and without, in turn. */
final class PriceOfFeatures implements Scenario {
    /** In settings, stands for the folder of the run. */
    private static final String FOLDER = "{folder}";

    private static final String BASE = "nothing";

    /**
     * Something that can be switched on.
     *
     * @param name as in --features and the table
     * @param settings values for {@code --set}; may contain {@link #FOLDER}
     * @param headers header lines that requests then have
     * @param overTls whether requests come over TLS
     * @param judged whether it may cost no more than --most-us
     */
    private record Feature(String name, List<String> settings, List<String> headers, boolean overTls, boolean judged) {}

    private static final List<String> PROXY = List.of("http.trusted-proxies=[127.0.0.1]");
    private static final List<String> PROXY_HEADERS =
            List.of("X-Forwarded-For: 203.0.113.5", "X-Forwarded-Proto: https");
    private static final List<String> HOSTS = List.of("hosts={pypi.local: pypi}");
    private static final List<String> HOSTS_HEADERS = List.of("Host: pypi.local");

    private static final List<Feature> FEATURES = List.of(
            new Feature(BASE, List.of(), List.of(), false, false),
            new Feature(
                    "no-limits",
                    List.of(
                            "http.connections-per-address-max=0",
                            "http.write-bytes-per-second-min=0",
                            "http.write-progress-timeout=1h",
                            "http.idle-timeout=1h"),
                    List.of(),
                    false,
                    false),
            new Feature("log-combined", List.of("access-log.file=" + FOLDER + "/combined.log"), List.of(), false, true),
            new Feature(
                    "log-json",
                    List.of("access-log.file=" + FOLDER + "/json.log", "access-log.format=json"),
                    List.of(),
                    false,
                    true),
            new Feature("proxy", PROXY, PROXY_HEADERS, false, true),
            new Feature("hosts", HOSTS, HOSTS_HEADERS, false, true),
            new Feature(
                    "all",
                    Stream.of(List.of("access-log.file=" + FOLDER + "/all.log", "admin=127.0.0.1:0"), PROXY, HOSTS)
                            .flatMap(List::stream)
                            .toList(),
                    Stream.concat(PROXY_HEADERS.stream(), HOSTS_HEADERS.stream())
                            .toList(),
                    false,
                    false),
            new Feature("tls", List.of(), List.of(), true, false));

    private static final List<Sample> SAMPLES = List.of(Sample.PAGE, Sample.FILE_1K);

    @Override
    public String name() {
        return "features";
    }

    @Override
    public String summary() {
        return "what each feature adds to a page hit and to a small file's, in CPU";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option("features", "", "which, of " + String.join(",", names()) + "; '' for all"),
                                new Option("most-us", "1", "microseconds that a feature may add"),
                                new Option("rounds", "5", "turns that each takes"),
                                new Option("seconds", "5", "length of a turn"),
                                new Option("warmup", "10", "seconds of load before each counts"),
                                new Option("connections", "32", "connections that wrk keeps"),
                                new Option("server-cpus", "0", "processors of the server; '' for all"),
                                new Option("load-cpus", "1", "processors of wrk; '' for all"),
                                new Option("java-opts", "-Xmx256m", "options of the server's Java")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    /** A server with a feature, and what its rounds found, by what was asked for. */
    private record Subject(Feature feature, Server server, Map<Sample, String> paths, Map<Sample, List<Double>> cpu) {
        double median(Sample sample) {
            return Median.of(rounds(sample));
        }

        /** The median of what it took more in each round: a slow minute is slow for both. */
        double addedTo(Subject base, Sample sample) {
            List<Double> ours = rounds(sample);
            List<Double> others = base.rounds(sample);
            return Median.of(IntStream.range(0, ours.size())
                    .mapToObj(i -> ours.get(i) - others.get(i))
                    .toList());
        }

        private List<Double> rounds(Sample sample) {
            return cpu.getOrDefault(sample, List.of());
        }
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        List<String> wanted = options.names("features", names());
        List<Feature> features = FEATURES.stream()
                .filter(f -> f.name().equals(BASE) || wanted.contains(f.name()))
                .toList();
        double most = options.decimal("most-us");
        Catalogue catalogue = Sample.catalogue(SAMPLES);
        List<Subject> subjects = new ArrayList<>();
        long errors = 0;
        try (Lab lab = Lab.open(options);
                Origin origin = Origin.start(0, catalogue, Behaviour.perfect())) {
            try {
                for (Feature feature : features) {
                    Server server = lab.permafrost(
                            feature.name(),
                            origin,
                            Sample.PAGE.project(),
                            options.text("server-cpus"),
                            options.text("java-opts"),
                            feature.overTls() ? lab.certificate() : null,
                            Stream.concat(Lab.UNDISTURBED.stream(), feature.settings().stream())
                                    .map(s -> s.replace(FOLDER, lab.path("").toString()))
                                    .toList());
                    subjects.add(
                            new Subject(feature, server, Sample.fill(server, catalogue, SAMPLES), new HashMap<>()));
                }
                for (Sample sample : SAMPLES) {
                    errors += measure(sample, subjects, lab, options, out);
                }
            } finally {
                subjects.forEach(subject -> subject.server().close());
            }
        }
        return report(subjects, most, errors, options, out);
    }

    private static List<String> names() {
        return FEATURES.stream()
                .map(Feature::name)
                .filter(name -> !name.equals(BASE))
                .toList();
    }

    private static long measure(Sample sample, List<Subject> subjects, Lab lab, Options options, PrintStream out)
            throws IOException, InterruptedException {
        Map<String, String> environment = ClientTls.environment(lab.path("openssl.cnf"));
        Duration length = options.seconds("seconds");
        long errors = 0;
        int rounds = options.number("rounds", 1);
        for (int i = 0; i <= rounds; i++) {
            // each in every place of the round: a machine that is fast after a rest and slow later would favour the
            // first
            List<Subject> turns = new ArrayList<>(subjects);
            Collections.rotate(turns, i);
            for (Subject subject : turns) {
                Wrk wrk = new Wrk(
                        options.text("load-cpus"),
                        options.number("connections", 1),
                        environment,
                        subject.feature().headers());
                Server server = subject.server();
                String path = String.valueOf(subject.paths().get(sample));
                Proc.Cpu before = Proc.cpu(server.pid());
                Load.Result result = wrk.run(
                        subject.feature().overTls() ? server.tlsUri(path) : server.uri(path),
                        i == 0 ? options.seconds("warmup") : length);
                double cpu = Proc.cpu(server.pid()).microsSince(before) / Math.max(1, result.requests());
                errors += result.errors();
                if (i > 0) {
                    subject.cpu()
                            .computeIfAbsent(sample, s -> new ArrayList<>())
                            .add(cpu);
                    out.printf(
                            Locale.ROOT,
                            "%s, round %d, %-14s %9.0f requests/s %8.2f us CPU/request%n",
                            sample,
                            i,
                            subject.feature().name(),
                            result.requestsPerSecond(),
                            cpu);
                }
            }
        }
        return errors;
    }

    private static boolean report(List<Subject> subjects, double most, long errors, Options options, PrintStream out) {
        MarkdownTable table = new MarkdownTable(
                "switched on", "page, CPU µs", "added", "1 KB file, CPU µs", "added", "at most", "verdict");
        Subject base = subjects.get(0);
        boolean holds = true;
        for (Subject subject : subjects) {
            double page = subject.addedTo(base, Sample.PAGE);
            double file = subject.addedTo(base, Sample.FILE_1K);
            boolean judged = subject.feature().judged();
            boolean ok = !judged || Math.max(page, file) <= most;
            holds &= ok;
            table.row(
                    subject.feature().name(),
                    "%.2f".formatted(subject.median(Sample.PAGE)),
                    subject.equals(base) ? "" : "%+.2f".formatted(page),
                    "%.2f".formatted(subject.median(Sample.FILE_1K)),
                    subject.equals(base) ? "" : "%+.2f".formatted(file),
                    judged ? "%.1f".formatted(most) : "",
                    judged ? ok ? "ok" : "SHORT" : "");
        }
        out.println();
        out.print(table.render());
        out.printf(
                "%n%s; medians of %d rounds of %d s, taken in turn; CPU is user and system time of all threads of the"
                        + " server, per request; \"added\" is the median of what each round had more than the first row's.%n",
                Machine.describe(),
                options.number("rounds", 1),
                options.seconds("seconds").toSeconds());
        if (errors > 0) {
            out.println("violated: " + errors + " requests failed");
        }
        return holds && errors == 0;
    }
}
