package dev.permafrost.bench.workload;

import dev.permafrost.bench.origin.RpmFolder;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import dev.permafrost.bench.report.Median;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** A snapshot carried out and in beside {@code cp -r} of its files, and all of them read again beside {@code sha256sum}, in turn. */
final class CarryBesideCp implements Scenario {
    @Override
    public String name() {
        return "carry";
    }

    @Override
    public String summary() {
        return "a store of 2 GB exported, imported and verified beside cp -r and sha256sum of its files: time, Java's start included";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option("files", "3000", "how many files the store has"),
                                new Option("megabytes", "2000", "how much they are together"),
                                new Option("rounds", "5", "turns that each takes"),
                                new Option("least", "0.8", "of the rate of cp and sha256sum"),
                                new Option(
                                        "server-cpus", "", "processors of the server that makes the store; '' for all"),
                                new Option("seed", "1", "what the files follow from")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    /** What is run in turn. */
    private enum Run {
        COPY("cp -r"),
        EXPORT("export"),
        IMPORT("import"),
        SUMS("sha256sum, two at a time"),
        VERIFY("verify");

        private final String title;

        Run(String title) {
            this.title = title;
        }
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        int rounds = options.number("rounds", 1);
        Map<Run, List<Timed>> took = new EnumMap<>(Run.class);
        try (Lab lab = Lab.open(options)) {
            prepare(lab, options, out);
            for (int round = 0; round <= rounds; round++) {
                for (Run run : Run.values()) {
                    clear(lab, run);
                    Timed one = Timed.run(command(run, lab), "");
                    // the first one has the files in memory afterwards
                    if (round > 0) {
                        took.computeIfAbsent(run, any -> new ArrayList<>()).add(one);
                        out.printf(
                                Locale.ROOT,
                                "round %d, %-25s %6.2f s %6.2f s CPU%n",
                                round,
                                run.title,
                                one.wall(),
                                one.cpu());
                    }
                }
            }
        }
        double least = options.decimal("least");
        MarkdownTable table = new MarkdownTable(
                options.number("files", 1) + " files, " + options.number("megabytes", 1) + " MB",
                "s",
                "beside",
                "rate",
                "wanted",
                "CPU s",
                "beside",
                "verdict");
        boolean holds = row(table, took, Run.EXPORT, Run.COPY, least);
        holds &= row(table, took, Run.IMPORT, Run.COPY, least);
        holds &= row(table, took, Run.VERIFY, Run.SUMS, least);
        out.println();
        out.print(table.render());
        out.printf(
                "%n%s; medians of %d rounds, in turn, files in the page cache, Java's start included; cp is followed by sync -f, since"
                        + " what is exported and imported is on the disk when that ends.%n",
                Machine.describe(), rounds);
        return holds;
    }

    private static void prepare(Lab lab, Options options, PrintStream out) throws IOException, InterruptedException {
        if (Files.exists(lab.path("store"))) {
            return;
        }
        out.println("filling the store");
        Path folder = Files.createDirectories(lab.path("files"));
        RpmFolder.madeUp(folder, options.number("files", 1), options.number("megabytes", 1), options.number("seed", 0));
        Files.writeString(
                lab.path("permafrost.yaml"), "repositories: {ours: {format: yum, publish: '" + folder + "'}}\n");
        // a store is made by a server
        lab.permafrostOn(lab.path("store"), "", "", List.of()).close();
        String permafrost = lab.installed().toString();
        String store = lab.path("store").toString();
        String config = lab.path("permafrost.yaml").toString();
        Timed.run(List.of(permafrost, "publish", "ours", folder.toString(), "--data", store, "--config", config), "");
        Timed.run(List.of(permafrost, "freeze", "--name", "one", "--data", store, "--config", config), "");
        Timed.run(List.of(permafrost, "key", "new", "--data", store), "");
    }

    private static void clear(Lab lab, Run run) throws IOException {
        switch (run) {
            case COPY -> Lab.delete(lab.path("copy"));
            case EXPORT -> Lab.delete(lab.path("bundle"));
            case IMPORT -> Lab.delete(lab.path("other"));
            case SUMS, VERIFY -> {}
        }
    }

    private static List<String> command(Run run, Lab lab) throws IOException, InterruptedException {
        String permafrost = lab.installed().toString();
        String store = lab.path("store").toString();
        String blobs = lab.path("store/blobs").toString();
        String bundle = lab.path("bundle").toString();
        return switch (run) {
            case COPY ->
                List.of(
                        "bash",
                        "-c",
                        "cp -r \"$0\" \"$1\" && sync -f \"$1\"",
                        blobs,
                        lab.path("copy").toString());
            case EXPORT -> List.of(permafrost, "export", "--to", bundle, "--no-server", "--data", store);
            case IMPORT ->
                List.of(
                        "bash",
                        "-c",
                        "\"$0\" key trust sender \"$1/keys/own.pub\" --data \"$3\" && \"$0\" import --from \"$2\" --data \"$3\"",
                        permafrost,
                        store,
                        bundle,
                        lab.path("other").toString());
            case SUMS ->
                List.of("bash", "-c", "find \"$0\" -type f -print0 | xargs -0 -n 64 -P 2 sha256sum >/dev/null", blobs);
            case VERIFY -> List.of(permafrost, "verify", "--anew", "--threads", "2", "--data", store);
        };
    }

    /** A row; whether it is as it is wanted. */
    private static boolean row(MarkdownTable table, Map<Run, List<Timed>> took, Run our, Run their, double least) {
        List<Timed> ours = took.getOrDefault(our, List.of());
        List<Timed> theirs = took.getOrDefault(their, List.of());
        // rates are as the inverse of times
        double ratio = Median.ofRatios(walls(theirs), walls(ours));
        boolean ok = ratio >= least;
        table.row(
                our.title + " beside " + their.title,
                "%.2f".formatted(Median.of(walls(ours))),
                "%.2f".formatted(Median.of(walls(theirs))),
                "%.2f".formatted(ratio),
                "≥ %.1f".formatted(least),
                "%.2f".formatted(Median.of(cpus(ours))),
                "%.2f".formatted(Median.of(cpus(theirs))),
                ok ? "ok" : "SHORT");
        return ok;
    }

    private static List<Double> walls(List<Timed> took) {
        return took.stream().map(Timed::wall).toList();
    }

    private static List<Double> cpus(List<Timed> took) {
        return took.stream().map(Timed::cpu).toList();
    }
}
