/** Held? Fresh? Else fetched from upstream, once for all who wait, and kept. */
@NullMarked
package dev.permafrost.proxy.fetch;

import org.jspecify.annotations.NullMarked;
