package dev.permafrost.bench.workload;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.bench.load.OwnLoad;
import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.MadeUpIndex;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.report.Json;
import dev.permafrost.bench.report.Machine;
import dev.permafrost.bench.report.MarkdownTable;
import dev.permafrost.bench.report.Median;
import dev.permafrost.bench.server.Proc;
import dev.permafrost.bench.server.Server;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * The index at the size of the whole of PyPI: how long a start takes, and pages that are in no cache, whatever the number of projects;
 * how much memory and disk it needs; and the list of all projects, before upstream, offline, and of one's own.
 */
final class AtScale implements Scenario {
    /** Pages stay fresh for as long as a store is kept, or nearly. */
    private static final List<String> NEVER_STALE =
            List.of("http.requests-per-connection-max=0", "repositories.pypi.page-ttl=365d");

    private static final Duration LIST_TTL = Duration.ofSeconds(20);
    private static final Duration LIST_TIMEOUT = Duration.ofMinutes(10);
    private static final Duration READY_TIMEOUT = Duration.ofMinutes(2);
    private static final Duration POLL = Duration.ofMillis(5);
    private static final Duration LIST_POLL = Duration.ofMillis(100);
    private static final Duration HOT_WARM_UP = Duration.ofSeconds(2);
    private static final Duration ASKED_AFTER = Duration.ofSeconds(4);
    private static final Duration QUIET = Duration.ofSeconds(8);
    private static final Duration REFRESH_LEAST = Duration.ofSeconds(2);

    private static final int STARTS = 3;
    private static final int CONNECTIONS = 32;
    private static final int FILES_MAX = 100;
    private static final int SAME_WARM_UPS = 100;
    private static final int OTHER_WARM_UPS = 400;
    private static final int CONFIRMATIONS = 20;

    private static final String LIST = "/simple/";
    private static final String HEALTH = "/-/health/live";
    private static final String AS_JSON = "application/vnd.pypi.simple.v1+json";
    private static final String GZIP = "gzip";
    /** What pip since 22.2 says in each request for a page. */
    private static final String AS_PIP =
            "Accept: application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1,"
                    + " text/html; q=0.01\r\nAccept-Encoding: gzip, deflate\r\n";

    private static final Pattern NAME = Pattern.compile("\"name\":\"");
    private static final Pattern MAX_AGE = Pattern.compile("max-age=(\\d+)");

