package dev.permafrost.bench.workload;

import dev.permafrost.bench.origin.RpmFolder;
import dev.permafrost.bench.report.Json;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import dev.permafrost.bench.report.Median;
import dev.permafrost.bench.server.Program;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** The metadata of a folder of RPMs, made by createrepo_c and by us in turn, and both brought up to date when nothing has changed. */
final class CreaterepoBesideC implements Scenario {
    private static final List<String> LISTS = List.of("primary", "filelists", "other");

    @Override
    public String name() {
        return "createrepo";
    }

    @Override
    public String summary() {
        return "a folder of 3,000 RPMs of 2 GB made a repository beside createrepo_c: time and CPU, Java's start included";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option(
                                        "like",
                                        "",
                                        "a folder of real RPMs, taken as often as needed; else made-up ones"),
                                new Option("packages", "3000", "how many there are"),
                                new Option("megabytes", "2000", "how much the made-up ones are together"),
                                new Option("rounds", "5", "turns that each takes"),
                                new Option("most", "1.5", "times what createrepo_c takes"),
                                new Option("cpus", "", "processors of both; '' for all"),
                                new Option("seed", "1", "what the made-up packages follow from"),
                                new Option("json", "", "a file for every round's figures")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    /** What is run in turn. */
    private enum Run {
        THEIRS,
        OURS,
        THEIR_UPDATE,
        OUR_UPDATE,
        /** Nothing but the start of Java. */
        START
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        int packages = options.number("packages", 1);
        int rounds = options.number("rounds", 1);
        double most = options.decimal("most");
        String theirs = Program.require("createrepo_c", "createrepo-c");
        Map<Run, List<Timed>> took = new EnumMap<>(Run.class);
        boolean same;
        String size;
        try (Lab lab = Lab.open(options)) {
            Path ours = lab.installed();
            Path folder = folder(lab, options, packages, out);
            size = size(folder);
            for (int round = 0; round <= rounds; round++) {
                Lab.delete(lab.path("theirs"));
                Lab.delete(lab.path("ours"));
                Files.createDirectory(lab.path("theirs"));
                for (Run run : Run.values()) {
                    Timed one = Timed.run(command(run, theirs, ours, folder, lab), options.text("cpus"));
                    // the first one has the files in memory afterwards
                    if (round > 0) {
                        took.computeIfAbsent(run, any -> new ArrayList<>()).add(one);
                        out.printf(
                                Locale.ROOT,
                                "round %d, %-12s %6.2f s %6.2f s CPU%n",
                                round,
                                run,
                                one.wall(),
                                one.cpu());
                    }
                }
            }
            same = sums(lab.path("theirs/repodata")).equals(sums(lab.path("ours/repodata")));
        }
        boolean holds = report(took, packages + " packages, " + size, most, out);
        out.printf(
                "%n%s; medians of %d rounds, in turn, files in the page cache; without SQLite. \"Less Java's start\" is less the"
                        + " time of a command that does nothing.%n",
                Machine.describe(), rounds);
        if (!same) {
            out.println("violated: the lists are not those of createrepo_c");
        }
        write(options.text("json"), took);
        return holds && same;
    }

    private static Path folder(Lab lab, Options options, int packages, PrintStream out) throws IOException {
        Path folder = lab.path("rpms");
        if (Files.isDirectory(folder)) {
            return folder;
        }
        Files.createDirectory(folder);
        out.println("making the packages");
        String like = options.text("like");
        if (like.isEmpty()) {
            RpmFolder.madeUp(folder, packages, options.number("megabytes", 1), options.number("seed", 0));
        } else {
            RpmFolder.like(Path.of(like), folder, packages);
        }
        return folder;
    }

    private static List<String> command(Run run, String theirs, Path ours, Path folder, Lab lab) {
        List<String> command = new ArrayList<>(
                switch (run) {
                    case THEIRS, THEIR_UPDATE ->
                        List.of(
                                theirs,
                                "-q",
                                "--no-database",
                                "--general-compress-type=gz",
                                "-o",
                                lab.path("theirs").toString());
                    case OURS, OUR_UPDATE ->
                        List.of(
                                ours.toString(),
                                "createrepo",
                                "-q",
                                "--no-database",
                                "-o",
                                lab.path("ours").toString());
                    case START -> List.of(ours.toString(), "createrepo", "--version");
                });
        if (run == Run.THEIR_UPDATE || run == Run.OUR_UPDATE) {
            command.add("--update");
        }
        if (run != Run.START) {
            command.add(folder.toString());
        }
        return command;
    }

    private static String size(Path folder) throws IOException {
        long bytes = 0;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                bytes += Files.size(file);
            }
        }
        return "%.2f GB".formatted(bytes / 1e9);
    }

    /** What each list says, in so many hexadecimal digits. */
    private static List<String> sums(Path repodata) throws IOException {
        List<String> sums = new ArrayList<>();
        for (String list : LISTS) {
            try (Stream<Path> files = Files.list(repodata)) {
                Path file = files.filter(each -> each.toString().endsWith("-" + list + ".xml.gz"))
                        .findFirst()
                        .orElseThrow(() -> new IOException("no " + list + ".xml.gz in " + repodata));
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                try (InputStream in = new DigestInputStream(new GZIPInputStream(Files.newInputStream(file)), digest)) {
                    in.transferTo(OutputStream.nullOutputStream());
                }
                sums.add(HexFormat.of().formatHex(digest.digest()));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
        return sums;
    }

    private static boolean report(Map<Run, List<Timed>> took, String of, double most, PrintStream out) {
        List<Double> start = walls(took, Run.START);
        List<Double> updateAlone = new ArrayList<>();
        List<Double> updates = walls(took, Run.OUR_UPDATE);
        for (int i = 0; i < updates.size(); i++) {
            updateAlone.add(updates.get(i) - start.get(i));
        }
        MarkdownTable table = new MarkdownTable(
                of, "s", "createrepo_c", "ratio", "wanted", "CPU s", "createrepo_c", "ratio", "verdict");
        boolean made = row(table, "made", walls(took, Run.OURS), took, Run.OURS, Run.THEIRS, most);
        row(table, "`--update`, nothing new", updates, took, Run.OUR_UPDATE, Run.THEIR_UPDATE, 0);
        boolean updated =
                row(table, "the same, less Java's start", updateAlone, took, Run.OUR_UPDATE, Run.THEIR_UPDATE, most);
        table.row(
                "Java's start",
                "%.2f".formatted(Median.of(start)),
                "",
                "",
                "",
                "%.2f".formatted(Median.of(cpus(took, Run.START))),
                "",
                "",
                "");
        out.println();
        out.print(table.render());
        return made && updated;
    }

    /** A row; whether it is as it is wanted, where a most is given. */
    private static boolean row(
            MarkdownTable table,
            String what,
            List<Double> ours,
            Map<Run, List<Timed>> took,
            Run our,
            Run their,
            double most) {
        List<Double> theirs = walls(took, their);
        double ratio = Median.ofRatios(ours, theirs);
        boolean isWanted = most > 0;
        boolean ok = ratio <= most;
        table.row(
                what,
                "%.2f".formatted(Median.of(ours)),
                "%.2f".formatted(Median.of(theirs)),
                "%.2f".formatted(ratio),
                isWanted ? "≤ %.1f".formatted(most) : "",
                "%.2f".formatted(Median.of(cpus(took, our))),
                "%.2f".formatted(Median.of(cpus(took, their))),
                "%.2f".formatted(Median.ofRatios(cpus(took, our), cpus(took, their))),
                isWanted ? ok ? "ok" : "SHORT" : "");
        return ok;
    }

    private static List<Double> walls(Map<Run, List<Timed>> took, Run run) {
        return took.getOrDefault(run, List.of()).stream().map(Timed::wall).toList();
    }

    private static List<Double> cpus(Map<Run, List<Timed>> took, Run run) {
        return took.getOrDefault(run, List.of()).stream().map(Timed::cpu).toList();
    }

    private static void write(String file, Map<Run, List<Timed>> took) throws IOException {
        if (file.isEmpty()) {
            return;
        }
        Map<String, Object> figures = new LinkedHashMap<>();
        for (Run run : Run.values()) {
            figures.put(run.name().toLowerCase(Locale.ROOT) + "_seconds", walls(took, run));
            figures.put(run.name().toLowerCase(Locale.ROOT) + "_cpu_seconds", cpus(took, run));
        }
        Files.writeString(
                Path.of(file),
                Json.write(Map.of("scenario", "createrepo", "machine", Machine.describe(), "figures", figures)) + "\n");
    }
}
