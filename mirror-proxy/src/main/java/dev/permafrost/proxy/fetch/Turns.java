package dev.permafrost.proxy.fetch;

import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Work of which only so much may go on at once, since each takes much memory: first come, first served, on the pool that blocks, and
 * nobody waits for ever. Who waits holds no thread.
 */
public final class Turns {
    private final Blocking blocking;
    private final int atOnce;
    private final int waitingMax;
    private final Duration wait;
    private final String what;
    private final Queue<Turn<?>> waiting = new ArrayDeque<>();
    private int taken;

    /**
     * Turns at some work.
     *
     * @param atOnce how many may be at it
     * @param waitingMax how many may wait
     * @param wait for how long
     * @param what it is, for a message: {@code answers of …}
     */
    public Turns(Blocking blocking, int atOnce, int waitingMax, Duration wait, String what) {
        this.blocking = blocking;
        this.atOnce = atOnce;
        this.waitingMax = waitingMax;
        this.wait = wait;
        this.what = what;
    }

    /** Somebody's work. */
    private static final class Turn<T> {
        private final Callable<T> work;
        private final MonoSink<T> sink;
        /** Set once: by its turn, or by the end of the wait. */
        private final AtomicBoolean decided = new AtomicBoolean();

        Turn(Callable<T> work, MonoSink<T> sink) {
            this.work = work;
            this.sink = sink;
        }

        void run() {
            try {
                sink.success(work.call());
            } catch (Throwable e) {
                sink.error(e);
            }
        }
    }

    /** Does the work here and now, if it is nobody else's turn; null where it is. Blocks. */
    public <T> @Nullable T now(Callable<T> work) throws Exception {
        synchronized (waiting) {
            if (taken >= atOnce) {
                return null;
            }
            taken++;
        }
        try {
            return work.call();
        } finally {
            next();
        }
    }

    /**
     * Does the work when it is its turn. Who leaves before gives the turn up.
     *
     * @return errs with what the work throws, OVERLOADED where too many wait already or it has not come to it in time
     */
    public <T> Mono<T> call(Callable<T> work) {
        return Mono.create(sink -> {
            Turn<T> turn = new Turn<>(work, sink);
            boolean waits;
            synchronized (waiting) {
                waits = taken >= atOnce;
                if (waits && waiting.size() >= waitingMax) {
                    sink.error(overloaded("more than " + waitingMax + " " + what + " wait to be made; try again"));
                    return;
                }
                if (waits) {
                    waiting.add(turn);
                } else {
                    taken++;
                }
            }
            if (waits) {
                sink.onDispose(() -> leave(turn));
                blocking.later(wait, () -> giveUp(turn));
            } else {
                turn.decided.set(true);
                begin(turn);
            }
        });
    }

    private boolean leave(Turn<?> turn) {
        if (!turn.decided.compareAndSet(false, true)) {
            return false;
        }
        synchronized (waiting) {
            waiting.remove(turn);
        }
        return true;
    }

    private void giveUp(Turn<?> turn) {
        if (leave(turn)) {
            turn.sink.error(overloaded("more than " + atOnce + " " + what + " are being made, and for "
                    + wait.toSeconds() + " s this has not come to its turn; try again"));
        }
    }

    private void begin(Turn<?> turn) {
        try {
            blocking.executor().execute(() -> {
                try {
                    turn.run();
                } finally {
                    next();
                }
            });
        } catch (StoreException busy) {
            turn.sink.error(busy);
            next();
        }
    }

    /** Passes a turn that is over on to whoever has waited longest. */
    private void next() {
        Turn<?> next;
        synchronized (waiting) {
            do {
                next = waiting.poll();
            } while (next != null && !next.decided.compareAndSet(false, true));
            if (next == null) {
                taken--;
            }
        }
        if (next != null) {
            begin(next);
        }
    }

    private static FetchException overloaded(String why) {
        return new FetchException(FailureKind.OVERLOADED, why);
    }
}
