/** Fetching ahead of need: what formats plan, done many at a time, within bounds, and told of. Knows no format. */
@NullMarked
package dev.permafrost.proxy.sync;

import org.jspecify.annotations.NullMarked;
