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
import dev.permafrost.bench.server.GcLog;
import dev.permafrost.bench.server.Proc;
import dev.permafrost.bench.server.Server;
import dev.permafrost.bench.server.UnavailableException;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * Many clients at once, each on files of its own choice, first cold and then warm, from a server with a small heap. All
 * downloads are to be whole, a sample of them is hashed, and resident memory is to stay near the heap's size: what is
 * served must never pass through it.
 */
final class SmallHeap implements Scenario {
    private static final String PREFIX = "bench-heap";
    private static final Duration SILENCE_TIMEOUT = Duration.ofMinutes(2);
    private static final int LOAD_THREADS = 2;
    private static final int VIOLATIONS_SHOWN_MAX = 20;
    private static final long MEGABYTE = 1_000_000;

    @Override
    public String name() {
        return "heap";
    }

    @Override
    public String summary() {
        return "10 GB of wheels to 200 clients at once, cold and then warm, from a heap of 256 MB";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option("gigabytes", "10", "how much the wheels are together"),
                                new Option("megabytes", "50", "size of each wheel"),
                                new Option("clients", "200", "clients at once"),
                                new Option("warm", "2", "wheels that each client reads once all are held"),
                                new Option("verify-every", "5", "each so many-th download is hashed"),
                                new Option("heap-mb", "256", "the server's heap"),
                                new Option("overhead-mb", "400", "most resident memory beyond the heap"),
                                new Option("latency-ms", "20", "the origin's latency to the first byte"),
                                new Option("server-cpus", "", "processors of the server; '' for all"),
                                new Option("java-opts", "", "more options of the server's Java"),
                                new Option("seed", "1", "what content and order follow from")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    /** What a phase came to. */
    private record Phase(String name, List<Outcome> outcomes, double seconds, int upstreamRequests) {
        long bytes() {
            return outcomes.stream().mapToLong(Outcome::bytes).sum();
        }
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        int heapMegabytes = options.number("heap-mb", 16);
        long fileBytes = options.number("megabytes", 1) * MEGABYTE;
        int files = (int) Math.max(1, Math.round(options.decimal("gigabytes") * 1000 * MEGABYTE / fileBytes));
        int clients = options.number("clients", 1);
        int warmFiles = options.number("warm", 1);
        int verifyEvery = options.number("verify-every", 1);
        int seed = options.number("seed", 0);
        long residentBytesMax = (heapMegabytes + options.number("overhead-mb", 0)) * (1L << 20);
        Behaviour behaviour = Behaviour.distant(Duration.ofMillis(options.number("latency-ms", 0)));
        List<String> violations = new ArrayList<>();
        try (Lab lab = Lab.open(options)) {
            if (lab.usableBytes() < files * fileBytes * 12 / 10) {
                throw new UnavailableException("the store needs " + files * fileBytes / MEGABYTE
                        + " MB and a fifth of that"
                        + " spare, the disk has " + lab.usableBytes() / MEGABYTE + " MB; name another with --work, or"
                        + " fewer --gigabytes");
            }
            out.println("making the index of " + files + " wheels of " + fileBytes / MEGABYTE + " MB");
            Catalogue catalogue =
                    Catalogue.seeded(seed).projects(PREFIX, files, fileBytes).build();
            String javaOptions =
                    "-Xmx" + heapMegabytes + "m -Xlog:gc:file=" + lab.path("gc.log") + " " + options.text("java-opts");
            try (Origin origin = Origin.start(0, catalogue, behaviour);
                    Server server =
                            lab.permafrost(origin, PREFIX + "-0", options.text("server-cpus"), javaOptions.trim())) {
                Run run = new Run(seed, verifyEvery, catalogue, origin, server);
                List<Phase> phases = List.of(
                        run.phase("cold", run.coldPlans(clients), out),
                        run.phase("warm", run.warmPlans(clients, warmFiles), out));
                Proc.Memory memory = Proc.memory(server.pid());
                OptionalLong heapPeak =
                        GcLog.peakBytes(Files.exists(lab.path("gc.log")) ? Files.readString(lab.path("gc.log")) : "");
                judge(phases, files, server, violations);
                if (memory.peak() > residentBytesMax) {
                    violations.add("resident memory rose to " + (memory.peak() >> 20) + " MiB, beyond "
                            + (residentBytesMax >> 20));
                }
                print(out, phases, memory, heapPeak, heapMegabytes);
            }
        }
        violations.stream().limit(VIOLATIONS_SHOWN_MAX).forEach(v -> out.println("violated: " + v));
        if (violations.size() > VIOLATIONS_SHOWN_MAX) {
            out.println("violated: and " + (violations.size() - VIOLATIONS_SHOWN_MAX) + " times more");
        }
        return violations.isEmpty();
    }

    /** The parts of a run that share what they work on. */
    private static final class Run {
        private final int verifyEvery;
        private final Random random;
        private final Origin origin;
        private final Server server;
        private final List<Artifact> files;
        private final List<String> targets = new ArrayList<>();

        Run(int seed, int verifyEvery, Catalogue catalogue, Origin origin, Server server)
                throws IOException, InterruptedException {
            this.verifyEvery = verifyEvery;
            this.random = new Random(seed);
            this.origin = origin;
            this.server = server;
            this.files = catalogue.projects().stream()
                    .map(p -> catalogue.files(p).get(0))
                    .toList();
            for (Artifact file : files) {
                targets.add(Links.path(server, file));
            }
        }

        /** Every file once, dealt out to the clients. */
        List<List<Download>> coldPlans(int clients) {
            List<List<Download>> plans = emptyPlans(clients);
            for (int i = 0; i < files.size(); i++) {
                plans.get(i % clients).add(download(i, i));
            }
            return plans.stream().filter(p -> !p.isEmpty()).toList();
        }

        /** So many files for each client, no two clients in the same order. */
        List<List<Download>> warmPlans(int clients, int filesEach) {
            List<List<Download>> plans = emptyPlans(clients);
            List<Integer> order =
                    new ArrayList<>(IntStream.range(0, files.size()).boxed().toList());
            int made = 0;
            for (List<Download> plan : plans) {
                Collections.shuffle(order, random);
                for (int i = 0; i < filesEach; i++) {
                    plan.add(download(order.get(i % order.size()), made++));
                }
            }
            return plans;
        }

        Phase phase(String name, List<List<Download>> plans, PrintStream out) throws IOException, InterruptedException {
            out.println(name + ": " + plans.size() + " clients, "
                    + plans.stream().mapToInt(List::size).sum() + " downloads");
            origin.forgetCounts();
            long start = System.nanoTime();
            List<Outcome> outcomes = new Fleet(server.port(), LOAD_THREADS, SILENCE_TIMEOUT).run(plans);
            return new Phase(name, outcomes, (System.nanoTime() - start) / 1e9, origin.fileRequests());
        }

        private Download download(int file, int number) {
            Artifact artifact = files.get(file);
            boolean hashed = number % verifyEvery == 0;
            return Download.whole(targets.get(file), () -> hashed ? Check.sha256(artifact) : Check.length(artifact));
        }

        private static List<List<Download>> emptyPlans(int clients) {
            List<List<Download>> plans = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                plans.add(new ArrayList<>());
            }
            return plans;
        }
    }

