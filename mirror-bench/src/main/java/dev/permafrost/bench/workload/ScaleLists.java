package dev.permafrost.bench.workload;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.bench.load.OwnLoad;
import dev.permafrost.bench.origin.MadeUpIndex;
import dev.permafrost.bench.origin.Origin;
import dev.permafrost.bench.report.Median;
import dev.permafrost.bench.server.Proc;
import dev.permafrost.bench.server.Server;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** The list of all projects at scale: before upstream, while it is brought up to date, and of what is held alone. */
final class ScaleLists {
    private static final Duration LIST_TTL = Duration.ofSeconds(20);
    private static final Duration LIST_POLL = Duration.ofMillis(100);
    private static final Duration REFRESH_LEAST = Duration.ofSeconds(2);
    private static final int CONFIRMATIONS = 20;
    private static final String LIST = "/simple/";
    private static final Pattern NAME = Pattern.compile("\"name\":\"");
    private static final Pattern MAX_AGE = Pattern.compile("max-age=(\\d+)");
    private static final double REFRESH_RATIO_MOST = 1.5;
    private static final double LIST_SECONDS_MOST = 20;

    private final Scale scale;
    private final ScaleFindings found;

    ScaleLists(Scale scale) {
        this.scale = scale;
        this.found = scale.found();
    }

    /** The list of all projects, as it is served. */
    void list(Server server) throws IOException, InterruptedException {
        for (String type : List.of("text/html", Scale.AS_JSON)) {
            HttpResponse<byte[]> plain = server.ask(LIST, Scale.LIST_TIMEOUT, "Accept", type);
            HttpResponse<byte[]> gzip =
                    server.ask(LIST, Scale.LIST_TIMEOUT, "Accept", type, "Accept-Encoding", Scale.GZIP);
            HttpResponse<byte[]> zstd = server.ask(LIST, Scale.LIST_TIMEOUT, "Accept", type, "Accept-Encoding", "zstd");
            found.told(
                    "list of all projects, " + (type.equals(Scale.AS_JSON) ? "JSON" : "HTML") + "; gzip; zstd",
                    "%.1f; %.1f; %.1f MB"
                            .formatted(plain.body().length / 1e6, gzip.body().length / 1e6, zstd.body().length / 1e6));
        }
        String etag = server.ask(LIST, Scale.LIST_TIMEOUT, "Accept-Encoding", Scale.GZIP)
                .headers()
                .firstValue("ETag")
                .orElse("");
        List<Double> times = new ArrayList<>();
        boolean unchanged = true;
        for (int i = 0; i < CONFIRMATIONS; i++) {
            long start = System.nanoTime();
            unchanged &= server.ask(LIST, Scale.LIST_TIMEOUT, "Accept-Encoding", Scale.GZIP, "If-None-Match", etag)
                            .statusCode()
                    == 304;
            times.add(Scale.seconds(start) * 1e3);
        }
        found.right("list unchanged is 304", unchanged, "%.1f ms".formatted(Median.of(times)));
    }

