package dev.permafrost.bench.workload;

import dev.permafrost.bench.load.Check;
import dev.permafrost.bench.load.Download;
import dev.permafrost.bench.load.Fleet;
import dev.permafrost.bench.load.Outcome;
import dev.permafrost.bench.origin.Artifact;
import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.Catalogue;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import dev.permafrost.bench.report.Median;
import dev.permafrost.bench.server.Server;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * Many clients ask at once for the same wheel, which nobody has asked for before, and half of them hang up in
 * mid-transfer. Upstream is to be asked once, the others are to get the right bytes, and nobody is to wait for the first
 * of them much longer than without a mirror.
 */
final class Herd implements Scenario {
    private static final String PROJECT = "bench-herd";
    private static final Duration SILENCE_TIMEOUT = Duration.ofSeconds(60);
    private static final int DIRECT_TRIES = 5;
    private static final int LOAD_THREADS = 2;
    private static final long WARM_UP_BYTES = 1_000_000;

    @Override
    public String name() {
        return "herd";
    }

    @Override
    public String summary() {
        return "200 clients ask at once for the same cold 50 MB wheel, half of them leave in mid-transfer";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option("clients", "200", "clients; every second one leaves"),
                                new Option("megabytes", "50", "size of the wheel"),
                                new Option("latency-ms", "250", "the origin's latency to the first byte"),
                                new Option(
                                        "warmup",
                                        "10",
                                        "herds on small cold wheels before, as a mirror in use has seen"),
                                new Option("first-byte-max", "1.2", "most that the slowest may wait, against direct"),
                                new Option("server-cpus", "", "processors of the server; '' for all"),
                                new Option("java-opts", "-Xmx256m", "options of the server's Java"),
                                new Option("seed", "1", "what content and the points of leaving follow from")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        int seed = options.number("seed", 0);
        int clients = options.number("clients", 1);
        double firstByteMax = options.decimal("first-byte-max");
        long bytes = options.number("megabytes", 1) * 1_000_000L;
        Behaviour behaviour = Behaviour.distant(Duration.ofMillis(options.number("latency-ms", 0)));
        int warmUps = options.number("warmup", 0);
        Catalogue.Builder projects = Catalogue.seeded(seed).project(PROJECT, 1, bytes);
        for (int i = 0; i < warmUps; i++) {
            projects.project(warmUpProject(i), 1, WARM_UP_BYTES);
        }
        Catalogue catalogue = projects.build();
        Artifact wheel = catalogue.files(PROJECT).get(0);
        List<String> violations = new ArrayList<>();
        try (Lab lab = Lab.open(options);
                Origin origin = Origin.start(0, catalogue, behaviour);
                Server server =
                        lab.permafrost(origin, PROJECT, options.text("server-cpus"), options.text("java-opts"))) {
            for (int i = 0; i < warmUps; i++) {
                Artifact small = catalogue.files(warmUpProject(i)).get(0);
                String path = Links.path(server, small);
                judge(
                        new Fleet(server.port(), LOAD_THREADS, SILENCE_TIMEOUT).run(plans(clients, path, small, seed)),
                        violations);
            }
            double direct = directMillis(origin, wheel);
            String target = Links.path(server, wheel);
            origin.forgetCounts();
            long start = System.nanoTime();
            List<Outcome> outcomes =
                    new Fleet(server.port(), LOAD_THREADS, SILENCE_TIMEOUT).run(plans(clients, target, wheel, seed));
            double seconds = (System.nanoTime() - start) / 1e9;
            int askedCold = origin.count(wheel.path());
            List<Outcome> again = new Fleet(server.port(), 1, SILENCE_TIMEOUT)
                    .run(List.of(List.of(Download.whole(target, () -> Check.sha256(wheel)))));

            Histogram firstBytes = firstBytes(outcomes);
            double worst = firstBytes.getMaxValue() / 1000.0;
            judge(outcomes, violations);
            judge(again, violations);
            if (askedCold != 1 || origin.count(wheel.path()) != 1) {
                violations.add("upstream was asked " + askedCold + " times by the herd and "
                        + (origin.count(wheel.path()) - askedCold) + " times after it, instead of once and never");
            }
            if (worst > direct * firstByteMax) {
                violations.add("the slowest first byte came after %.0f ms, %.2f times the %.0f ms of a direct client"
                        .formatted(worst, worst / direct, direct));
            }
            print(out, outcomes, firstBytes, direct, askedCold, seconds);
        }
        violations.forEach(v -> out.println("violated: " + v));
        return violations.isEmpty();
    }

