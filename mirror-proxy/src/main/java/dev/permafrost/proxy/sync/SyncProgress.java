package dev.permafrost.proxy.sync;

/**
 * How far a run is.
 *
 * @param filesOver how many files are done with, whatever came of them
 * @param files how many there are
 * @param bytesOver how many bytes of them have come, or need not come any more
 * @param bytes how many there are, as far as that is known
 */
public record SyncProgress(long filesOver, long files, long bytesOver, long bytes) {}
