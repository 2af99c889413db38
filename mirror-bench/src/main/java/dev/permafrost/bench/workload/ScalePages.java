package dev.permafrost.bench.workload;

import dev.permafrost.bench.load.OwnLoad;
import dev.permafrost.bench.origin.MadeUpIndex;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.report.Median;
import dev.permafrost.bench.server.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.IntStream;

/** Pages of projects at scale, each asked for the first time. */
final class ScalePages {
    private static final Duration ASKED_AFTER = Duration.ofSeconds(4);
    private static final Duration QUIET = Duration.ofSeconds(8);
    private static final int FILES_MAX = 100;
    private static final int SAME_WARM_UPS = 100;
    private static final int OTHER_WARM_UPS = 400;
    private static final String HEALTH = "/-/health/live";
    private static final String AS_PIP =
            "Accept: application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1,"
                    + " text/html; q=0.01\r\nAccept-Encoding: gzip, deflate\r\n";
    private static final double PAGE_MILLIS_MOST = 5;
    private static final double LARGEST_MILLIS_MOST = 500;
    private static final double PAUSE_MILLIS_MOST = 100;
    private static final double SAME_RATIO_MOST = 1.2;

    private final Scale scale;
    private final ScaleFindings found;

    ScalePages(Scale scale) {
        this.scale = scale;
        this.found = scale.found();
    }

    /** Pages that nobody has asked for yet, all of which are stored. */
    void pages(Server server, Origin origin) throws IOException, InterruptedException {
        int rate = scale.options().number("rate", 1);
        Duration warmUp = scale.options().seconds("warmup");
        Duration length = scale.options().seconds("seconds");
        MadeUpIndex index = scale.full().index();
        List<Integer> some = new ArrayList<>(IntStream.range(0, index.names().size())
                .filter(i -> index.files(i) <= FILES_MAX
                        && !ScaleStore.isSame(index.names().get(i)))
                .boxed()
                .toList());
        Collections.shuffle(some, new Random(scale.options().number("seed", 0)));
        long needed = rate * warmUp.plus(length).toSeconds() + Scale.CONNECTIONS;
        if (some.size() < needed) {
            found.told("pages", "too few projects for so many, some are asked for twice");
        }
        List<String> paths = new ArrayList<>();
        for (int i = 0; i < needed; i++) {
            paths.add(ScaleStore.page(index.names().get(some.get(i % some.size()))));
        }
        Path file = Files.write(scale.lab().path("paths"), paths);
        OwnLoad.Paced paced = new OwnLoad(scale.options().text("load-cpus"), Scale.CONNECTIONS, warmUp)
                .paced(server.uri(HEALTH), List.of("paths=" + file, "fields=" + AS_PIP), rate, length);
        found.told(
                "page in no cache, up to " + FILES_MAX + " files, at " + rate + "/s, p50",
                "%.2f ms".formatted(paced.p50() / 1e3));
        found.judged("the same, p99", "%.2f", paced.p99() / 1e3, PAGE_MILLIS_MOST, " ms");
        long asked = paths.stream().filter(path -> origin.count(path) > 0).count();
        found.right(
                "stored pages that upstream was not asked for",
                asked == 0,
                "%,d of %,d".formatted(paths.size() - asked, paths.size()));
        if (paced.requestsPerSecond() < rate * 0.98) {
            found.right("pages answered a second", false, "%.0f".formatted(paced.requestsPerSecond()));
        }
    }

    /** The page of the project with the most files, once, and those who ask for something else meanwhile. */
    void largest(Server server) throws IOException, InterruptedException {
        int rate = scale.options().number("rate", 1);
        String hot = ScaleStore.page(ScaleStore.same(0));
        server.get(hot);
        OwnLoad load = new OwnLoad(scale.options().text("load-cpus"), Scale.CONNECTIONS, Scale.HOT_WARM_UP);
        OwnLoad.Paced quiet = load.paced(server.uri(hot), rate, QUIET);
        FutureTask<OwnLoad.Paced> meanwhile = aside(() -> load.paced(server.uri(hot), rate, QUIET));
        Thread.sleep(ASKED_AFTER.toMillis());
        String page = ScaleStore.page(ScaleStore.LARGEST);
        double json = Scale.millis(server, page, "Accept", Scale.AS_JSON, "Accept-Encoding", Scale.GZIP);
        double html = Scale.millis(server, page, "Accept", "text/html", "Accept-Encoding", Scale.GZIP);
        String files = "page of %,d files, once, ".formatted(scale.options().number("largest", 1));
        found.judged(files + "JSON", "%.0f", json, LARGEST_MILLIS_MOST, " ms");
        found.judged(files + "HTML", "%.0f", html, LARGEST_MILLIS_MOST, " ms");
        OwnLoad.Paced during = result(meanwhile);
        found.told("slowest other answer without it", "%.1f ms".formatted(quiet.max() / 1e3));
        found.judged("slowest other answer with it", "%.1f", during.max() / 1e3, PAUSE_MILLIS_MOST, " ms");
    }

    /** The same pages from scale.stores() of other sizes, in turn. */
    void sameEverywhere() throws IOException, InterruptedException {
        List<Server> servers = new ArrayList<>();
        List<List<Double>> times = new ArrayList<>();
        try {
            for (ScaleStore store : scale.stores()) {
                servers.add(scale.lab()
                        .permafrostOn(store.folder(), scale.upstream(), scale.javaOptions(), Scale.NEVER_STALE));
                times.add(new ArrayList<>());
                ScaleStore.awaitList(servers.get(servers.size() - 1));
            }
            warmUp(servers);
            int pages = scale.stores().stream()
                    .mapToInt(ScaleStore::samePages)
                    .min()
                    .orElse(0);
            int warmUps = Math.min(SAME_WARM_UPS, pages / 2);
            for (int i = 0; i < pages; i++) {
                for (int j = 0; j < scale.stores().size(); j++) {
                    double millis = Scale.millis(servers.get(j), ScaleStore.page(ScaleStore.same(i)));
                    if (i >= warmUps) {
                        times.get(j).add(millis);
                    }
                }
            }
        } finally {
            servers.forEach(Server::close);
        }
        List<Double> medians = new ArrayList<>();
        for (int i = 0; i < scale.stores().size(); i++) {
            medians.add(Median.of(times.get(i)));
            found.told(
                    "the same pages among %,d projects, median"
                            .formatted(scale.stores().get(i).index().names().size()),
                    "%.2f ms".formatted(medians.get(i)));
        }
        found.judged(
                "the slowest of these against the fastest",
                "%.2f",
                Collections.max(medians) / Collections.min(medians),
                SAME_RATIO_MOST,
                "");
    }

    /** Has each server compile what it needs for pages, in turn. */
    private void warmUp(List<Server> servers) throws IOException, InterruptedException {
        List<List<String>> others = new ArrayList<>();
        for (ScaleStore store : scale.stores()) {
            others.add(store.index().names().stream()
                    .filter(name -> !ScaleStore.isSame(name))
                    .limit(OTHER_WARM_UPS)
                    .toList());
        }
        for (int i = 0; i < OTHER_WARM_UPS; i++) {
            for (int j = 0; j < servers.size(); j++) {
                List<String> names = others.get(j);
                Scale.millis(servers.get(j), ScaleStore.page(names.get(i % names.size())));
            }
        }
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
