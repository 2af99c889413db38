package dev.permafrost.bench.workload;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.bench.load.Answer;
import dev.permafrost.bench.load.Check;
import dev.permafrost.bench.load.Download;
import dev.permafrost.bench.load.Fleet;
import dev.permafrost.bench.load.Outcome;
import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.MadeUpRpms;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.origin.RpmSeeds;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import dev.permafrost.bench.server.Server;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/**
 * What {@code dnf makecache} asks for, by hundreds of clients at once: of a repository that nobody has asked for before, of one that is
 * held, and of one that its upstream makes anew all the time. Everything is hashed; no file is fetched twice, and nobody gets files of two
 * generations.
 */
final class Makecache implements Scenario {
    private static final String AT = "/rpms/";
    private static final String REPOMD = AT + "repodata/repomd.xml";
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int LOAD_THREADS = 2;
    private static final int SHOWN_MAX = 20;
    private static final Pattern RECORD =
            Pattern.compile("<checksum type=\"sha256\">([0-9a-f]+)</checksum>\\s*<location href=\"([^\"]+)\"");

    @Override
    public String name() {
        return "makecache";
    }

    @Override
    public String summary() {
        return "500 clients read a repository's metadata at once, cold and held, and 40 while upstream makes it anew";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option("clients", "500", "clients at once"),
                                new Option("packages", "500", "packages of the repository"),
                                new Option("files", "80", "files of each of them"),
                                new Option("latency-ms", "20", "the origin's latency to the first byte"),
                                new Option("readers", "40", "clients that read while upstream changes"),
                                new Option("seconds", "30", "for how long they do"),
                                new Option("change-ms", "2000", "how often upstream changes"),
                                new Option("java-opts", "-Xmx256m", "options of the server's Java"),
                                new Option("seed", "1", "what the lists follow from")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    /** A server with that repository alone, in a fresh store. */
    static Server server(Lab lab, Origin origin, String javaOptions, List<String> more)
            throws IOException, InterruptedException {
        List<String> settings = new ArrayList<>(List.of(
                "repositories.rpms.format=yum", "repositories.rpms.upstream=http://127.0.0.1:" + origin.port() + AT));
        settings.addAll(more);
        return lab.permafrost("server", origin, "none", "", javaOptions, null, settings);
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        int clients = options.number("clients", 1);
        MadeUpRpms rpms = new MadeUpRpms(
                AT,
                RpmSeeds.madeUp(options.number("packages", 1), options.number("files", 0), options.number("seed", 0)),
                2);
        List<String> violations = Collections.synchronizedList(new ArrayList<>());
        try (Lab lab = Lab.open(options);
                Origin origin =
                        Origin.start(0, rpms, Behaviour.distant(Duration.ofMillis(options.number("latency-ms", 0))))) {
            MarkdownTable rates = new MarkdownTable(
                    "phase",
                    "clients",
                    "requests",
                    "errors",
                    "requests/s",
                    "MB/s",
                    "first byte p50 ms",
                    "p99 ms",
                    "upstream");
            try (Server server =
                    server(lab, origin, options.text("java-opts"), List.of("repositories.rpms.page-ttl=1h"))) {
                for (String phase : List.of("cold", "held")) {
                    origin.forgetCounts();
                    storm(phase, clients, rpms, server, origin, rates, violations);
                }
            }
            String switched;
            try (Server server =
                    server(lab, origin, options.text("java-opts"), List.of("repositories.rpms.page-ttl=0s"))) {
                LongLists.awaitWhole(server, rpms);
                switched = new Switching(rpms, server, violations)
                        .run(
                                options.number("readers", 1),
                                options.seconds("seconds"),
                                Duration.ofMillis(options.number("change-ms", 1)));
            }
            out.println();
            out.print(rates.render());
            out.println();
            out.println(switched);
            out.println();
            out.println(Machine.describe());
        }
        violations.stream().limit(SHOWN_MAX).forEach(v -> out.println("violated: " + v));
        return violations.isEmpty();
    }

    private static void storm(
            String phase,
            int clients,
            MadeUpRpms rpms,
            Server server,
            Origin origin,
            MarkdownTable rates,
            List<String> violations)
            throws IOException, InterruptedException {
        List<Download> one = rpms.files().stream()
                .map(file ->
                        Download.whole(file.path(), () -> Check.sha256(new Answer(file.lengthBytes(), file.sha256()))))
                .toList();
        long start = System.nanoTime();
        List<Outcome> outcomes =
                new Fleet(server.port(), LOAD_THREADS, PATIENCE).run(Collections.nCopies(clients, one));
        double seconds = (System.nanoTime() - start) / 1e9;
        Histogram micros = new Histogram(TimeUnit.HOURS.toMicros(1), 3);
        long errors = 0;
        for (Outcome outcome : outcomes) {
            if (outcome.error() != null) {
                errors++;
                violations.add(
                        phase + ", client " + outcome.client() + ", " + outcome.target() + ": " + outcome.error());
            } else {
                micros.recordValue(TimeUnit.NANOSECONDS.toMicros(outcome.firstByteNanos()));
            }
        }
        int asked = rpms.files().stream()
                .mapToInt(file -> origin.count(file.path()))
                .sum();
        int wanted = phase.equals("cold") ? rpms.files().size() : 0;
        if (asked != wanted) {
            violations.add(phase + ": upstream had " + asked + " requests for the metadata, not " + wanted);
        }
        rates.row(
                phase,
                Integer.toString(clients),
                Integer.toString(outcomes.size()),
                Long.toString(errors),
                "%.0f".formatted(outcomes.size() / seconds),
                "%.0f".formatted(outcomes.stream().mapToLong(Outcome::bytes).sum() / 1e6 / seconds),
                "%.0f".formatted(micros.getValueAtPercentile(50) / 1000.0),
                "%.0f".formatted(micros.getValueAtPercentile(99) / 1000.0),
                Integer.toString(asked));
    }

    /** Clients that read whole generations, one after another, while upstream makes new ones. */
    private static final class Switching {
        private final MadeUpRpms rpms;
        private final Server server;
        private final List<String> violations;
        private final Set<String> generations = Collections.synchronizedSet(new HashSet<>());
        private final AtomicInteger requests = new AtomicInteger();
        private final AtomicInteger rounds = new AtomicInteger();

        Switching(MadeUpRpms rpms, Server server, List<String> violations) {
            this.rpms = rpms;
            this.server = server;
            this.violations = violations;
        }

        String run(int readers, Duration length, Duration pause) throws InterruptedException {
            long end = System.nanoTime() + length.toNanos();
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < readers; i++) {
                threads.add(new Thread(() -> read(end), "reader-" + i));
            }
            threads.forEach(Thread::start);
            int changes = 0;
            while (System.nanoTime() < end) {
                rpms.publish(++changes);
                Thread.sleep(pause.toMillis());
            }
            for (Thread thread : threads) {
                thread.join();
            }
            if (generations.size() < 2) {
                violations.add("switching: clients were given " + generations.size() + " generations in all");
            }
            return "While upstream changed %d times, %d clients read %d whole generations (%d requests, %d different ones), %d faults."
                    .formatted(changes, readers, rounds.get(), requests.get(), generations.size(), violations.size());
        }

        private void read(long end) {
            try {
                while (System.nanoTime() < end) {
                    readOne();
                }
            } catch (IOException | InterruptedException e) {
                violations.add("switching: " + e);
            }
        }

        private void readOne() throws IOException, InterruptedException {
            byte[] document = ask(REPOMD);
            generations.add(MadeUpRpms.sha256(document));
            Matcher record = RECORD.matcher(new String(document, UTF_8));
            int records = 0;
            while (record.find()) {
                records++;
                byte[] bytes = ask(AT + record.group(2));
                if (!MadeUpRpms.sha256(bytes).equals(record.group(1))) {
                    violations.add("switching: " + record.group(2) + " is another than repomd.xml says");
                }
            }
            if (records != rpms.files().size() - 1) {
                violations.add("switching: a repomd.xml names " + records + " files");
            }
            rounds.incrementAndGet();
        }

        private byte[] ask(String path) throws IOException, InterruptedException {
            requests.incrementAndGet();
            HttpResponse<byte[]> answer = server.ask(path, PATIENCE);
            if (answer.statusCode() != 200) {
                violations.add("switching: " + answer.statusCode() + " for " + path + ": "
                        + new String(answer.body(), UTF_8).strip());
            }
            return answer.body();
        }
    }
}
