/** The benchmarks, run from the source tree as {@code ./permafrost bench NAME}. Nothing depends on them. */
@NullMarked
package dev.permafrost.bench;

import org.jspecify.annotations.NullMarked;
