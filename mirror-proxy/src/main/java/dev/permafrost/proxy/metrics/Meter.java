package dev.permafrost.proxy.metrics;

import java.util.List;

/**
 * Everything that Permafrost measures of itself. Every tag has few values, which no client can add to: names of repositories,
 * constants of ours, and at most {@link UpstreamMeters#HOSTS_MAX} hosts of upstreams.
 */
@SuppressWarnings("ImmutableEnumChecker") // its lists are
public enum Meter {
    /** Requests. */
    REQUESTS(
            Type.COUNTER,
            "permafrost.http.requests",
            "",
            "Requests that are over, by the repository asked (- for none), what was asked for, the class of the answer's status"
                    + " (left where the client was gone before there was an answer), and how the cache was of help.",
            "repository",
            "kind",
            "status",
            "outcome"),
    /** How long requests take. */
    REQUEST_DURATION(
            Type.HISTOGRAM,
            "permafrost.http.request.duration",
            Meter.SECONDS,
            "Time from a request's head to the last byte of its answer, the client's own slowness included, by how the cache"
                    + " was of help.",
            "outcome"),
    /** Bytes that clients got. */
    SENT_BYTES(
            Type.COUNTER,
            "permafrost.http.sent",
            Meter.BYTES,
            "Bytes of bodies handed to clients, by where they came from: memory (pages and texts), disk (files that are held),"
                    + " upstream (files while they are being fetched).",
            "origin"),
    /** Connections that are open. */
    CONNECTIONS_OPEN(Type.GAUGE, "permafrost.http.connections.open", "", "Connections of clients that are open."),
    /** Connections that were taken. */
    CONNECTIONS_ACCEPTED(
            Type.COUNTER, "permafrost.http.connections.accepted", "", "Connections of clients that were taken."),
    /** Clients that were sent away. */
    REFUSED(
            Type.COUNTER,
            "permafrost.http.refused",
            "",
            "Clients that were sent away by a limit, by the reason: connections_max (as many as there may be),"
                    + " connections_per_address_max (as many of one address), slow_reader (it took its answer too slowly), flood"
                    + " (HTTP/2 frames of no use).",
            "reason"),
    /** Handshakes. */
    TLS_HANDSHAKES(
            Type.COUNTER,
            "permafrost.tls.handshakes",
            "",
            "TLS handshakes with clients, by how they ended: done, or failed, which they also did where the client left, fell"
                    + " silent or did not speak TLS.",
            "result"),
    /** When a certificate ends. */
    TLS_CERTIFICATE_END(
            Type.GAUGE,
            "permafrost.tls.certificate.end",
            Meter.SECONDS,
            "When the first of the certificates shown to clients ends, in seconds since 1970; not there without TLS."),
    /** Lateness of event loops. */
    LOOP_DELAY(
            Type.HISTOGRAM,
            "permafrost.loop.delay",
            Meter.SECONDS,
            "How late a task that is due every 500 ms runs on each event loop: what every client of that loop waits."),
    /** Answers of upstreams. */
    UPSTREAM_ANSWERS(
            Type.COUNTER,
            "permafrost.upstream.answers",
            "",
            "Heads of answers that upstreams sent, by host (the 33rd and later are other) and class of status.",
            "host",
            "status"),
    /** Latency of upstreams. */
    UPSTREAM_LATENCY(
            Type.HISTOGRAM,
            "permafrost.upstream.latency",
            Meter.SECONDS,
            "Time from asking an upstream, waiting for a connection included, to the head of its answer, by host.",
            "host"),
    /** Failures of upstreams. */
    UPSTREAM_ERRORS(
            Type.COUNTER,
            "permafrost.upstream.errors",
            "",
            "Tries to ask an upstream that brought no whole answer, by host and reason. An answer that says 500 is an answer.",
            "host",
            "reason"),
    /** Bytes that upstreams sent. */
    UPSTREAM_RECEIVED_BYTES(
            Type.COUNTER,
            "permafrost.upstream.received",
            Meter.BYTES,
            "Bytes of bodies that upstreams sent, as they were sent, by host.",
            "host"),
    /** What upstreams are asked now. */
    UPSTREAM_IN_FLIGHT(
            Type.GAUGE,
            "permafrost.upstream.in.flight",
            "",
            "Requests to upstreams whose answer is not all here yet, by host.",
            "host"),
    /** Fetches under way. */
    FETCHES_IN_FLIGHT(
            Type.GAUGE,
            "permafrost.fetch.in.flight",
            "",
            "Fetches that are under way or wait for their turn, each for all who asked, by repository and what is fetched.",
            "repository",
            "kind"),
    /** Fetches that are over. */
    FETCHES(
            Type.COUNTER,
            "permafrost.fetch.ended",
            "",
            "Fetches that are over, well or not, by repository and what was fetched.",
            "repository",
            "kind"),
    /** Fetches that failed. */
    FETCH_FAILURES(
            Type.COUNTER,
            "permafrost.fetch.failures",
            "",
            "Fetches that failed, by repository, what was fetched, and reason.",
            "repository",
            "kind",
            "reason"),
    /** Bytes that were not what they had to be. */
    VERIFICATION_FAILURES(
            Type.COUNTER,
            "permafrost.verification.failures",
            "",
            "Files from upstream that were thrown away, by the reason: they were not what their index promises, but had another"
                    + " digest or another length; or they were metadata of RPMs without the signature that repo-gpg-keys"
                    + " demands.",
            "repository",
            "reason"),
    /** Blobs. */
    STORE_BLOBS(Type.GAUGE, "permafrost.store.blobs", "", "Blobs in the store, as last counted."),
    /** Their size. */
    STORE_BLOB_BYTES(Type.GAUGE, "permafrost.store.blob", Meter.BYTES, "Size of all blobs together, as last counted."),
    /** Entries. */
    STORE_ENTRIES(
            Type.GAUGE,
            "permafrost.store.entries",
            "",
            "Entries in the store, by how they were proved, as last counted.",
            "verification"),
    /** When these were counted. */
    STORE_COUNTED(
            Type.GAUGE,
            "permafrost.store.counted",
            Meter.SECONDS,
            "When the store was last counted, in seconds since 1970. Counting takes at most a hundredth of the time."),
    /** Space left. */
    STORE_FREE_BYTES(Type.GAUGE, "permafrost.store.free", Meter.BYTES, "Bytes that are free on the store's disk."),
    /** When files were read again. */
    VERIFY_ENDED(
            Type.GAUGE,
            "permafrost.verify.ended",
            Meter.SECONDS,
            "When this server had last read all files again by its schedule, in seconds since 1970."),
    /** What was found then. */
    VERIFY_TROUBLED(
            Type.GAUGE,
            "permafrost.verify.troubled.files",
            "",
            "Files that were damaged or lost then; more than none wants permafrost verify --repair."),
    /** Files kept open. */
    OPEN_FILES(Type.GAUGE, "permafrost.open.files", "", "Held files that are kept open, by repository.", "repository"),
    /** Files that were open. */
    OPEN_FILES_HITS(
            Type.COUNTER,
            "permafrost.open.files.hits",
            "",
            "Times that a held file was open already, by repository.",
            "repository"),
    /** Files that were not. */
    OPEN_FILES_MISSES(
            Type.COUNTER,
            "permafrost.open.files.misses",
            "",
            "Times that a held file had to be opened, by repository.",
            "repository"),
    /** Files that had to give way. */
    OPEN_FILES_EVICTIONS(
            Type.COUNTER,
            "permafrost.open.files.evictions",
            "",
            "Times that a held file was closed to make room for another (fetch.open-files-max), by repository.",
            "repository"),
    /** Pages in memory. */
    PAGE_CACHE_BYTES(
            Type.GAUGE,
            "permafrost.page.cache",
            Meter.BYTES,
            "Bytes of rendered pages in memory, by repository.",
            "repository"),
    /** How many. */
    PAGE_CACHE_PAGES(
            Type.GAUGE, "permafrost.page.cache.pages", "", "Rendered pages in memory, by repository.", "repository"),
    /** Pages that were there. */
    PAGE_CACHE_HITS(
            Type.COUNTER,
            "permafrost.page.cache.hits",
            "",
            "Times that a page was looked for in memory and there, fresh or not, by repository.",
            "repository"),
    /** Pages that were not. */
    PAGE_CACHE_MISSES(
            Type.COUNTER,
            "permafrost.page.cache.misses",
            "",
            "Times that a page was looked for in memory and not there, by repository.",
            "repository"),
    /** Pages that had to give way. */
    PAGE_CACHE_EVICTIONS(
            Type.COUNTER,
            "permafrost.page.cache.evictions",
            "",
            "Pages that made room for others (http.page-cache-bytes-max), by repository.",
            "repository"),
    /** Threads for what blocks. */
    BLOCKING_ACTIVE(
            Type.GAUGE,
            "permafrost.blocking.active",
            "",
            "Threads of the pool for disk and index work that are at work; fetch.blocking-threads is the most."),
    /** What waits for them. */
    BLOCKING_QUEUED(
            Type.GAUGE, "permafrost.blocking.queued", "", "Pieces of disk and index work that wait for a thread."),
    /** Lines lost. */
    ACCESS_LOG_DROPPED(
            Type.COUNTER,
            "permafrost.access.log.dropped",
            "",
            "Lines of the access log that were dropped, because it or its disk did not keep up."),
    /** Readiness. */
    READY(Type.GAUGE, "permafrost.ready", "", "1 where the server is ready, 0 where /-/health/ready says why not."),
    /** Index on disk. */
    INDEX_TABLE_BYTES(
            Type.GAUGE, "permafrost.index.table", Meter.BYTES, "Size of the index's files on disk (RocksDB)."),
    /** Index in memory. */
    INDEX_MEMTABLE_BYTES(
            Type.GAUGE,
            "permafrost.index.memtable",
            Meter.BYTES,
            "Memory that rows of the index take which are not written out yet (RocksDB)."),
    /** Index blocks in memory. */
    INDEX_CACHE_BYTES(
            Type.GAUGE, "permafrost.index.cache", Meter.BYTES, "Memory that blocks of the index take (RocksDB)."),
    /** Rows. */
    INDEX_ROWS(Type.GAUGE, "permafrost.index.rows", "", "Rows of the index, about (RocksDB)."),
    /** Compaction owed. */
    INDEX_COMPACTION_PENDING_BYTES(
            Type.GAUGE,
            "permafrost.index.compaction.pending",
            Meter.BYTES,
            "Bytes of the index that are to be rewritten before its files are in order again (RocksDB)."),
    /** Compactions. */
    INDEX_COMPACTIONS(Type.GAUGE, "permafrost.index.compactions", "", "Compactions under way (RocksDB)."),
    /** Flushes. */
    INDEX_FLUSHES(Type.GAUGE, "permafrost.index.flushes", "", "Writings-out of the index under way (RocksDB)."),
    /** Errors. */
    INDEX_ERRORS(
            Type.COUNTER,
            "permafrost.index.background.errors",
            "",
            "Failures of the index's work in the background since it was opened (RocksDB)."),
    /** Refusals. */
    INDEX_WRITE_STOPPED(
            Type.GAUGE, "permafrost.index.write.stopped", "", "1 where the index refuses to write for now (RocksDB)."),
    /** Memory. */
    PROCESS_RSS_BYTES(
            Type.GAUGE, "process.resident.memory", Meter.BYTES, "Memory of the process, its heap and all else."),
    /** Descriptors. */
    PROCESS_FDS(Type.GAUGE, "process.open.fds", "", "Descriptors that the process has open."),
    /** How many there may be. */
    PROCESS_FDS_MAX(Type.GAUGE, "process.max.fds", "", "Descriptors that the process may have open."),
    /** CPU. */
    PROCESS_CPU(Type.COUNTER, "process.cpu", Meter.SECONDS, "CPU time that the process has used."),
    /** Start. */
    PROCESS_START(Type.GAUGE, "process.start.time", Meter.SECONDS, "When the process began, in seconds since 1970.");

