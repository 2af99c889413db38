/** What asks: wrk, h2load and our own generator for rates, and a fleet of non-blocking clients that check what they get. */
@NullMarked
package dev.permafrost.bench.load;

import org.jspecify.annotations.NullMarked;
