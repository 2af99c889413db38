package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FetchConfig;
import dev.permafrost.proxy.fetch.ReadThrough;
import dev.permafrost.proxy.metrics.MirrorMeters;
import dev.permafrost.proxy.repo.BodySink;
import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.RequestBody;
import dev.permafrost.proxy.repo.RequestHead;
import dev.permafrost.proxy.testing.Records;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.upstream.UpstreamClient;
import dev.permafrost.proxy.upstream.UpstreamConfig;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.FaultyFileOps;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.ArtifactKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/** An index without a front end, whose clock and whose disk are in a test's hands. */
final class IndexInHand implements AutoCloseable {
    static final Duration PAGE_TTL = Duration.ofMinutes(10);

    private static final Duration SOON = Duration.ofSeconds(20);
    private static final int UPSTREAM_RETRIES_MAX = 0;

    /** The disk, which does not fail yet. */
    final FaultyFileOps disk = new FaultyFileOps();

    private final LoopResources loops = LoopResources.create("in-hand", 1, true);
    private final Blocking blocking = new Blocking(8);
    private final MirrorMeters meters = new MirrorMeters();
    private final MirrorStore store;
    private final @Nullable UpstreamClient client;
    private final ReadThrough files;
    private final PypiFormat format;
    private volatile Instant now = Instant.parse("2026-03-04T05:06:07Z");

    /**
     * Opens it.
     *
     * @param upstream null to serve what is held alone
     */
    IndexInHand(Path data, @Nullable ScriptedUpstream upstream) {
        this(data, upstream, index -> index);
    }

    /**
     * Opens it.
     *
     * @param rows makes of the store's index the one that is used
     */
    IndexInHand(Path data, @Nullable ScriptedUpstream upstream, UnaryOperator<Index> rows) {
        Clock clock = ((InstantSource) () -> now).withZone(ZoneOffset.UTC);
        URI home = upstream == null ? null : upstream.uri("/simple/");
        store = MirrorStore.open(MirrorStore.Options.of(data)
                .withOps(disk)
                .withClock(clock)
                .withHeldOnly(home == null)
                .withIndex((folder, cacheBytes) -> rows.apply(RocksIndex.open(folder, cacheBytes))));
        RepositoryConfig repository =
                Records.with(Records.with(RepositoryConfig.defaults("pypi"), "upstream", home), "pageTtl", PAGE_TTL);
        client = home == null
                ? null
                : new UpstreamClient(
                        UpstreamConfig.defaults(), repository, Map.of(), blocking.executor(), loops, meters.upstream());
        files = new ReadThrough(store, client, blocking, FetchConfig.defaults(), UPSTREAM_RETRIES_MAX, clock);
        format = new PypiFormat(repository, FetchConfig.defaults(), store, client, files, blocking, 8 << 20, clock);
    }

    /** Has so much time gone by; back, if it is negative. */
    void later(Duration time) {
        now = now.plus(time);
    }

    /** Answers a GET without header fields. */
    Reply ask(String path) {
        return Objects.requireNonNull(
                format.handle(new Get(path, null), store.view()).block(SOON));
    }

    /** Answers a POST with a body of that type, once it is subscribed to. */
    Mono<Reply> post(String path, String contentType, String body) {
        return format.post(new Get(path, contentType), new InMemory(body), store.view());
    }

    /** How many threads of the pool are at work. */
    int active() {
        return blocking.active();
    }

    /** What an operator may change in it, where it has no upstream. */
    Hosting hosting() {
        return Objects.requireNonNull(format.hosting());
    }

    /** The file's bytes as text; gives it back. */
    static String text(Reply.Held file) {
        try {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.blob().sizeBytes()));
            while (bytes.hasRemaining() && file.blob().channel().read(bytes, bytes.position()) >= 0) {}
            return new String(bytes.array(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            file.drop();
        }
    }

    /** Puts something into the store under that name, as if it had come from upstream. */
    void hold(String key, byte[] bytes) {
        hold(store, key, bytes);
    }

    /** The same with any store. */
    static void hold(MirrorStore store, String key, byte[] bytes) {
        var incoming = store.begin(new ArtifactKey("pypi", key), Set.of());
        incoming.staged().write(ByteBuffer.wrap(bytes));
        var unused = incoming.commit(Expectation.NOTHING, "http://up.test/" + key);
    }

    /** Closes what the index itself has open, and nothing else. */
    void closeFormat() {
        format.close();
    }

    @Override
    public void close() {
        format.close();
        files.close();
        blocking.close();
        store.close();
        meters.close();
        loops.dispose();
    }

    private record InMemory(String text) implements RequestBody {
        @Override
        public long lengthBytes() {
            return -1;
        }

        @Override
        public Mono<Void> drainTo(BodySink sink, Executor blocking) {
            return Mono.fromRunnable(() -> {
                sink.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
                sink.end();
            });
        }
    }

    private record Get(String path, @Nullable String contentType) implements RequestHead {
        @Override
        public String client() {
            return "127.0.0.1";
        }

        @Override
        public String base() {
            return "http://mirror.test/";
        }

        @Override
        public @Nullable String query() {
            return null;
        }

        @Override
        public @Nullable String user() {
            return null;
        }

        @Override
        public @Nullable String header(String name) {
            return name.equalsIgnoreCase("Content-Type") ? contentType : null;
        }
    }
}
