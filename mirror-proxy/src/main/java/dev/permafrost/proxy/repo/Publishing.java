package dev.permafrost.proxy.repo;

import java.nio.file.Path;

/**
 * How files of a folder are published.
 *
 * @param folder where they are, or in a folder in it; absolute
 * @param links whether the store may hold a file itself, by a hard link, in place of a copy: nobody may write to it from then on
 * @param restores whether a file that was published before and deleted from the repository since is published again
 */
public record Publishing(Path folder, boolean links, boolean restores) {}
