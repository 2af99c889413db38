/** What is measured: one catalogue, counters that cost nothing to speak of, and the text that Prometheus reads. */
@NullMarked
package dev.permafrost.proxy.metrics;

import org.jspecify.annotations.NullMarked;
