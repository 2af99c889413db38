package dev.permafrost.proxy.repo;

/** What a POST does. */
public enum Posting {
    /** It asks something, as a GET does, and whoever may read may do it. */
    ASKS,
    /** It changes what there is. */
    CHANGES
}
