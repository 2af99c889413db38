package dev.permafrost.proxy.repo;

import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A file that is had as a client has it: by asking a format for its path, and waiting until all of it is here. */
public final class AskedItem implements SyncItem {
    private static final int NOT_FOUND = 404;
    private static final int FORBIDDEN = 403;

    private final Format format;
    private final String repository;
    private final String path;
    private final long sizeBytes;
    private final Supplier<View> view;

    /**
     * A file.
     *
     * @param repository what the format's repository is called
     * @param path below it
     * @param sizeBytes -1 where that is not known
     * @param view what is live when it is asked for
     */
    public AskedItem(Format format, String repository, String path, long sizeBytes, Supplier<View> view) {
        this.format = format;
        this.repository = repository;
        this.path = path;
        this.sizeBytes = sizeBytes;
        this.view = view;
    }

    @Override
    public String name() {
        return repository + "/" + path;
    }

    /** Which host has it is the format's affair: all of a repository count as one. */
    @Override
    public String host() {
        return repository;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public Mono<Void> hold() {
        return Mono.using(
                () -> retained(view),
                seen -> format.handle(new Asking(path), seen).flatMap(AskedItem::settled),
                View::release);
    }

    /** What is live, with a reference that the caller gives back. Fails with SHUTTING_DOWN. */
    public static View retained(Supplier<View> view) {
        View seen = view.get();
        if (!seen.tryRetain()) {
            throw new FetchException(FailureKind.SHUTTING_DOWN, "the server is closing");
        }
        return seen;
    }

    private static Mono<Void> settled(Reply reply) {
        if (reply instanceof Reply.Growing growing) {
            return landed(growing);
        }
        reply.drop();
        boolean isThere = reply instanceof Reply.Held || reply instanceof Reply.Page || reply instanceof Reply.Text;
        return isThere ? Mono.empty() : Mono.error(failure(reply));
    }

    /** Waits until a file is whole. */
    private static Mono<Void> landed(Reply.Growing growing) {
        Tail tail = growing.tail();
        return Mono.create(sink -> {
            Runnable look = () -> {
                if (tail.state() == Tail.State.COMPLETE) {
                    sink.success();
                } else if (tail.state() == Tail.State.FAILED) {
                    // whoever asks again is told why
                    sink.error(new FetchException(
                            FailureKind.UPSTREAM_UNREACHABLE, "the fetch broke off; the log says why"));
                }
            };
            Runnable end = tail.onAdvance(look);
            sink.onDispose(() -> {
                end.run();
                growing.drop();
            });
            look.run();
        });
    }

    /** What an answer that is no file says, as a failure. */
    public static StoreException failure(Reply reply) {
        if (reply instanceof Reply.NotFound none) {
            return FetchException.ofStatus(NOT_FOUND, none.message());
        }
        if (reply instanceof Reply.Refused refused) {
            return FetchException.ofStatus(FORBIDDEN, refused.message());
        }
        if (reply instanceof Reply.Failed failed) {
            return failed.status() == 0
                    ? new FetchException(failed.kind(), failed.message())
                    : FetchException.ofStatus(failed.status(), failed.message());
        }
        return new FetchException(FailureKind.BAD_REQUEST, "there is no file at that path");
    }

    /** The request of nobody in particular. */
    private record Asking(String path) implements RequestHead {
        @Override
        public String base() {
            return "http://localhost/";
        }

        @Override
        public @Nullable String query() {
            return null;
        }

        @Override
        public String client() {
            return "127.0.0.1";
        }

        @Override
        public @Nullable String user() {
            return null;
        }

        @Override
        public @Nullable String header(String name) {
            return null;
        }
    }
}
