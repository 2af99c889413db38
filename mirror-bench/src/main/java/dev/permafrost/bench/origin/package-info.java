/** A deterministic upstream: content from a seed, an index of made-up projects, latency and faults. */
@NullMarked
package dev.permafrost.bench.origin;

import org.jspecify.annotations.NullMarked;
