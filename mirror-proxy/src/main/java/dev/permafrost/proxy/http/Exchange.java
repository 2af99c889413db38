package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.store.blob.OpenBlob;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * One request and the answer to it, whatever version of HTTP carries them. An answer is a status, header fields, and exactly
 * one call of a {@code send} method. On the connection's event loop.
 */
abstract class Exchange {
    private final HttpRequest request;
    private HttpResponseStatus status = HttpResponseStatus.OK;
    /** What to end when the client leaves before its answer. */
    private @Nullable Runnable work;

    Exchange(HttpRequest request) {
        this.request = request;
    }

    HttpRequest request() {
        return request;
    }

    boolean isHead() {
        return HttpMethod.HEAD.equals(request.method());
    }

    Exchange status(HttpResponseStatus is) {
        status = is;
        return this;
    }

    HttpResponseStatus status() {
        return status;
    }

    /** The version of HTTP that carries it: 1 or 2. */
    abstract int majorVersion();

    /** Whether it is protected by TLS. */
    abstract boolean encrypted();

    /** Where it runs. */
    abstract EventLoop loop();

    /** Header fields of the answer. */
    abstract ResponseHead head();

    /** Closes the connection after the answer, where nothing else of it can be trusted. */
    abstract Exchange close();

    /** Sends the head alone. */
    abstract void send();

    /** Sends a body from memory; takes over the reference. */
    abstract void send(ByteBuf body);

    /** Sends a part of a file; takes over the reference. */
    abstract void send(OpenBlob blob, long position, long count);

    /** Sends several parts of a file; takes over the reference. */
    abstract void send(OpenBlob blob, Multipart parts);

    /**
     * Sends a part of a growing file as it grows; takes over the reference.
     *
     * @param end byte after the last; -1 for the file's own end where its length is not known
     */
    abstract void send(Tail tail, long start, long end);

    /** Has something ended when the client leaves before its answer is complete; it replaces what was set before. */
    final void onLeave(Runnable ending) {
        work = ending;
    }

    /** Nothing is left to be ended. */
    final void settle() {
        work = null;
    }

    /** The client has left. */
    void leave() {
        Runnable ending = work;
        work = null;
        if (ending != null) {
            ending.run();
        }
    }
}
