package dev.permafrost.proxy.http;

import dev.permafrost.proxy.access.Action;
import dev.permafrost.proxy.access.Guard;
import dev.permafrost.proxy.access.Verdict;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Iterator;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;

/**
 * Has a repository's guard judge a request before anything of the repository is asked, and answers those that it does not let
 * through. On the connection's event loop, which a request leaves only while its login is being computed.
 */
final class Gate {
    private static final String BUSY_SECONDS = "1";

    private final ReplyWriter writer;

    Gate(ReplyWriter writer) {
        this.writer = writer;
    }

    /**
     * Judges a request.
     *
     * @param mount one that is guarded
     * @param admitted what to do with it where it may be answered; called at once, or later on the same event loop
     */
    void ask(Mount mount, Action action, Exchange exchange, Runnable admitted) {
        Guard guard = Objects.requireNonNull(mount.guard());
        String repository = mount.name();
        Iterator<String> given = exchange.request().headers().valueStringIterator(HttpHeaderNames.AUTHORIZATION);
        String authorization = given.hasNext() ? given.next() : null;
        if (given.hasNext()) {
            writer.text(exchange.close(), HttpResponseStatus.BAD_REQUEST, "more than one Authorization field");
            return;
        }
        exchange.guarded(guard.needsLogin(action));
        Verdict verdict = guard.judge(action, authorization, exchange.client());
        if (verdict instanceof Verdict.Pending pending) {
            new Waiting(repository, action, exchange, admitted).await(pending);
        } else {
            take(verdict, repository, action, exchange, admitted);
        }
    }

    private void take(Verdict verdict, String repository, Action action, Exchange exchange, Runnable admitted) {
        if (verdict instanceof Verdict.Allowed allowed) {
            exchange.user(allowed.user());
            admitted.run();
        } else if (verdict instanceof Verdict.ForNobody && action == Action.WRITE) {
            // as where there is no guard: no method that writes is taken at all
            admitted.run();
        } else {
            refuse(verdict, repository, action == Action.READ ? exchange : exchange.close(), action);
        }
    }

    private void refuse(Verdict verdict, String repository, Exchange exchange, Action action) {
        if (verdict instanceof Verdict.ForNobody) {
            writer.text(exchange, HttpResponseStatus.FORBIDDEN, "nobody may read in " + repository);
        } else if (verdict instanceof Verdict.Forbidden forbidden) {
            exchange.user(forbidden.user());
            writer.text(
                    exchange,
                    HttpResponseStatus.FORBIDDEN,
                    "this user may not " + (action == Action.READ ? "read" : "write") + " in " + repository);
        } else if (verdict instanceof Verdict.Throttled throttled) {
            exchange.head().add(Field.RETRY_AFTER, throttled.seconds());
            writer.text(
                    exchange,
                    HttpResponseStatus.TOO_MANY_REQUESTS,
                    "too many wrong logins came from this address; wait " + throttled.seconds() + " s");
        } else if (verdict instanceof Verdict.Busy) {
            exchange.head().add(Field.RETRY_AFTER, BUSY_SECONDS);
            writer.text(exchange, HttpResponseStatus.SERVICE_UNAVAILABLE, "too many logins are being checked");
        } else {
            exchange.head()
                    .add(
                            Field.WWW_AUTHENTICATE,
                            // RFC 7617 §2.1
                            Field.value("Basic realm=\"Permafrost " + repository + "\", charset=\"UTF-8\""));
            writer.text(
                    exchange,
                    HttpResponseStatus.UNAUTHORIZED,
                    "a user name and a password are needed for " + repository + ", and these are missing or wrong");
        }
    }

    /** A request whose login is being computed. */
    private final class Waiting {
        private final String repository;
        private final Action action;
        private final Exchange exchange;
        private final Runnable admitted;
        /** Written and read on the loop alone. */
        private boolean gone;

        Waiting(String repository, Action action, Exchange exchange, Runnable admitted) {
            this.repository = repository;
            this.action = action;
            this.exchange = exchange;
            this.admitted = admitted;
        }

        void await(Verdict.Pending pending) {
            exchange.onLeave(() -> gone = true);
            var unused = pending.verdict().thenAccept(this::carry);
        }

        private void carry(Verdict verdict) {
            try {
                exchange.loop().execute(() -> deliver(verdict));
            } catch (RejectedExecutionException loopHasEnded) {
                // and the client with it
            }
        }

        private void deliver(Verdict verdict) {
            if (!gone) {
                exchange.settle();
                exchange.orAbort(() -> take(verdict, repository, action, exchange, admitted));
            }
        }
    }
}
