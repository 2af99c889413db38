/** The scenarios, and the options that shape them. */
@NullMarked
package dev.permafrost.bench.workload;

import org.jspecify.annotations.NullMarked;
