package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Reply;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/**
 * Carries a reply to its connection's event loop. A client that leaves does not cancel the work for its reply: cancelling it
 * would lose, unseen, the reference that a reply owns when the two cross. A reply that finds its client gone is dropped here.
 */
final class LoopHop {
    private final Executor loop;
    private final Consumer<Reply> taker;
    /** Written and read on the loop alone, where connections end. */
    private boolean gone;

    private LoopHop(Executor loop, Consumer<Reply> taker) {
        this.loop = loop;
        this.taker = taker;
    }

    /** Has the reply, which never fails, worked for, and taken on that loop. */
    static LoopHop to(Executor loop, Mono<Reply> reply, Consumer<Reply> taker) {
        LoopHop hop = new LoopHop(loop, taker);
        reply.subscribe(hop::carry);
        return hop;
    }

    /** The client has left; to be said on the loop. */
    void leave() {
        gone = true;
    }

    private void carry(Reply reply) {
        try {
            loop.execute(() -> deliver(reply));
        } catch (RejectedExecutionException loopHasEnded) {
            reply.drop();
        }
    }

    private void deliver(Reply reply) {
        if (gone) {
            reply.drop();
        } else {
            taker.accept(reply);
        }
    }
}
