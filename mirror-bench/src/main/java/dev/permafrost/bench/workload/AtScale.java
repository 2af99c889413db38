package dev.permafrost.bench.workload;

import dev.permafrost.bench.origin.MadeUpIndex;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.report.Median;
import dev.permafrost.bench.server.Proc;
import dev.permafrost.bench.server.Server;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The index at the size of the whole of PyPI: how long a start takes, and pages that are in no cache, whatever the number of projects;
 * how much memory and disk it needs; and the list of all projects, before upstream, offline, and of one's own.
 */
final class AtScale implements Scenario {
    private static final int STARTS = 3;
    private static final double BYTES_PER_FILE_MOST = 300;

    @Override
    public String name() {
        return "scale";
    }

    @Override
    public String summary() {
        return "an index of the size of the whole of PyPI: start, pages, memory, disk, the list of all projects";
    }

    @Override
    public List<Option> options() {
        return Stream.concat(
                        Stream.of(
                                new Option("projects", "886323", "how many projects there are"),
                                new Option("files", "15000000", "how many files they have together"),
                                new Option("largest", "20000", "how many files the largest has"),
                                new Option("held", "20000", "of how many projects a file is held"),
                                new Option(
                                        "smaller", "1000,100000", "how many projects the stores compared with it have"),
                                new Option("names", "", "a file of names, compressed by gzip; else they are made up"),
                                new Option("rate", "200", "pages asked for in a second"),
                                new Option("warmup", "10", "seconds of pages before they count"),
                                new Option("seconds", "30", "seconds of pages that count"),
                                new Option("java-opts", "-Xmx512m", "options of the server's Java"),
                                new Option("server-cpus", "", "processors of the server; '' for all"),
                                new Option("load-cpus", "", "processors of the load; '' for all"),
                                new Option("json", "", "a file for the figures"),
                                new Option(
                                        "origin-port",
                                        "8937",
                                        "port of upstream's index: a store's pages are of the one it was filled from"),
                                new Option("seed", "1", "what the index follows from")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        try (Lab lab = Lab.open(options)) {
            List<ScaleStore> stores = stores(lab, options);
            for (ScaleStore store : stores) {
                store.fill(lab, options.text("java-opts"), options.number("origin-port", 1), out);
            }
            ScaleFindings found = new ScaleFindings(out);
            Scale scale = new Scale(lab, options, stores, found);
            ScalePages pages = new ScalePages(scale);
            ScaleLists lists = new ScaleLists(scale);
            connected(scale, pages, lists);
            lists.refreshed();
            pages.sameEverywhere();
            lists.offline();
            lists.withoutUpstream();
            onDisk(scale);
            return found.report(options.text("json"));
        }
    }

    /** Those to compare with, and the one that counts, which is the last. */
    private static List<ScaleStore> stores(Lab lab, Options options) throws IOException {
        List<String> names = ScaleStore.names(options.text("names"));
        int projects = options.number("projects", 2);
        int files = options.number("files", 1);
        int seed = options.number("seed", 0);
        List<ScaleStore> stores = new ArrayList<>();
        for (String size : options.text("smaller").split(",", -1)) {
            if (!size.isEmpty()) {
                int fewer = Options.number("smaller", size, 2);
                long share = (long) files * fewer / projects;
                stores.add(ScaleStore.of(lab.path("projects-" + fewer), names, fewer, share, 1, 1, seed));
            }
        }
        stores.add(ScaleStore.of(
                lab.path("full"),
                names,
                projects,
                files,
                options.number("largest", 1),
                options.number("held", 1),
                seed));
        return stores;
    }

    /** In front of upstream, all of whose pages are stored. */
    private static void connected(Scale scale, ScalePages pages, ScaleLists lists)
            throws IOException, InterruptedException {
        ScaleFindings found = scale.found();
        MadeUpIndex index = scale.full().index();
        found.told("projects, files", "%,d, %,d".formatted(index.names().size(), index.filesTotal()));
        try (Origin origin = scale.origin()) {
            List<Double> starts = new ArrayList<>();
            for (int i = 1; i < STARTS; i++) {
                Scale.Started started = scale.start(origin.simpleUrl(), Scale.NEVER_STALE);
                starts.add(started.seconds());
                started.server().close();
            }
            long start = System.nanoTime();
            Scale.Started started = scale.start(origin.simpleUrl(), Scale.NEVER_STALE);
            starts.add(started.seconds());
            try (Server server = started.server()) {
                found.judged(
                        "start to ready, median of " + STARTS,
                        "%.2f",
                        Median.of(starts),
                        Scale.START_SECONDS_MOST,
                        " s");
                ScaleStore.awaitList(server);
                found.told("list of all projects served after a start", "%.1f s".formatted(Scale.seconds(start)));
                pages.pages(server, origin);
                pages.largest(server);
                memory(server, scale);
                lists.list(server);
            }
        }
    }

    private static void memory(Server server, Scale scale) throws IOException, InterruptedException {
        ScaleFindings found = scale.found();
        Proc.Memory memory = Proc.memory(server.pid());
        OptionalLong heap = Collected.heapBytes(server);
        heap.ifPresent(bytes -> found.told("heap in use after a collection", "%d MiB".formatted(bytes >> 20)));
        found.judged(
                "resident, at its highest, with " + scale.javaOptions(),
                "%.0f",
                (double) (memory.peak() >> 20),
                Scale.HEAP_MEBIBYTES_MOST + Scale.OVERHEAD_MEBIBYTES_MOST,
                " MiB");
        found.told(
                "resident now; of it anonymous", "%d, %d MiB".formatted(memory.now() >> 20, memory.anonymous() >> 20));
    }

    private static void onDisk(Scale scale) throws IOException {
        long bytes;
        try (Stream<Path> all = Files.walk(scale.full().folder().resolve("index"))) {
            bytes = all.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
        scale.found()
                .judged(
                        "index on disk, bytes for each file",
                        "%.0f",
                        (double) bytes / scale.full().index().filesTotal(),
                        BYTES_PER_FILE_MOST,
                        "");
    }
}
