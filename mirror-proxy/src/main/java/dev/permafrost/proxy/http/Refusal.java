package dev.permafrost.proxy.http;

/** Why a client was sent away. */
public enum Refusal {
    /** There were as many connections as there may be in all. */
    CONNECTIONS_MAX,
    /** There were as many from its address as there may be. */
    CONNECTIONS_PER_ADDRESS_MAX,
    /** It took its answer too slowly. */
    SLOW_READER,
    /** It sent frames of HTTP/2 that are of no use to anybody. */
    FLOOD
}