    private static void judge(List<Phase> phases, int files, Server server, List<String> violations) {
        for (Phase phase : phases) {
            for (Outcome outcome : phase.outcomes()) {
                if (outcome.error() != null) {
                    violations.add(phase.name() + ", client " + outcome.client() + ", " + outcome.target() + ": "
                            + outcome.error());
                }
            }
            int expected = phase.name().equals("cold") ? files : 0;
            if (phase.upstreamRequests() != expected) {
                violations.add(phase.name() + ": upstream had " + phase.upstreamRequests() + " requests for files, not "
                        + expected);
            }
        }
        if (!server.isAlive()) {
            violations.add("the server has ended");
        }
    }

    private static void print(
            PrintStream out, List<Phase> phases, Proc.Memory memory, OptionalLong heapPeak, int heapMegabytes) {
        MarkdownTable rates = new MarkdownTable(
                "phase", "downloads", "errors", "GB", "MB/s", "first byte p50 ms", "p99 ms", "requests upstream");
        for (Phase phase : phases) {
            Histogram firstBytes = firstBytes(phase.outcomes());
            rates.row(
                    phase.name(),
                    Integer.toString(phase.outcomes().size()),
                    Long.toString(phase.outcomes().stream()
                            .filter(o -> o.error() != null)
                            .count()),
                    "%.1f".formatted(phase.bytes() / 1e9),
                    "%.0f".formatted(phase.bytes() / 1e6 / phase.seconds()),
                    "%.0f".formatted(firstBytes.getValueAtPercentile(50) / 1000.0),
                    "%.0f".formatted(firstBytes.getValueAtPercentile(99) / 1000.0),
                    Integer.toString(phase.upstreamRequests()));
        }
        out.println();
        out.print(rates.render());
        out.println();
        out.print(new MarkdownTable("memory of the server", "MiB")
                .row("heap allowed", Integer.toString(heapMegabytes))
                .row("heap at its fullest", heapPeak.isPresent() ? mebibytes(heapPeak.getAsLong()) : "no collection")
                .row("resident at its highest (VmHWM; page cache apart)", mebibytes(memory.peak()))
                .row("resident at the end", mebibytes(memory.now()))
                .row("of it anonymous", mebibytes(memory.anonymous()))
                .render());
        out.println();
        out.println(Machine.describe());
    }

    private static String mebibytes(long bytes) {
        return Long.toString(bytes >> 20);
    }

    private static Histogram firstBytes(List<Outcome> outcomes) {
        Histogram micros = new Histogram(TimeUnit.HOURS.toMicros(1), 3);
        outcomes.stream()
                .filter(o -> o.firstByteNanos() >= 0)
                .forEach(o -> micros.recordValue(TimeUnit.NANOSECONDS.toMicros(o.firstByteNanos())));
        return micros;
    }
}