    private static final String BYTES = "bytes";
    private static final String SECONDS = "seconds";

    private final Type type;
    private final String path;
    private final String unit;
    private final String doc;
    private final List<String> tags;

    /** What kind of number it is. */
    public enum Type {
        /** Only ever grows, from 0 at the start. */
        COUNTER,
        /** Goes up and down. */
        GAUGE,
        /** Counts of values up to bounds, with their sum. */
        HISTOGRAM
    }

    Meter(Type type, String path, String unit, String doc, String... tags) {
        this.type = type;
        this.path = path;
        this.unit = unit;
        this.doc = doc;
        this.tags = List.of(tags);
    }

    /** What kind of number it is. */
    public Type type() {
        return type;
    }

    /** Its name as Micrometer has it, in words joined by dots, without its unit. */
    String path() {
        return path;
    }

    /** {@code bytes}, {@code seconds}, or empty for a number of things. */
    public String unit() {
        return unit;
    }

    /** What it tells, for people. */
    public String doc() {
        return doc;
    }

    /** The names of its tags, in the order of their values. */
    public List<String> tags() {
        return tags;
    }

    /** Its name in a scrape: {@code permafrost_http_requests_total}; a histogram's is the part before {@code _bucket}. */
    public String exposedName() {
        return path.replace('.', '_') + (unit.isEmpty() ? "" : "_" + unit) + (type == Type.COUNTER ? "_total" : "");
    }
}
