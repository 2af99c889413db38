package dev.permafrost.proxy.repo;

/**
 * How files of a folder are published.
 *
 * @param links whether the store may hold a file itself, by a hard link, in place of a copy: nobody may write to it from then on
 * @param restores whether a file that was published before and deleted from the repository since is published again
 */
public record Publishing(boolean links, boolean restores) {}
