package dev.permafrost.proxy.repo;

import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** The answer to a request, as a value. Only the front end turns it into bytes. */
public sealed interface Reply {
    /** Gives back what the reply holds, for whoever drops it unsent. */
    default void drop() {}

    /** A file that is held. The reply owns one reference to the blob. */
    record Held(OpenBlob blob, FileHead head) implements Reply {
        @Override
        public void drop() {
            blob.release();
        }
    }

    /** A file that is being fetched. The reply owns one reference to the tail. */
    record Growing(Tail tail, FileHead head) implements Reply {
        @Override
        public void drop() {
            tail.release();
        }
    }

    /**
     * A page in memory.
     *
     * @param cacheControl value of the {@code Cache-Control} field
     * @param validatedNanos when upstream last said that it is so, by {@link System#nanoTime}; 0 for a page of which this server
     *     is the origin
     * @param outcome how the reply came about
     */
    record Page(RenderedPage page, String cacheControl, long validatedNanos, CacheOutcome outcome) implements Reply {}

    /** A text that is true for this moment only, never cached. */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Text(String contentType, byte[] bytes) implements Reply {}

    /** It has been taken, and there was nothing like it; the text says so. */
    record Created(String message) implements Reply {}

    /**
     * Look there instead, for good.
     *
     * @param location relative to the request's own URL, so that it leads to the right place through every proxy, whatever that
     *     has done to host and path
     */
    record Redirect(String location) implements Reply {
        /** Refuses what names a host, or begins at its root. */
        public Redirect {
            if (location.startsWith("/") || location.contains(":")) {
                throw new IllegalArgumentException("a redirect must be relative, not to " + location);
            }
        }
    }

    /**
     * Look there instead, for now: a place that the operator has named, on whatever server. Nothing of it comes from a request or from
     * an upstream.
     *
     * @param url absolute
     */
    record Elsewhere(URI url) implements Reply {
        /** Refuses what leads nowhere else. */
        public Elsewhere {
            if (!url.isAbsolute() || url.getHost() == null) {
                throw new IllegalArgumentException("no other server is named by " + url);
            }
        }
    }

    /**
     * There is no such thing, and the text says in which sense.
     *
     * @param outcome how that is known; null where it needs no cache to be known
     */
    record NotFound(String message, @Nullable CacheOutcome outcome) implements Reply {
        /** That what is asked for can't be. */
        public NotFound(String message) {
            this(message, null);
        }
    }

    /**
     * The repository's policy has it not served, and the text says why.
     *
     * @param brief the same for the status line, which some clients alone show; of no more than {@value #BRIEF_CHARS_MAX} characters
     * @param hidden whether to answer as if there were no such thing
     */
    record Refused(String message, String brief, boolean hidden) implements Reply {
        /** What the status line has room for. */
        public static final int BRIEF_CHARS_MAX = 48;

        /** Refuses what is too long. */
        public Refused {
            if (brief.length() > BRIEF_CHARS_MAX) {
                throw new IllegalArgumentException("too long for a status line: " + brief);
            }
        }
    }

    /** Nothing that we have fits the request's Accept field. */
    record NotAcceptable(String message) implements Reply {}

    /** What was sent is not taken, and the text says why and what to do about it. */
    record NotTaken(Reason reason, String message) implements Reply {
        /** Why not. */
        public enum Reason {
            /** It is wrong in itself. */
            INVALID,
            /** It is about something that is not there. */
            NOT_FOUND,
            /** There is something else in its place already. */
            CONFLICT,
            /** There is too much of it. */
            TOO_LARGE,
            /** Whoever sent it may send other things, but not this. */
            FORBIDDEN
        }
    }

    /**
     * It could not be found out or not be fetched.
     *
     * @param status that upstream answered with, where that is the failure; else 0
     */
    record Failed(FailureKind kind, String message, int status) implements Reply {
        /** A failure that is not the status of an answer. */
        public Failed(FailureKind kind, String message) {
            this(kind, message, 0);
        }

        /** A failure as it was thrown. */
        public static Failed of(StoreException e) {
            return new Failed(
                    e.kind(), String.valueOf(e.getMessage()), e instanceof FetchException fetch ? fetch.status() : 0);
        }

        /**
         * Whether upstream won't give it to us, whatever it is: many a server answers so, by 403 above all, for what is not there. Not
         * where it may give it later.
         */
        public boolean isDenied() {
            return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
        }
    }
}