    /** The list is brought up to date while others ask for a page. */
    void refreshed() throws IOException, InterruptedException {
        MadeUpIndex index = scale.full().index();
        int rate = scale.options().number("rate", 1);
        List<String> settings = List.of(
                "http.requests-per-connection-max=0", "repositories.pypi.page-ttl=" + LIST_TTL.toSeconds() + "s");
        try (Origin origin = scale.origin();
                Server server = scale.start(origin.simpleUrl(), settings).server()) {
            ScaleStore.awaitList(server);
            double seconds = refresh(server, index);
            found.told("list changed upstream until the new one is served", "%.1f s".formatted(seconds));
            String hot = ScaleStore.page(ScaleStore.same(0));
            server.get(hot);
            Duration length = Duration.ofMillis(Math.max(REFRESH_LEAST.toMillis(), (long) (seconds * 1000)));
            OwnLoad load = new OwnLoad(scale.options().text("load-cpus"), Scale.CONNECTIONS, Scale.HOT_WARM_UP);
            OwnLoad.Paced quiet = load.paced(server.uri(hot), rate, length);
            index.change();
            awaitStale(server);
            OwnLoad.Paced during = load.paced(server.uri(hot), List.of("begins-with=" + LIST), rate, length);
            found.told("other clients' p99 without a refresh", "%.2f ms".formatted(quiet.p99() / 1e3));
            found.told("other clients' p99 during a refresh", "%.2f ms".formatted(during.p99() / 1e3));
            found.told(
                    "other clients' slowest without; during",
                    "%.1f; %.1f ms".formatted(quiet.max() / 1e3, during.max() / 1e3));
            found.judged("ratio", "%.2f", during.p99() / quiet.p99(), REFRESH_RATIO_MOST, "");
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
            if (Scale.seconds(start) > Scale.LIST_TIMEOUT.toSeconds()) {
                throw new IOException("the list of all projects is still the old one");
            }
            Thread.sleep(LIST_POLL.toMillis());
        }
        return Scale.seconds(start);
    }

    private static String etag(Server server) throws IOException, InterruptedException {
        return server.ask(LIST, Scale.LIST_TIMEOUT, "Accept-Encoding", Scale.GZIP)
                .headers()
                .firstValue("ETag")
                .orElse("");
    }

    /** Waits until the next who asks has upstream asked, without being that one. */
    private static void awaitStale(Server server) throws IOException, InterruptedException {
        long fresh = 0;
        while (fresh == 0) {
            Thread.sleep(LIST_POLL.toMillis());
            Matcher age = MAX_AGE.matcher(server.ask(LIST, Scale.LIST_TIMEOUT, "Accept-Encoding", Scale.GZIP)
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
        while (!new String(server.ask(LIST, Scale.LIST_TIMEOUT).body(), UTF_8).contains(">" + name + "<")) {
            if (Scale.seconds(start) > Scale.LIST_TIMEOUT.toSeconds()) {
                throw new IOException(name + " has not come into the list of all projects");
            }
            Thread.sleep(LIST_POLL.toMillis() * 10);
        }
    }

    /** Without a connection, when only what is held is listed. */
    void offline() throws IOException, InterruptedException {
        List<String> settings = new ArrayList<>(Scale.NEVER_STALE);
        settings.add("offline=true");
        listed("offline", scale.upstream(), settings, scale.full().held());
    }

    /** As a repository of one's own, which lists what it has. */
    void withoutUpstream() throws IOException, InterruptedException {
        listed(
                "without upstream",
                "",
                List.of("http.requests-per-connection-max=0"),
                scale.full().index().names().size());
    }

    private void listed(String how, String upstream, List<String> settings, int projects)
            throws IOException, InterruptedException {
        Scale.Started started = scale.start(upstream, settings);
        try (Server server = started.server()) {
            found.judged(how + ", start to ready", "%.2f", started.seconds(), Scale.START_SECONDS_MOST, " s");
            long start = System.nanoTime();
            ScaleStore.awaitList(server);
            found.judged(how + ", list of all projects served", "%.1f", Scale.seconds(start), LIST_SECONDS_MOST, " s");
            HttpResponse<byte[]> list =
                    server.ask(LIST, Scale.LIST_TIMEOUT, "Accept", Scale.AS_JSON, "Accept-Encoding", Scale.GZIP);
            String json = list.headers().firstValue("Content-Encoding").isEmpty()
                    ? new String(list.body(), UTF_8)
                    : new String(new GZIPInputStream(new ByteArrayInputStream(list.body())).readAllBytes(), UTF_8);
            long names = NAME.matcher(json).results().count();
            found.right(how + ", projects listed", names == projects, "%,d of %,d".formatted(names, projects));
            found.judged(
                    how + ", resident, at its highest",
                    "%.0f",
                    (double) (Proc.memory(server.pid()).peak() >> 20),
                    Scale.HEAP_MEBIBYTES_MOST + Scale.OVERHEAD_MEBIBYTES_MOST,
                    " MiB");
        }
    }
}