    private static String warmUpProject(int i) {
        return PROJECT + "-warm-up-" + i;
    }

    private static double directMillis(Origin origin, Artifact wheel) throws IOException, InterruptedException {
        List<Double> tries = new ArrayList<>();
        for (int i = 0; i < DIRECT_TRIES; i++) {
            List<Outcome> outcome = new Fleet(origin.port(), 1, SILENCE_TIMEOUT)
                    .run(List.of(List.of(Download.whole(wheel.path(), () -> Check.length(wheel)))));
            tries.add(outcome.get(0).firstByteNanos() / 1e6);
        }
        return Median.of(tries);
    }

    private static List<List<Download>> plans(int clients, String target, Artifact wheel, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<List<Download>> plans = new ArrayList<>();
        ByteBuffer content = wheel.content().bytes();
        for (int i = 0; i < clients; i++) {
            long leaveAt = (long) (wheel.lengthBytes() * random.nextDouble(0.05, 0.95));
            plans.add(List.of(
                    i % 2 == 1
                            ? new Download(target, leaveAt, () -> Check.prefix(content))
                            : Download.whole(target, () -> Check.whole(content))));
        }
        return plans;
    }

    private static void judge(List<Outcome> outcomes, List<String> violations) {
        for (Outcome outcome : outcomes) {
            if (outcome.error() != null) {
                violations.add("client " + outcome.client() + ": " + outcome.error());
            }
        }
    }

    private static Histogram firstBytes(List<Outcome> outcomes) {
        Histogram micros = new Histogram(TimeUnit.HOURS.toMicros(1), 3);
        outcomes.stream()
                .filter(o -> o.firstByteNanos() >= 0)
                .forEach(o -> micros.recordValue(TimeUnit.NANOSECONDS.toMicros(o.firstByteNanos())));
        return micros;
    }

    private static void print(
            PrintStream out, List<Outcome> outcomes, Histogram firstBytes, double direct, int asked, double seconds) {
        long right =
                outcomes.stream().filter(o -> !o.left() && o.error() == null).count();
        long left = outcomes.stream().filter(Outcome::left).count();
        long bytes = outcomes.stream().mapToLong(Outcome::bytes).sum();
        out.print(new MarkdownTable("a herd on a cold wheel", "figure")
                .row("clients", Integer.toString(outcomes.size()))
                .row("complete, every byte right", Long.toString(right))
                .row("left in mid-transfer", Long.toString(left))
                .row("requests upstream", Integer.toString(asked))
                .row("first byte, a direct client, ms", "%.0f".formatted(direct))
                .row("first byte, median, ms", "%.0f".formatted(firstBytes.getValueAtPercentile(50) / 1000.0))
                .row("first byte, 99 %, ms", "%.0f".formatted(firstBytes.getValueAtPercentile(99) / 1000.0))
                .row("first byte, slowest, ms", "%.0f".formatted(firstBytes.getMaxValue() / 1000.0))
                .row("slowest against direct", "%.2f".formatted(firstBytes.getMaxValue() / 1000.0 / direct))
                .row("to all clients, MB/s", "%.0f".formatted(bytes / 1e6 / seconds))
                .render());
        out.println();
        out.println(Machine.describe());
    }
}
