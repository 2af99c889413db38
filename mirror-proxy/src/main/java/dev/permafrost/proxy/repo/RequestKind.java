package dev.permafrost.proxy.repo;

/** What a request asks for, whether it gets it or not. */
public enum RequestKind {
    /** A page of an index. */
    PAGE,
    /** A file of a package, or one that belongs to it. */
    FILE,
    /** Something of the server's own: health, set-up. */
    OWN,
    /** Anything else, and what was not understood. */
    OTHER
}
