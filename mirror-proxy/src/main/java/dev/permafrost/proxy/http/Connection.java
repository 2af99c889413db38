package dev.permafrost.proxy.http;

/** One client's connection, as the front end watches over it. On the connection's event loop. */
interface Connection {
    /** Closes or cuts off what has been silent for too long, by {@link System#nanoTime}. */
    void look(long now);

    /** No further request is answered: closes the connection now, or after the answers that are under way. */
    void drain();
}