    private static final double START_SECONDS_MOST = 2;
    private static final double PAGE_MILLIS_MOST = 5;
    private static final double LARGEST_MILLIS_MOST = 500;
    private static final double PAUSE_MILLIS_MOST = 100;
    private static final double SAME_RATIO_MOST = 1.2;
    private static final double BYTES_PER_FILE_MOST = 300;
    private static final double REFRESH_RATIO_MOST = 1.5;
    private static final double LIST_SECONDS_MOST = 20;
    private static final long HEAP_MEBIBYTES_MOST = 512;
    private static final long OVERHEAD_MEBIBYTES_MOST = 400;

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
                                new Option("seed", "1", "what the index follows from")),
                        Lab.OPTIONS.stream())
                .toList();
    }

    @Override
    public boolean run(Options options, PrintStream out) throws IOException, InterruptedException {
        try (Lab lab = Lab.open(options)) {
            List<ScaleStore> stores = stores(lab, options);
            for (ScaleStore store : stores) {
                store.fill(lab, options.text("java-opts"), out);
            }
            Run run = new Run(lab, options, stores, out);
            run.connected();
            run.refreshed();
            run.sameEverywhere();
            run.offline();
            run.withoutUpstream();
            run.onDisk();
            return run.report();
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

    /** What is measured, and what it came to. */
    private static final class Run {
        private final Lab lab;
        private final Options options;
        private final List<ScaleStore> stores;
        private final ScaleStore full;
        private final PrintStream out;
        private final String javaOptions;
        private final MarkdownTable table = new MarkdownTable("at scale", "figure", "wanted", "verdict");
        private final Map<String, Object> figures = new LinkedHashMap<>();
        private boolean holds = true;

        Run(Lab lab, Options options, List<ScaleStore> stores, PrintStream out) {
            this.lab = lab;
            this.options = options;
            this.stores = stores;
            this.full = stores.get(stores.size() - 1);
            this.out = out;
            this.javaOptions = options.text("java-opts");
        }

        private void told(String what, String figure) {
            table.row(what, figure, "", "");
            out.println(what + ": " + figure);
        }

        private void judged(String what, String format, double figure, double most, String unit) {
            boolean ok = figure <= most;
            holds &= ok;
            String shown = format.formatted(figure) + unit;
            table.row(
                    what,
                    shown,
                    "≤ " + (most == Math.rint(most) ? "%.0f" : "%.1f").formatted(most) + unit,
                    ok ? "ok" : "SHORT");
            figures.put(what, figure);
            out.println(what + ": " + shown + (ok ? "" : ", SHORT"));
        }

        private void right(String what, boolean ok, String found) {
            holds &= ok;
            table.row(what, found, "all", ok ? "ok" : "WRONG");
            out.println(what + ": " + found + (ok ? "" : ", WRONG"));
        }

        /** A server on the full store, and how long it took to be ready, in seconds. */
        private record Started(Server server, double seconds) {}

        private Started start(String upstream, List<String> settings) throws IOException, InterruptedException {
            long start = System.nanoTime();
            Server server = lab.permafrostOn(full.folder(), upstream, javaOptions, settings);
            while (server.ask("/-/health/ready", READY_TIMEOUT).statusCode() != 200) {
                if (seconds(start) > READY_TIMEOUT.toSeconds()) {
                    server.close();
                    throw new IOException("the server was not ready within " + READY_TIMEOUT.toSeconds() + " s");
                }
                Thread.sleep(POLL.toMillis());
            }
            return new Started(server, seconds(start));
        }

        /** In front of upstream, all of whose pages are stored. */
        void connected() throws IOException, InterruptedException {
            MadeUpIndex index = full.index();
            told("projects, files", "%,d, %,d".formatted(index.names().size(), index.filesTotal()));
            try (Origin origin = Origin.start(0, index, Behaviour.perfect())) {
                List<Double> starts = new ArrayList<>();
                for (int i = 1; i < STARTS; i++) {
                    Started started = start(origin.simpleUrl(), NEVER_STALE);
                    starts.add(started.seconds());
                    started.server().close();
                }
                long start = System.nanoTime();
                Started started = start(origin.simpleUrl(), NEVER_STALE);
                starts.add(started.seconds());
                try (Server server = started.server()) {
                    judged("start to ready, median of " + STARTS, "%.2f", Median.of(starts), START_SECONDS_MOST, " s");
                    ScaleStore.awaitList(server);
                    told("list of all projects served after a start", "%.1f s".formatted(seconds(start)));
                    pages(server);
                    largest(server);
                    memory(server);
                    list(server);
                }
            }
        }

        /** Pages that nobody has asked for yet. */
        private void pages(Server server) throws IOException, InterruptedException {
            int rate = options.number("rate", 1);
            Duration warmUp = options.seconds("warmup");
            Duration length = options.seconds("seconds");
            MadeUpIndex index = full.index();
            List<Integer> some =
                    new ArrayList<>(IntStream.range(0, index.names().size())
                            .filter(i -> index.files(i) <= FILES_MAX
                                    && !ScaleStore.isSame(index.names().get(i)))
                            .boxed()
                            .toList());
            Collections.shuffle(some, new Random(options.number("seed", 0)));
            long needed = rate * warmUp.plus(length).toSeconds() + CONNECTIONS;
            if (some.size() < needed) {
                told("pages", "too few projects for so many, some are asked for twice");
            }
            List<String> paths = new ArrayList<>();
            for (int i = 0; i < needed; i++) {
                paths.add(ScaleStore.page(index.names().get(some.get(i % some.size()))));
            }
            Path file = Files.write(lab.path("paths"), paths);
            OwnLoad.Paced paced = new OwnLoad(options.text("load-cpus"), CONNECTIONS, warmUp)
                    .paced(server.uri(HEALTH), List.of("paths=" + file, "fields=" + AS_PIP), rate, length);
            told(
                    "page in no cache, up to " + FILES_MAX + " files, at " + rate + "/s, p50",
                    "%.2f ms".formatted(paced.p50() / 1e3));
            judged("the same, p99", "%.2f", paced.p99() / 1e3, PAGE_MILLIS_MOST, " ms");
            if (paced.requestsPerSecond() < rate * 0.98) {
                right("pages answered a second", false, "%.0f".formatted(paced.requestsPerSecond()));
            }
        }

        /** The page of the project with the most files, once, and those who ask for something else meanwhile. */
        private void largest(Server server) throws IOException, InterruptedException {
            int rate = options.number("rate", 1);
            String hot = ScaleStore.page(ScaleStore.same(0));
            server.get(hot);
            OwnLoad load = new OwnLoad(options.text("load-cpus"), CONNECTIONS, HOT_WARM_UP);
            OwnLoad.Paced quiet = load.paced(server.uri(hot), rate, QUIET);
            FutureTask<OwnLoad.Paced> meanwhile = aside(() -> load.paced(server.uri(hot), rate, QUIET));
            Thread.sleep(ASKED_AFTER.toMillis());
            String page = ScaleStore.page(ScaleStore.LARGEST);
            double json = millis(server, page, "Accept", AS_JSON, "Accept-Encoding", GZIP);
            double html = millis(server, page, "Accept", "text/html", "Accept-Encoding", GZIP);
            String files = "page of %,d files, once, ".formatted(options.number("largest", 1));
            judged(files + "JSON", "%.0f", json, LARGEST_MILLIS_MOST, " ms");
            judged(files + "HTML", "%.0f", html, LARGEST_MILLIS_MOST, " ms");
            OwnLoad.Paced during = result(meanwhile);
            told("slowest other answer without it", "%.1f ms".formatted(quiet.max() / 1e3));
            judged("slowest other answer with it", "%.1f", during.max() / 1e3, PAUSE_MILLIS_MOST, " ms");
        }

        private void memory(Server server) throws IOException, InterruptedException {
            Proc.Memory memory = Proc.memory(server.pid());
            OptionalLong heap = Collected.heapBytes(server);
            heap.ifPresent(bytes -> told("heap in use after a collection", "%d MiB".formatted(bytes >> 20)));
            judged(
                    "resident, at its highest, with " + javaOptions,
                    "%.0f",
                    (double) (memory.peak() >> 20),
                    HEAP_MEBIBYTES_MOST + OVERHEAD_MEBIBYTES_MOST,
                    " MiB");
            told("resident now; of it anonymous", "%d, %d MiB".formatted(memory.now() >> 20, memory.anonymous() >> 20));
        }

        /** The list of all projects, as it is served. */
        private void list(Server server) throws IOException, InterruptedException {
            for (String type : List.of("text/html", AS_JSON)) {
                HttpResponse<byte[]> plain = server.ask(LIST, LIST_TIMEOUT, "Accept", type);
                HttpResponse<byte[]> gzip = server.ask(LIST, LIST_TIMEOUT, "Accept", type, "Accept-Encoding", GZIP);
                HttpResponse<byte[]> zstd = server.ask(LIST, LIST_TIMEOUT, "Accept", type, "Accept-Encoding", "zstd");
                told(
                        "list of all projects, " + (type.equals(AS_JSON) ? "JSON" : "HTML") + "; gzip; zstd",
                        "%.1f; %.1f; %.1f MB"
                                .formatted(
                                        plain.body().length / 1e6, gzip.body().length / 1e6, zstd.body().length / 1e6));
            }
            String etag = server.ask(LIST, LIST_TIMEOUT, "Accept-Encoding", GZIP)
                    .headers()
                    .firstValue("ETag")
                    .orElse("");
            List<Double> times = new ArrayList<>();
            boolean unchanged = true;
            for (int i = 0; i < CONFIRMATIONS; i++) {
                long start = System.nanoTime();
                unchanged &= server.ask(LIST, LIST_TIMEOUT, "Accept-Encoding", GZIP, "If-None-Match", etag)
                                .statusCode()
                        == 304;
                times.add(seconds(start) * 1e3);
            }
            right("list unchanged is 304", unchanged, "%.1f ms".formatted(Median.of(times)));
        }

        /** The list is brought up to date while others ask for a page. */
        void refreshed() throws IOException, InterruptedException {
            MadeUpIndex index = full.index();
            int rate = options.number("rate", 1);
            List<String> settings = List.of(
                    "http.requests-per-connection-max=0", "repositories.pypi.page-ttl=" + LIST_TTL.toSeconds() + "s");
            try (Origin origin = Origin.start(0, index, Behaviour.perfect());
                    Server server = start(origin.simpleUrl(), settings).server()) {
                ScaleStore.awaitList(server);
                double seconds = refresh(server, index);
                told("list changed upstream until the new one is served", "%.1f s".formatted(seconds));
                String hot = ScaleStore.page(ScaleStore.same(0));
                server.get(hot);
                Duration length = Duration.ofMillis(Math.max(REFRESH_LEAST.toMillis(), (long) (seconds * 1000)));
                OwnLoad load = new OwnLoad(options.text("load-cpus"), CONNECTIONS, HOT_WARM_UP);
                OwnLoad.Paced quiet = load.paced(server.uri(hot), rate, length);
                index.change();
                awaitStale(server);
                OwnLoad.Paced during = load.paced(server.uri(hot), List.of("begins-with=" + LIST), rate, length);
                told("other clients' p99 without a refresh", "%.2f ms".formatted(quiet.p99() / 1e3));
                told("other clients' p99 during a refresh", "%.2f ms".formatted(during.p99() / 1e3));
                told(
                        "other clients' slowest without; during",
                        "%.1f; %.1f ms".formatted(quiet.max() / 1e3, during.max() / 1e3));
                judged("ratio", "%.2f", during.p99() / quiet.p99(), REFRESH_RATIO_MOST, "");
                awaitListed(server, "zz-scale-edition-2");
            }
        }

        /** Changes the list upstream, and gives the seconds until the server has the new one. */
        private static double refresh(Server server, MadeUpIndex index) throws IOException, InterruptedException {
            awaitStale(server);
            index.change();
            String before = etag(server);
            long start = System.nanoTime();
            while (etag(server).equals(before)) {
                if (seconds(start) > LIST_TIMEOUT.toSeconds()) {
                    throw new IOException("the list of all projects is still the old one");
                }
                Thread.sleep(LIST_POLL.toMillis());
            }
            return seconds(start);
        }

        private static String etag(Server server) throws IOException, InterruptedException {
            return server.ask(LIST, LIST_TIMEOUT, "Accept-Encoding", GZIP)
                    .headers()
                    .firstValue("ETag")
                    .orElse("");
        }

        /** Waits until the next who asks has upstream asked, without being that one. */
        private static void awaitStale(Server server) throws IOException, InterruptedException {
            long fresh = 0;
            while (fresh == 0) {
                Thread.sleep(LIST_POLL.toMillis());
                Matcher age = MAX_AGE.matcher(server.ask(LIST, LIST_TIMEOUT, "Accept-Encoding", GZIP)
                        .headers()
                        .firstValue("Cache-Control")
                        .orElse(""));
                // where it is not fresh, this has had upstream asked
                fresh = age.find() ? Long.parseLong(age.group(1)) : 0;
            }
            Thread.sleep(fresh * 1000 + 1000);
        }

        private static void awaitListed(Server server, String name) throws IOException, InterruptedException {
            long start = System.nanoTime();
            while (!new String(server.ask(LIST, LIST_TIMEOUT).body(), UTF_8).contains(">" + name + "<")) {
                if (seconds(start) > LIST_TIMEOUT.toSeconds()) {
                    throw new IOException(name + " has not come into the list of all projects");
                }
                Thread.sleep(LIST_POLL.toMillis() * 10);
            }
        }

        /** The same pages from stores of other sizes, in turn. */
        void sameEverywhere() throws IOException, InterruptedException {
            List<Server> servers = new ArrayList<>();
            List<List<Double>> times = new ArrayList<>();
            try {
                for (ScaleStore store : stores) {
                    servers.add(
                            lab.permafrostOn(store.folder(), "http://127.0.0.1:9/simple/", javaOptions, NEVER_STALE));
                    times.add(new ArrayList<>());
                    ScaleStore.awaitList(servers.get(servers.size() - 1));
                }
                warmUp(servers);
                int pages =
                        stores.stream().mapToInt(ScaleStore::samePages).min().orElse(0);
                int warmUps = Math.min(SAME_WARM_UPS, pages / 2);
                for (int i = 0; i < pages; i++) {
                    for (int j = 0; j < stores.size(); j++) {
                        double millis = millis(servers.get(j), ScaleStore.page(ScaleStore.same(i)));
                        if (i >= warmUps) {
                            times.get(j).add(millis);
                        }
                    }
                }
            } finally {
                servers.forEach(Server::close);
            }
            List<Double> medians = new ArrayList<>();
            for (int i = 0; i < stores.size(); i++) {
                medians.add(Median.of(times.get(i)));
                told(
                        "the same pages among %,d projects, median"
                                .formatted(stores.get(i).index().names().size()),
                        "%.2f ms".formatted(medians.get(i)));
            }
            judged(
                    "the slowest of these against the fastest",
                    "%.2f",
                    Collections.max(medians) / Collections.min(medians),
                    SAME_RATIO_MOST,
                    "");
        }

        /** Has each server compile what it needs for pages, in turn. */
        private void warmUp(List<Server> servers) throws IOException, InterruptedException {
            List<List<String>> others = new ArrayList<>();
            for (ScaleStore store : stores) {
                others.add(store.index().names().stream()
                        .filter(name -> !ScaleStore.isSame(name))
                        .limit(OTHER_WARM_UPS)
                        .toList());
            }
            for (int i = 0; i < OTHER_WARM_UPS; i++) {
                for (int j = 0; j < servers.size(); j++) {
                    List<String> names = others.get(j);
                    millis(servers.get(j), ScaleStore.page(names.get(i % names.size())));
                }
            }
        }

        /** Without a connection, when only what is held is listed. */
        void offline() throws IOException, InterruptedException {
            List<String> settings = new ArrayList<>(NEVER_STALE);
            settings.add("offline=true");
            listed("offline", "http://127.0.0.1:9/simple/", settings, full.held());
        }

        /** As a repository of one's own, which lists what it has. */
        void withoutUpstream() throws IOException, InterruptedException {
            listed(
                    "without upstream",
                    "",
                    List.of("http.requests-per-connection-max=0"),
                    full.index().names().size());
        }

        private void listed(String how, String upstream, List<String> settings, int projects)
                throws IOException, InterruptedException {
            Started started = start(upstream, settings);
            try (Server server = started.server()) {
                judged(how + ", start to ready", "%.2f", started.seconds(), START_SECONDS_MOST, " s");
                long start = System.nanoTime();
                ScaleStore.awaitList(server);
                judged(how + ", list of all projects served", "%.1f", seconds(start), LIST_SECONDS_MOST, " s");
                HttpResponse<byte[]> list = server.ask(LIST, LIST_TIMEOUT, "Accept", AS_JSON, "Accept-Encoding", GZIP);
                String json = list.headers().firstValue("Content-Encoding").isEmpty()
                        ? new String(list.body(), UTF_8)
                        : new String(new GZIPInputStream(new ByteArrayInputStream(list.body())).readAllBytes(), UTF_8);
                long found = NAME.matcher(json).results().count();
                right(how + ", projects listed", found == projects, "%,d of %,d".formatted(found, projects));
                judged(
                        how + ", resident, at its highest",
                        "%.0f",
                        (double) (Proc.memory(server.pid()).peak() >> 20),
                        HEAP_MEBIBYTES_MOST + OVERHEAD_MEBIBYTES_MOST,
                        " MiB");
            }
        }

        void onDisk() throws IOException {
            long bytes;
            try (Stream<Path> all = Files.walk(full.folder().resolve("index"))) {
                bytes = all.filter(Files::isRegularFile)
                        .mapToLong(file -> file.toFile().length())
                        .sum();
            }
            judged(
                    "index on disk, bytes for each file",
                    "%.0f",
                    (double) bytes / full.index().filesTotal(),
                    BYTES_PER_FILE_MOST,
                    "");
        }

        boolean report() throws IOException {
            out.println();
            out.print(table.render());
            out.println();
            out.println(Machine.describe()
                    + "; pages are in no cache of the server, the system's own page cache is as it happens to be.");
            if (!options.text("json").isEmpty()) {
                Files.writeString(
                        Path.of(options.text("json")),
                        Json.write(Map.of("scenario", "scale", "machine", Machine.describe(), "figures", figures))
                                + "\n");
            }
            return holds;
        }

        private static double millis(Server server, String path, String... fields)
                throws IOException, InterruptedException {
            long start = System.nanoTime();
            HttpResponse<byte[]> answer = server.ask(path, LIST_TIMEOUT, fields);
            double millis = seconds(start) * 1e3;
            if (answer.statusCode() != 200) {
                throw new IOException(path + ": status " + answer.statusCode());
            }
            return millis;
        }

        private static double seconds(long start) {
            return (System.nanoTime() - start) / 1e9;
        }

        private static <T> FutureTask<T> aside(Callable<T> work) {
            FutureTask<T> task = new FutureTask<>(work);
            Thread thread = new Thread(task, "aside");
            thread.setDaemon(true);
            thread.start();
            return task;
        }

        private static <T> T result(FutureTask<T> task) throws IOException, InterruptedException {
            try {
                return task.get();
            } catch (ExecutionException e) {
                throw new IOException(String.valueOf(e.getCause()), e);
            }
        }
    }
}
