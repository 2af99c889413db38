package dev.permafrost.proxy.http;

/** Where the bytes of an answer come from. */
public enum BodyOrigin {
    /** Pages and short texts. */
    MEMORY,
    /** Files that are held. */
    DISK,
    /** Files that were still being fetched when the answer began. */
    UPSTREAM
}
