package dev.permafrost.store.model;

/**
 * Every way in which Permafrost can fail to do what it was asked. One vocabulary for the store, for fetching and for
 * HTTP; what each is on the wire is decided in exactly one place, the front end's status table.
 */
public enum FailureKind {
    /** The request itself is malformed. */
    BAD_REQUEST,
    /** Another process owns the store. */
    STORE_LOCKED,
    /** A write was asked of a store that is open for reading, or lies on a read-only medium. */
    STORE_READ_ONLY,
    /** A row, a file or a header does not say what it must. */
    STORE_CORRUPT,
    /** The store was written by a newer version than this one. */
    STORE_TOO_NEW,
    /** What was asked of the store is not there: no store in that directory, no snapshot of that name. */
    STORE_MISSING,
    /** A snapshot of that name is there already. */
    STORE_EXISTS,
    /** What was carried here isn't signed by a key that is trusted, or isn't what was signed. */
    UNTRUSTED,
    /** The disk is full, or a quota is used up. */
    DISK_FULL,
    /** The disk failed in another way. */
    DISK_FAILED,
    /** The bytes do not have the digest that the index promised. */
    DIGEST_MISMATCH,
    /** The bytes are fewer or more than the index or the header promised. */
    LENGTH_MISMATCH,
    /** No connection to upstream, or it broke. */
    UPSTREAM_UNREACHABLE,
    /** Upstream is connected but sends nothing, or next to nothing. */
    UPSTREAM_TIMEOUT,
    /** Upstream answered with a status that says neither yes nor no. */
    UPSTREAM_STATUS,
    /** Upstream's answer can't be understood, or is hostile. */
    UPSTREAM_INVALID,
    /** Upstream's answer is beyond a limit of ours. */
    UPSTREAM_TOO_LARGE,
    /** Upstream redirects in a loop, too often, or to where we do not follow. */
    REDIRECT_REFUSED,
    /** More at once than a limit of ours allows. */
    OVERLOADED,
    /** The server is closing. */
    SHUTTING_DOWN,
    /** A fault of ours. */
    INTERNAL
}
