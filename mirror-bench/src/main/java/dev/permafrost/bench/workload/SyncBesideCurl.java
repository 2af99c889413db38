package dev.permafrost.bench.workload;

import dev.permafrost.bench.origin.PublishedRpms;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import dev.permafrost.bench.report.Median;
import dev.permafrost.bench.server.Program;
import dev.permafrost.bench.server.Server;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How fast {@code permafrost sync yum} fills an empty store from an nginx on the same machine, beside {@code curl --parallel} with as many
 * connections, in turn. Permafrost hashes every file, and has it on the disk before it goes on; curl does neither, so that the time is told
 * too that the system takes to write what curl has left in memory.
 */
final class SyncBesideCurl implements Scenario {
    private static final Duration PATIENCE = Duration.ofMinutes(20);
    private static final Pattern SECONDS = Pattern.compile("\"seconds\" : ([0-9.]+)");
    private static final Pattern FETCHED = Pattern.compile("\"fetched\" : ([0-9]+)");

    @Override
    public String name() {
        return "sync";
    }

    @Override
    public String summary() {
        return "fills an empty store by 'permafrost sync yum', beside 'curl --parallel' with as many connections";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option("packages", "1000", "packages of the repository"),
                                new Option("kib", "1024", "KiB of each of them"),
                                new Option("connections", "8", "connections of either"),
                                new Option("rounds", "3", "how often each has its turn"),
                                new Option("at-least", "90", "percent of curl's rate that sync has to have"),
                                new Option("java-opts", "", "options of sync's Java"),
                                new Option("seed", "1", "what the packages follow from")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        int connections = options.number("connections", 1);
        int rounds = options.number("rounds", 1);
        try (Lab lab = Lab.open(options)) {
            Path site = lab.path("site");
            PublishedRpms rpms = PublishedRpms.write(
                    site, options.number("packages", 1), options.number("kib", 1) << 10, options.number("seed", 0));
            List<Double> curls = new ArrayList<>();
            List<Double> written = new ArrayList<>();
            List<Double> syncs = new ArrayList<>();
            List<Double> commands = new ArrayList<>();
            try (Server nginx =
                    Server.nginx(new Server.Nginx(site, lab.path("nginx"), "", null, false), "/repodata/repomd.xml")) {
                for (int i = 0; i < rounds; i++) {
                    settle();
                    long start = System.nanoTime();
                    curl(lab, nginx, rpms, connections);
                    curls.add(secondsSince(start));
                    settle();
                    written.add(secondsSince(start));
                    Lab.delete(lab.path("curl"));
                    Lab.delete(lab.path("store"));
                    settle();
                    start = System.nanoTime();
                    syncs.add(sync(lab, nginx, rpms, connections, options));
                    commands.add(secondsSince(start));
                }
            }
            double curl = Median.of(curls);
            double sync = Median.of(syncs);
            MarkdownTable table = new MarkdownTable("", "seconds", "MB/s");
            row(table, "curl --parallel-max " + connections, curl, rpms);
            row(table, "the same, and written to the disk", Median.of(written), rpms);
            row(table, "permafrost sync --connections " + connections, sync, rpms);
            row(table, "the same with its start, plan and end", Median.of(commands), rpms);
            out.println();
            out.print(table.render());
            out.println();
            double ratio = Median.ofRatios(curls, syncs);
            out.printf("sync has %.2f of curl's rate%n%n", ratio);
            out.println(Machine.describe());
            return ratio * 100 >= options.number("at-least", 0);
        }
    }

    private static void row(MarkdownTable table, String what, double seconds, PublishedRpms rpms) {
        table.row(what, "%.2f".formatted(seconds), "%.0f".formatted(rpms.bytes() / 1e6 / seconds));
    }

    /** Has the system write what it has yet to write. */
    private static void settle() throws IOException, InterruptedException {
        Program.output(PATIENCE, List.of(Program.require("sync", "coreutils")));
    }

    private static double secondsSince(long start) {
        return (System.nanoTime() - start) / 1e9;
    }

    private static void curl(Lab lab, Server nginx, PublishedRpms rpms, int connections)
            throws IOException, InterruptedException {
        Path target = Files.createDirectories(lab.path("curl"));
        StringBuilder config = new StringBuilder();
        for (String path : rpms.paths()) {
            config.append("url = \"")
                    .append(nginx.uri("/" + path))
                    .append("\"\noutput = \"")
                    .append(target.resolve(path.replace('/', '-')))
                    .append("\"\n");
        }
        Path file = Files.writeString(lab.path("curl.config"), config);
        Program.output(
                PATIENCE,
                List.of(
                        Program.require("curl", "curl"),
                        "--silent",
                        "--show-error",
                        "--fail",
                        "--parallel",
                        "--parallel-max",
                        Integer.toString(connections),
                        "--config",
                        file.toString()));
    }

    /** For how many seconds it fetched, by itself. */
    private static double sync(Lab lab, Server nginx, PublishedRpms rpms, int connections, Options options)
            throws IOException, InterruptedException {
        Path config = Files.writeString(
                lab.path("sync.yaml"), "repositories: {rpms: {format: yum, upstream: '" + nginx.uri("/") + "'}}\n");
        String said = Program.output(
                PATIENCE,
                List.of(
                        lab.launcher().toString(),
                        "sync",
                        "yum",
                        "rpms/",
                        "--json",
                        "--connections=" + connections,
                        "--per-host=" + connections,
                        "--data",
                        lab.path("store").toString(),
                        "--config",
                        config.toString()),
                Map.of("PERMAFROST_JAVA_OPTS", options.text("java-opts")));
        if (number(FETCHED, said) != rpms.paths().size()) {
            throw new IOException("sync has not fetched all: " + said);
        }
        return number(SECONDS, said);
    }

    private static double number(Pattern pattern, String text) throws IOException {
        Matcher found = pattern.matcher(text);
        if (!found.find()) {
            throw new IOException("sync did not say " + pattern + ": " + text);
        }
        return Double.parseDouble(found.group(1));
    }
}
