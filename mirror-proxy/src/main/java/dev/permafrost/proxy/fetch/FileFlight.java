package dev.permafrost.proxy.fetch;

import dev.permafrost.proxy.repo.ByteFlow;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.proxy.repo.ShownUrl;
import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.proxy.upstream.UpstreamClient;
import dev.permafrost.proxy.upstream.UpstreamResponse;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.index.Partial;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.RefCounted;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One fetch of one file: from upstream into staging, hashed on the way, read meanwhile by everyone who asked.
 *
 * <p>Its life: {@link #begin}; a head from upstream, or the word that it is absent, or a failure ({@link #started}); bytes;
 * commit, or failure; landing. A connection that breaks in mid-body is gone on with from where it broke, a few times, if
 * upstream can do that and the bytes can be told to be the same.
 */
final class FileFlight implements Tail {
    private static final Logger log = LoggerFactory.getLogger(FileFlight.class);
    /** So much comes anew, at the most, where the process is killed meanwhile. */
    static final long NOTED_EVERY_BYTES = 16 << 20;

    private static final Duration RESUME_BACKOFF = Duration.ofMillis(200);

    private final FileRequest request;
    private final ByteFlow flow;
    private final MirrorStore store;
    private final UpstreamClient upstream;
    private final Blocking blocking;
    private final FetchConfig config;
    private final int resumesMax;
    private final SingleFlight.Landing landing;
    private final Clock clock;
    private final Consumer<Stored> stored;
    private final Function<FileRequest, Mono<Void>> doubted;
    private final Sinks.One<Start> started = Sinks.one();
    private final Sinks.Empty<Void> over = Sinks.empty();
    private final Wakes wakes;

    private volatile State state = State.GROWING;
    private volatile long lengthBytes = -1;
    private volatile long readableBytes;
    private volatile @Nullable Grown grown;
    private volatile @Nullable StoreException failure;
    private @Nullable Incoming incoming;
    /** What is held and may be out of date, and what is known of it. */
    private volatile @Nullable Entry old;

    private @Nullable Confirmed confirmed;
    private @Nullable String validator;
    private boolean startOver;
    private long notedBytes;
    private int resumes;

    /** What is known once upstream has answered. */
    sealed interface Start {
        /** Bytes are coming; read them from the flight. */
        record Growing() implements Start {}

        /** It had been committed in the meantime. */
        record AlreadyHeld(Entry entry) implements Start {}

        /** It was held, and upstream has just been asked whether it is still that. */
        record Revalidated() implements Start {}

        /** It is held now; nobody was to have any of it before. */
        record Kept() implements Start {}

        /** Upstream says that there is no such file. */
        record Absent() implements Start {}
    }

    /** The growing file's channel, closed by its last reader. */
    private static final class Grown extends RefCounted {
        private final FileChannel channel;

        Grown(FileChannel channel) {
            this.channel = channel;
        }

        @Override
        protected void free() {
            try {
                channel.close();
            } catch (IOException e) {
                log.warn("closing a fetched file: {}", e.toString());
            }
        }
    }

    FileFlight(
            FileRequest request,
            ByteFlow flow,
            MirrorStore store,
            UpstreamClient upstream,
            Blocking blocking,
            FetchConfig config,
            int resumesMax,
            SingleFlight.Landing landing,
            Clock clock,
            Consumer<Stored> stored,
            Function<FileRequest, Mono<Void>> doubted) {
        this.request = request;
        this.flow = flow;
        this.store = store;
        this.upstream = upstream;
        this.blocking = blocking;
        this.wakes = new Wakes(blocking);
        this.config = config;
        this.resumesMax = resumesMax;
        this.landing = landing;
        this.clock = clock;
        this.stored = stored;
        this.doubted = doubted;
    }

    /** Sets off; returns at once. */
    void begin() {
        blocking.call(this::open)
                .flatMap(opened -> opened ? ask() : Mono.empty())
                .subscribe(ignored -> {}, this::fail);
    }

    /** What upstream says to it; errs with a {@link StoreException}. Leaving it does not stop the flight. */
    Mono<Start> started() {
        return started.asMono();
    }

    /** Whether its bytes are those of another request too: proved to be so, or from the same place. */
    boolean isFor(FileRequest other) {
        return request.expectation().equals(other.expectation())
                && (!request.expectation().digests().isEmpty() || request.url().equals(other.url()));
    }

    /** Whether there is something to be served if it takes long. */
    boolean isRevalidating() {
        return old != null;
    }

    /** Completes once it has landed, however. */
    Mono<Void> over() {
        return over.asMono();
    }

    /** Why it failed; null where it has not, or is not over. */
    @Nullable StoreException failure() {
        return failure;
    }

    @Override
    public long lengthBytes() {
        return lengthBytes;
    }

    @Override
    public long readableBytes() {
        return readableBytes;
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public FileChannel channel() {
        return requireGrown().channel;
    }

    @Override
    public Runnable onAdvance(Runnable listener) {
        return wakes.add(listener);
    }

    @Override
    public boolean tryRetain() {
        Grown file = grown;
        return file != null && file.tryRetain();
    }

    @Override
    public void release() {
        requireGrown().release();
    }

    /** Looks once more, now that nobody else can be fetching it; false if it is held already. Blocks. */
    private boolean open() {
        Entry held = store.view().lookup(request.key()).orElse(null);
        if (held != null && fits(held)) {
            if (!Freshness.isOver(store.view(), request, held, clock.instant())) {
                land(null);
                started.tryEmitValue(new Start.AlreadyHeld(held));
                return false;
            }
            confirmed = Confirmed.find(store.view(), request.key(), held).orElse(null);
            old = held;
        }
        Incoming in = store.resume(request.key(), request.expectation().algorithms())
                .filter(resumed -> resumable(resumed))
                .orElseGet(
                        () -> store.begin(request.key(), request.expectation().algorithms()));
        incoming = in;
        grown = new Grown(in.staged().inspect());
        return true;
    }

    private boolean fits(Entry held) {
        try {
            return HeldFiles.fits(store, store.view(), held, request.expectation()) && store.isThere(held);
        } catch (StoreException e) {
            if (e.kind() == FailureKind.STORE_CORRUPT) {
                log.error("{}: {}; it is fetched again", request.key(), e.getMessage());
                return false;
            }
            throw e;
        }
    }

    private boolean resumable(Incoming resumed) {
        Partial partial = resumed.resumedFrom().orElseThrow();
        if (partial.url().equals(request.url().toString())) {
            validator = partial.validator();
            return true;
        }
        resumed.discard();
        return false;
    }

    private Mono<Void> ask() {
        long offset = requireIncoming().staged().writtenBytes();
        Map<String, String> headers = new HashMap<>();
        headers.put("Accept-Encoding", "identity");
        String known = validator;
        Confirmed before = confirmed;
        if (offset == 0 && before != null) {
            headers.putAll(before.conditions(shownUrl()));
        }
        if (offset > 0) {
            headers.put("Range", "bytes=" + offset + "-");
            if (known != null) {
                headers.put("If-Range", known);
            }
        }
        return upstream.get(request.url(), headers)
                .flatMap(response -> receive(response, offset))
                .onErrorResume(this::goOn);
    }

    private Mono<Void> receive(UpstreamResponse response, long offset) {
        Entry held = old;
        int status = response.status();
        if (held != null && (status == 304 || status == 404 || status == 410)) {
            // as long as the page lists what upstream has no more, it can be had here
            response.discard();
            return blocking.call(() -> confirm(held, response));
        }
        try {
            if (!accept(response, offset)) {
                response.discard();
                return Mono.empty();
            }
        } catch (StoreException e) {
            response.discard();
            return Mono.error(e);
        }
        if (request.scrutiny() == null) {
            started.tryEmitValue(new Start.Growing());
        }
        return response.drainTo(this::take, flow, blocking.executor()).then(blocking.call(() -> finish(response)));
    }

    /** Checks an answer's head; false if there is nothing to receive. */
    private boolean accept(UpstreamResponse response, long offset) {
        int status = response.status();
        if (status == 404 || status == 410) {
            absent();
            return false;
        }
        if (offset > 0 && (status == 200 || status == 416)) {
            startOver = true;
            throw new FetchException(
                    FailureKind.UPSTREAM_INVALID, response.shownUrl() + ": upstream does not go on at byte " + offset);
        }
        if (status != (offset > 0 ? 206 : 200)) {
            throw response.unexpected();
        }
        if (response.header("Content-Encoding") != null
                && !"identity".equalsIgnoreCase(response.header("Content-Encoding"))) {
            throw new FetchException(
                    FailureKind.UPSTREAM_INVALID,
                    response.shownUrl() + ": upstream encoded a file (" + response.header("Content-Encoding")
                            + ") though asked not to");
        }
        if (offset > 0 && !String.valueOf(response.header("Content-Range")).startsWith("bytes " + offset + "-")) {
            throw new FetchException(
                    FailureKind.UPSTREAM_INVALID,
                    response.shownUrl() + ": asked from byte " + offset + ", upstream sent "
                            + response.header("Content-Range"));
        }
        Scrutiny scrutiny = request.scrutiny();
        if (scrutiny != null && !scrutiny.isOfType(response.header("Content-Type"))) {
            throw new FetchException(
                    FailureKind.UPSTREAM_INVALID,
                    response.shownUrl() + ": upstream answered with "
                            + PlainText.quoted(String.valueOf(response.header("Content-Type"))) + " in place of "
                            + request.contentType());
        }
        long length = response.contentLengthBytes() < 0 ? -1 : offset + response.contentLengthBytes();
        long expected = request.expectation().sizeBytes();
        if (length >= 0 && expected >= 0 && length != expected) {
            throw new FetchException(
                    FailureKind.LENGTH_MISMATCH,
                    response.shownUrl() + ": the index says " + expected + " bytes, upstream is about to send "
                            + length);
        }
        lengthBytes = length >= 0 ? length : expected;
        validator = strongValidator(response);
        return true;
    }

    private static @Nullable String strongValidator(UpstreamResponse response) {
        String etag = response.header("ETag");
        return etag != null && !etag.startsWith("W/") ? etag : response.header("Last-Modified");
    }

    /** Takes bytes into staging. Blocks. */
    private void take(ByteBuffer bytes) {
        Incoming in = requireIncoming();
        long length = lengthBytes;
        if (length >= 0 && in.staged().writtenBytes() + bytes.remaining() > length) {
            throw new FetchException(
                    FailureKind.LENGTH_MISMATCH, shownUrl() + ": upstream sends more than " + length + " bytes");
        }
        Scrutiny scrutiny = request.scrutiny();
        if (scrutiny != null && in.staged().writtenBytes() + bytes.remaining() > scrutiny.bytesMax()) {
            throw new FetchException(
                    FailureKind.UPSTREAM_TOO_LARGE,
                    shownUrl() + ": it is longer than " + scrutiny.bytesMax() + " bytes, which is the most");
        }
        in.staged().write(bytes);
        readableBytes = Math.max(readableBytes, in.staged().writtenBytes() - 1);
        wakes.advanced(readableBytes);
        note(in);
    }

    /** Notes how far a long file is, in case that this process is killed, if what is gone on with then can be proved. Blocks. */
    private void note(Incoming in) {
        String known = validator;
        long written = in.staged().writtenBytes();
        if (known == null
                || written - notedBytes < NOTED_EVERY_BYTES
                || request.expectation().digests().isEmpty()) {
            return;
        }
        notedBytes = written;
        try {
            in.note(request.url().toString(), known);
        } catch (StoreException e) {
            log.debug("{}: how far it is could not be noted", request.key(), e);
        }
    }

    /** Proves and commits. Blocks. */
    private @Nullable Void finish(UpstreamResponse response) {
        Incoming in = requireIncoming();
        long written = in.staged().writtenBytes();
        if (lengthBytes >= 0 && written < lengthBytes) {
            throw new FetchException(
                    FailureKind.UPSTREAM_UNREACHABLE,
                    shownUrl() + ": upstream ended after " + written + " of " + lengthBytes + " bytes");
        }
        scrutinise(in);
        Entry entry;
        try {
            Expectation expectation = request.expectation().withSize(lengthBytes);
            entry = in.commit(expectation, shownUrl());
        } catch (StoreException e) {
            incoming = null;
            throw new FetchException(e.kind(), shownUrl() + ": " + e.getMessage(), e);
        }
        incoming = null;
        if (request.goodFor() != null) {
            remember(Confirmed.of(entry, shownUrl(), clock.instant(), response));
        }
        tell(entry);
        lengthBytes = written;
        readableBytes = written;
        state = State.COMPLETE;
        wakes.all();
        // while it can be joined, it can be read
        land(null);
        if (request.scrutiny() != null) {
            started.tryEmitValue(new Start.Kept());
        }
        releaseFile();
        return null;
    }

    private void scrutinise(Incoming in) {
        Scrutiny scrutiny = request.scrutiny();
        if (scrutiny == null) {
            return;
        }
        try (InputStream bytes = Channels.newInputStream(in.staged().inspect())) {
            scrutiny.read(bytes);
        } catch (IOException e) {
            throw new FetchException(
                    FailureKind.UPSTREAM_INVALID,
                    shownUrl() + ": it is no " + scrutiny.kind(request.contentType()) + ": " + e.getMessage(),
                    e);
        }
    }

    /** What is held is what upstream has, or all that there is to be had. Blocks. */
    private @Nullable Void confirm(Entry held, UpstreamResponse response) {
        Confirmed before = confirmed;
        remember(
                before == null
                        ? Confirmed.of(held, shownUrl(), clock.instant())
                        : before.again(clock.instant(), response));
        abandon();
        if (response.status() != 304) {
            doubt();
        }
        land(null);
        started.tryEmitValue(new Start.Revalidated());
        end(State.FAILED);
        return null;
    }

    private void remember(Confirmed now) {
        try {
            store.putDoc(Confirmed.key(request.key()), now.encoded());
        } catch (StoreException e) {
            log.warn("{}: upstream is asked for it again too soon: {}", request.key(), e.getMessage());
        }
    }

    /** Before anybody has the whole file, so that whoever freezes then has what belongs to it; its failure is nobody's. */
    private void tell(Entry entry) {
        try {
            stored.accept(new Stored(request, entry));
        } catch (RuntimeException e) {
            log.warn("{}: what is made of it when it is stored: {}", request.key(), e.getMessage());
        }
    }

    /** Goes on after a break, or starts over, if that can be done; else errs with what it was given. */
    private Mono<Void> goOn(Throwable error) {
        Incoming in = incoming;
        if (in == null || resumes >= resumesMax) {
            return Mono.error(error);
        }
        resumes++;
        if (startOver) {
            startOver = false;
            return readableBytes > 0
                    ? Mono.error(error)
                    : blocking.call(this::restart).then(Mono.defer(this::ask));
        }
        if (!worthGoingOn(error, in)) {
            return Mono.error(error);
        }
        log.info("{}; going on from byte {}", error.getMessage(), in.staged().writtenBytes());
        return Mono.delay(RESUME_BACKOFF.multipliedBy(resumes)).then(Mono.defer(this::ask));
    }

    private boolean worthGoingOn(Throwable error, Incoming in) {
        boolean broke = error instanceof FetchException e && e.kind() == FailureKind.UPSTREAM_UNREACHABLE;
        boolean provable = validator != null || !request.expectation().digests().isEmpty();
        return broke && provable && in.staged().writtenBytes() > 0;
    }

    /** Upstream has other bytes now, and nobody has seen the old ones. Blocks. */
    private @Nullable Void restart() {
        requireIncoming().discard();
        incoming = null;
        notedBytes = 0;
        Grown before = requireGrown();
        grown = null;
        before.release();
        validator = null;
        Incoming in = store.begin(request.key(), request.expectation().algorithms());
        incoming = in;
        grown = new Grown(in.staged().inspect());
        return null;
    }

    private void absent() {
        abandon();
        doubt();
        land(null);
        started.tryEmitValue(new Start.Absent());
        end(State.FAILED);
    }

    private String shownUrl() {
        return ShownUrl.of(request.url());
    }

    private void fail(Throwable error) {
        StoreException failure = error instanceof StoreException e
                ? e
                : new FetchException(FailureKind.INTERNAL, shownUrl() + ": " + error, error);
        if (failure.kind() == FailureKind.INTERNAL) {
            log.error("fetching {} failed by a fault of ours", shownUrl(), failure);
        } else {
            log.warn("{}: {}", request.key(), failure.getMessage());
        }
        keepOrAbandon(failure);
        if (failure.kind() == FailureKind.DIGEST_MISMATCH || failure.kind() == FailureKind.LENGTH_MISMATCH) {
            doubt();
        }
        land(failure);
        started.tryEmitError(failure);
        end(State.FAILED);
    }

    /** Keeps what has come for a later try where that is of use. */
    private void keepOrAbandon(StoreException failure) {
        Incoming in = incoming;
        String known = validator;
        boolean broke = failure.kind() == FailureKind.UPSTREAM_UNREACHABLE
                || failure.kind() == FailureKind.UPSTREAM_TIMEOUT
                || failure.kind() == FailureKind.SHUTTING_DOWN;
        if (in == null || !broke || known == null || in.staged().writtenBytes() < config.resumeMinBytes()) {
            abandon();
            return;
        }
        incoming = null;
        offLoop(() -> in.suspend(request.url().toString(), known));
    }

    private void abandon() {
        Incoming in = incoming;
        incoming = null;
        if (in != null) {
            offLoop(in::discard);
        }
    }

    private void offLoop(Runnable task) {
        blocking.call(() -> {
                    task.run();
                    return null;
                })
                .subscribe(ignored -> {}, error -> log.warn("{}: {}", request.key(), error.getMessage()));
    }

    private void land(@Nullable StoreException why) {
        failure = why;
        landing.land(why);
        over.tryEmitEmpty();
    }

    /** Upstream does not have what its index says; nobody waits for what is made of that. */
    private void doubt() {
        doubted.apply(request)
                .subscribe(
                        ignored -> {},
                        error -> log.warn("{}: asking for its page again: {}", request.key(), error.getMessage()));
    }

    private void end(State last) {
        state = last;
        wakes.all();
        releaseFile();
    }

    private void releaseFile() {
        Grown file = grown;
        if (file != null) {
            file.release();
        }
    }

    private Incoming requireIncoming() {
        Incoming in = incoming;
        if (in == null) {
            throw new IllegalStateException("the flight has ended");
        }
        return in;
    }

    private Grown requireGrown() {
        Grown file = grown;
        if (file == null) {
            throw new IllegalStateException("the flight has not begun");
        }
        return file;
    }
}
