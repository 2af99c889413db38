package dev.permafrost.proxy.access;

/** What somebody wants to do with a repository. */
public enum Action {
    /** See what is in it, and take it. */
    READ,
    /** Put something into it, or change what is in it. */
    WRITE
}
