/** Tables, raw figures, and the machine they were taken on. */
@NullMarked
package dev.permafrost.bench.report;

import org.jspecify.annotations.NullMarked;
