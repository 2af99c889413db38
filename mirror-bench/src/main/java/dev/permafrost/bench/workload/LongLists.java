package dev.permafrost.bench.workload;

import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.MadeUpRpms;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.origin.RpmSeeds;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import dev.permafrost.bench.server.GcLog;
import dev.permafrost.bench.server.Proc;
import dev.permafrost.bench.server.Program;
import dev.permafrost.bench.server.Server;
import dev.permafrost.bench.server.UnavailableException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * A repository of RPMs with tens of thousands of packages, in a small heap: its metadata is taken, made anew and taken again, some packages
 * are fetched by it, and what is held of it is sealed.
 */
final class LongLists implements Scenario {
    private static final String AT = "/rpms/";
    private static final String REPOMD = AT + "repodata/repomd.xml";
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final long HEAP_BYTES_LEAST = 3L << 30;
    private static final Duration POLL = Duration.ofMillis(50);

    @Override
    public String name() {
        return "rpms";
    }

    @Override
    public String summary() {
        return "a repository of 63,000 RPMs, taken, switched and frozen in a heap of 300 MB";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option(
                                        "like", "", "a folder repodata whose lists are multiplied; else made-up ones"),
                                new Option("packages", "1050", "packages of the made-up lists"),
                                new Option("files", "180", "files of each of them"),
                                new Option("times", "60", "how often each package of the lists is there"),
                                new Option("held", "20", "packages that are fetched"),
                                new Option("heap-mb", "300", "the server's heap"),
                                new Option("overhead-mb", "400", "most resident memory beyond the heap"),
                                new Option("java-opts", "", "more options of the server's Java"),
                                new Option("seed", "1", "what the made-up lists follow from")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        MadeUpRpms.Seed seed = options.text("like").isEmpty()
                ? RpmSeeds.madeUp(options.number("packages", 1), options.number("files", 0), options.number("seed", 0))
                : RpmSeeds.of(Path.of(options.text("like")));
        if (Runtime.getRuntime().maxMemory() < HEAP_BYTES_LEAST) {
            throw new UnavailableException(
                    "the lists are kept in memory here; run it as PERMAFROST_JAVA_OPTS=-Xmx4g ./permafrost bench rpms");
        }
        out.println("making the lists");
        MadeUpRpms rpms = new MadeUpRpms(AT, seed, options.number("times", 2));
        int heap = options.number("heap-mb", 16);
        List<String> violations = new ArrayList<>();
        try (Lab lab = Lab.open(options);
                Origin origin = Origin.start(0, rpms, Behaviour.perfect())) {
            String javaOptions = "-Xmx" + heap + "m -XX:+ExitOnOutOfMemoryError -Xlog:gc:file=" + lab.path("gc.log")
                    + " " + options.text("java-opts");
            try (Server server =
                    Makecache.server(lab, origin, javaOptions.trim(), List.of("repositories.rpms.page-ttl=0s"))) {
                MarkdownTable times = new MarkdownTable("of " + rpms.packages() + " packages", "s");
                long start = System.nanoTime();
                awaitWhole(server, rpms);
                times.row("first taken, whole", seconds(start));
                start = System.nanoTime();
                for (String path : rpms.some(options.number("held", 1))) {
                    server.get(AT + path);
                }
                times.row(options.text("held") + " packages fetched", seconds(start));
                rpms.publish(1);
                start = System.nanoTime();
                awaitWhole(server, rpms);
                times.row("made anew, taken again", seconds(start));
                start = System.nanoTime();
                String told = Program.output(
                        PATIENCE,
                        List.of(
                                lab.launcher().toString(),
                                "freeze",
                                "--name",
                                "then",
                                "--data",
                                lab.path("server-store").toString()));
                times.row("frozen, lists filtered", seconds(start));
                String wanted = "lists the " + options.text("held") + " of upstream's " + rpms.packages() + " packages";
                if (!told.contains(wanted)) {
                    violations.add("freeze does not say that it " + wanted + ", but: " + told.strip());
                }
                Proc.Memory memory = Proc.memory(server.pid());
                OptionalLong peak =
                        GcLog.peakBytes(Files.exists(lab.path("gc.log")) ? Files.readString(lab.path("gc.log")) : "");
                if (!server.isAlive()) {
                    violations.add("the server has ended");
                }
                long most = (heap + options.number("overhead-mb", 0)) * (1L << 20);
                if (memory.peak() > most) {
                    violations.add("resident memory rose to " + (memory.peak() >> 20) + " MiB, beyond " + (most >> 20));
                }
                out.println();
                out.print(times.render());
                out.println();
                out.print(new MarkdownTable("memory", "MiB")
                        .row("lists, compressed", mebibytes(packed(rpms)))
                        .row("lists, open", mebibytes(rpms.openBytes()))
                        .row("heap allowed", Integer.toString(heap))
                        .row("heap at its fullest", peak.isPresent() ? mebibytes(peak.getAsLong()) : "no collection")
                        .row("resident at its highest (VmHWM; page cache apart)", mebibytes(memory.peak()))
                        .render());
                out.println();
                out.println(Machine.describe());
            }
        }
        violations.forEach(v -> out.println("violated: " + v));
        return violations.isEmpty();
    }

    /** Until the newest metadata is served, and every file of it is held. */
    static void awaitWhole(Server server, MadeUpRpms rpms) throws IOException, InterruptedException {
        String wanted = rpms.files().get(0).sha256();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            HttpResponse<byte[]> answer = server.ask(REPOMD, PATIENCE);
            boolean isHeld = answer.headers()
                    .firstValue("Cache-Status")
                    .filter(status -> status.contains("304") || status.contains("hit"))
                    .isPresent();
            if (answer.statusCode() == 200
                    && isHeld
                    && MadeUpRpms.sha256(answer.body()).equals(wanted)) {
                return;
            }
            if (System.nanoTime() > deadline || !server.isAlive()) {
                throw new IOException("the server did not have the whole of it: " + answer.statusCode() + ", "
                        + answer.headers().firstValue("Cache-Status").orElse("no Cache-Status"));
            }
            Thread.sleep(POLL.toMillis());
        }
    }

    static long packed(MadeUpRpms rpms) {
        return rpms.files().stream().mapToLong(MadeUpRpms.File::lengthBytes).sum();
    }

    private static String seconds(long start) {
        return "%.1f".formatted((System.nanoTime() - start) / 1e9);
    }

    private static String mebibytes(long bytes) {
        return Long.toString(bytes >> 20);
    }
}
