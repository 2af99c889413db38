package dev.permafrost.proxy.fetch;

import java.util.function.LongSupplier;

/**
 * How a cache is doing; each figure is read when it is asked for.
 *
 * @param entries how many entries it has
 * @param bytes how many bytes these have together; 0 where nobody counts them
 * @param hits how often something was there
 * @param misses how often it was not
 * @param evictions how often something had to go to make room
 */
public record CacheFigures(
        LongSupplier entries, LongSupplier bytes, LongSupplier hits, LongSupplier misses, LongSupplier evictions) {}
