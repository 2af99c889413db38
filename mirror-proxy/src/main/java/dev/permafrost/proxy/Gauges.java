package dev.permafrost.proxy;

import dev.permafrost.proxy.accesslog.AccessLog;
import dev.permafrost.proxy.admin.VerifySchedule;
import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.CacheFigures;
import dev.permafrost.proxy.fetch.FlightFigures;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.format.pypi.PypiFormat;
import dev.permafrost.proxy.format.yum.YumFormat;
import dev.permafrost.proxy.http.HttpFrontEnd;
import dev.permafrost.proxy.http.Refusal;
import dev.permafrost.proxy.metrics.Meter;
import dev.permafrost.proxy.metrics.MirrorMeters;
import dev.permafrost.proxy.repo.RequestKind;
import dev.permafrost.proxy.tls.TlsContexts;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.StoreSize;
import dev.permafrost.store.index.IndexFigures;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.model.Verification;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * What is looked at for the meters instead of being counted as it happens. Cheap things are asked in each scrape. The store's
 * size takes a pass over the index: a thread of its own makes one, at the most a hundredth of the time, and scrapes show the
 * last; the same thread keeps {@link Readiness} up to date.
 */
final class Gauges implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Gauges.class);
    private static final Duration COUNT_INTERVAL_MIN = Duration.ofMinutes(1);
    private static final int COUNTING_SHARE = 100;

    private final MirrorMeters meters;
    private final MirrorStore store;
    private final Readiness readiness;
    private final ScheduledExecutorService watch;
    private final ScheduledExecutorService counter;
    private final ScheduledExecutorService scraper;
    /** Scrapes that have not ended, by whether they are in OpenMetrics: never more than one of each. */
    private final Map<Boolean, CompletableFuture<MirrorMeters.Scrape>> scrapes = new ConcurrentHashMap<>();

    private volatile @Nullable Counted counted;
    private volatile IndexFigures index = IndexFigures.NONE;

    /** A size of the store, and when it was that. */
    private record Counted(StoreSize size, Instant at) {}

    Gauges(MirrorMeters meters, MirrorStore store, Blocking blocking, Readiness readiness) {
        this.meters = meters;
        this.store = store;
        this.readiness = readiness;
        this.watch = thread("permafrost-watch");
        this.counter = thread("permafrost-count");
        this.scraper = thread("permafrost-scrape");
        showStore();
        showIndex();
        meters.gauge(Meter.BLOCKING_ACTIVE, blocking::active);
        meters.gauge(Meter.BLOCKING_QUEUED, blocking::queued);
        meters.gauge(Meter.READY, () -> readiness.why() == null ? 1 : 0);
    }

    private static ScheduledExecutorService thread(String name) {
        return Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, name);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** Begins to look, and to count. */
    void begin() {
        long look = Readiness.LOOK_INTERVAL.toMillis();
        var unused = watch.scheduleWithFixedDelay(this::look, look, look, TimeUnit.MILLISECONDS);
        counter.execute(this::count);
    }

    private void look() {
        try {
            readiness.look();
        } catch (StoreException e) {
            log.debug("the store is closed: {}", e.getMessage());
        } catch (RuntimeException e) {
            log.error("looking whether the server is ready failed by a fault of ours", e);
        }
    }

    private void count() {
        long begun = System.nanoTime();
        try {
            store.size().ifPresent(size -> counted = new Counted(size, Instant.now()));
        } catch (RuntimeException e) {
            log.warn("the store can't be counted: {}", e.getMessage());
        }
        long took = System.nanoTime() - begun;
        if (!(store.frozen() && counted != null) && !counter.isShutdown()) {
            var unused = counter.schedule(
                    this::count, Math.max(COUNT_INTERVAL_MIN.toNanos(), COUNTING_SHARE * took), TimeUnit.NANOSECONDS);
        }
    }

    private void showStore() {
        meters.gauge(Meter.STORE_BLOBS, () -> ofSize(StoreSize::blobs));
        meters.gauge(Meter.STORE_BLOB_BYTES, () -> ofSize(StoreSize::blobBytes));
        for (Verification how : Verification.values()) {
            meters.gauge(
                    Meter.STORE_ENTRIES,
                    () -> ofSize(size -> size.entries().getOrDefault(how, 0L)),
                    MirrorMeters.tag(how));
        }
        meters.gauge(Meter.STORE_COUNTED, () -> {
            Counted last = counted;
            return last == null ? Double.NaN : last.at.toEpochMilli() / 1e3;
        });
        meters.gauge(Meter.STORE_FREE_BYTES, store::freeBytes);
    }

    private double ofSize(ToLongFunction<StoreSize> figure) {
        Counted last = counted;
        return last == null ? Double.NaN : figure.applyAsLong(last.size);
    }

    private void showIndex() {
        meters.beforeScrape(() -> index = store.indexFigures());
        meters.gauge(Meter.INDEX_TABLE_BYTES, () -> index.tableBytes());
        meters.gauge(Meter.INDEX_MEMTABLE_BYTES, () -> index.memtableBytes());
        meters.gauge(Meter.INDEX_CACHE_BYTES, () -> index.cacheBytes());
        meters.gauge(Meter.INDEX_ROWS, () -> index.estimatedRows());
        meters.gauge(Meter.INDEX_COMPACTION_PENDING_BYTES, () -> index.pendingCompactionBytes());
        meters.gauge(Meter.INDEX_COMPACTIONS, () -> index.runningCompactions());
        meters.gauge(Meter.INDEX_FLUSHES, () -> index.runningFlushes());
        meters.counter(Meter.INDEX_ERRORS, () -> index.backgroundErrors());
        meters.gauge(Meter.INDEX_WRITE_STOPPED, () -> index.writeStopped() ? 1 : 0);
    }

    /** Shows a repository's fetches of files, and those that it has open. */
    void show(String repository, ReadThrough files) {
        String file = MirrorMeters.tag(RequestKind.FILE);
        meters.gauge(Meter.FETCHES_IN_FLIGHT, files::flights, repository, file);
        show(files.figures(), repository, file);
        Map.of(FailureKind.DIGEST_MISMATCH, "digest", FailureKind.LENGTH_MISMATCH, "length")
                .forEach((kind, reason) -> meters.counter(
                        Meter.VERIFICATION_FAILURES, () -> files.figures().failed(kind), repository, reason));
        CacheFigures open = files.openFiles();
        meters.gauge(Meter.OPEN_FILES, () -> open.entries().getAsLong(), repository);
        meters.counter(Meter.OPEN_FILES_HITS, () -> open.hits().getAsLong(), repository);
        meters.counter(Meter.OPEN_FILES_MISSES, () -> open.misses().getAsLong(), repository);
        meters.counter(Meter.OPEN_FILES_EVICTIONS, () -> open.evictions().getAsLong(), repository);
    }

    /** Shows a repository's fetches of pages, and those that it has in memory. */
    void show(String repository, PypiFormat pages) {
        show(repository, pages::pageFlights, pages.pageFigures());
        CacheFigures cache = pages.pageCache();
        meters.gauge(Meter.PAGE_CACHE_PAGES, () -> cache.entries().getAsLong(), repository);
        meters.gauge(Meter.PAGE_CACHE_BYTES, () -> cache.bytes().getAsLong(), repository);
        meters.counter(Meter.PAGE_CACHE_HITS, () -> cache.hits().getAsLong(), repository);
        meters.counter(Meter.PAGE_CACHE_MISSES, () -> cache.misses().getAsLong(), repository);
        meters.counter(Meter.PAGE_CACHE_EVICTIONS, () -> cache.evictions().getAsLong(), repository);
    }

    /** Shows a repository's fetches of metadata, and what was thrown away of it. */
    void show(String repository, YumFormat metadata) {
        show(repository, metadata::pageFlights, metadata.pageFigures());
        LongSupplier refused = metadata.refusedSignatures();
        if (refused != null) {
            meters.counter(Meter.VERIFICATION_FAILURES, refused::getAsLong, repository, "signature");
        }
    }

    /** Shows a repository's fetches of what is read whole, and how those ended that are over; null where there are none. */
    private void show(String repository, IntSupplier underWay, @Nullable FlightFigures ended) {
        String page = MirrorMeters.tag(RequestKind.PAGE);
        meters.gauge(Meter.FETCHES_IN_FLIGHT, underWay::getAsInt, repository, page);
        if (ended != null) {
            show(ended, repository, page);
        }
    }

    private void show(FlightFigures flights, String repository, String kind) {
        meters.counter(Meter.FETCHES, flights::landed, repository, kind);
        for (FailureKind reason : FailureKind.values()) {
            meters.sparse(
                    Meter.FETCH_FAILURES, () -> flights.failed(reason), repository, kind, MirrorMeters.tag(reason));
        }
    }

    /** Shows when files were read again, and what was found. */
    void show(VerifySchedule schedule) {
        meters.gauge(Meter.VERIFY_ENDED, schedule::endedSeconds);
        meters.gauge(Meter.VERIFY_TROUBLED, schedule::troubled);
    }

    /** Shows the certificates. */
    void show(TlsContexts certificates) {
        meters.gauge(Meter.TLS_CERTIFICATE_END, () -> certificates.firstEnds().getEpochSecond());
    }

    /** Shows the access log. */
    void show(AccessLog accessLog) {
        meters.counter(Meter.ACCESS_LOG_DROPPED, accessLog::droppedTotal);
    }

    /** Shows how many clients were sent away. */
    void show(HttpFrontEnd clients) {
        for (Refusal why : Refusal.values()) {
            meters.counter(Meter.REFUSED, () -> clients.refused(why), MirrorMeters.tag(why));
        }
    }

    /**
     * All of it as text, made on a thread of its own, since it is wanted most when all others are busy. Who asks while one is
     * being made gets that one: where the disk hangs, so does that thread and no other. Never blocks.
     *
     * @param accept as {@link MirrorMeters#scrape} has it
     */
    Mono<MirrorMeters.Scrape> scrape(@Nullable String accept) {
        boolean open = meters.wantsOpenMetrics(accept);
        CompletableFuture<MirrorMeters.Scrape> begun = new CompletableFuture<>();
        CompletableFuture<MirrorMeters.Scrape> joined = scrapes.putIfAbsent(open, begun);
        if (joined != null) {
            return Mono.fromFuture(joined, true);
        }
        try {
            scraper.execute(() -> {
                try {
                    MirrorMeters.Scrape made = meters.scrape(accept);
                    scrapes.remove(open);
                    begun.complete(made);
                } catch (RuntimeException | Error e) {
                    scrapes.remove(open);
                    begun.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            scrapes.remove(open);
            begun.completeExceptionally(
                    new StoreException(FailureKind.SHUTTING_DOWN, "the server is shutting down", e));
        }
        return Mono.fromFuture(begun, true);
    }

    /** Looks and counts no more. */
    @Override
    public void close() {
        watch.shutdownNow();
        counter.shutdownNow();
        scraper.shutdownNow();
    }
}
