package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Tail;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Waits until a growing file grows no more, before anything of it is sent to a client that could not tell a part from the whole.
 * Owns one reference to the tail until then. Everything but the listener runs on the exchange's event loop.
 */
final class AwaitedEnd {
    private final Exchange exchange;
    private final Tail tail;
    private final Runnable then;
    private final AtomicBoolean seen = new AtomicBoolean();
    private @Nullable Runnable unlisten;
    private boolean left;

    private AwaitedEnd(Exchange exchange, Tail tail, Runnable then) {
        this.exchange = exchange;
        this.tail = tail;
        this.then = then;
    }

    /**
     * Waits.
     *
     * @param then done when the file is complete or has failed, with the reference to it; never if the client leaves before
     */
    static void of(Exchange exchange, Tail tail, Runnable then) {
        AwaitedEnd end = new AwaitedEnd(exchange, tail, then);
        exchange.onLeave(end::leave);
        end.unlisten = tail.onAdvance(end::look);
        end.look();
    }

    private void look() {
        if (tail.state() != Tail.State.GROWING && seen.compareAndSet(false, true)) {
            exchange.loop().execute(this::end);
        }
    }

    private void end() {
        if (!left) {
            stop();
            exchange.settle();
            exchange.orAbort(then);
        }
    }

    private void leave() {
        left = true;
        stop();
        tail.release();
    }

    private void stop() {
        Runnable listening = unlisten;
        if (listening != null) {
            listening.run();
        }
    }
}
