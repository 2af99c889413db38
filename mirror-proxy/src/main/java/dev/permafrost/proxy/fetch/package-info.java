/** Held? Fresh? Else fetch, once for all who wait. To be filled. */
@NullMarked
package dev.permafrost.proxy.fetch;

import org.jspecify.annotations.NullMarked;
