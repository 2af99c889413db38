package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Reply;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Carries a reply to its connection's event loop. A client that leaves does not cancel the work for its reply: cancelling it
 * would lose, unseen, the reference that a reply owns when the two cross. A reply that finds its client gone is dropped here.
 */
final class LoopHop {
    private final Executor loop;
    private final MonoSink<Reply> sink;
    /** Written and read on the loop alone, where connections end. */
    private boolean gone;

    private LoopHop(Executor loop, MonoSink<Reply> sink) {
        this.loop = loop;
        this.sink = sink;
    }

    /** The reply, on that loop; to be subscribed, and cancelled, there. */
    static Mono<Reply> to(Executor loop, Mono<Reply> reply) {
        return Mono.create(sink -> {
            LoopHop hop = new LoopHop(loop, sink);
            sink.onCancel(() -> hop.gone = true);
            reply.subscribe(hop::carry, error -> loop.execute(() -> sink.error(error)));
        });
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
            sink.success(reply);
        }
    }
}
