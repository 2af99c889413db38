package dev.permafrost.proxy.http;

/** One client's connection, as the front end watches over it. On the connection's event loop. */
interface Connection {
    /** Closes or cuts off what has been silent for too long, by {@link System#nanoTime}. */
    void look(long now);

    /**
     * The server ends: what is asked now is still answered, with word that there is no more to come, and the connection is closed
     * once it is quiet. To be called again and again until it is.
     */
    void drain(long now);
}
