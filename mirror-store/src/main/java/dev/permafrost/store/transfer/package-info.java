/** What goes from one site to another and comes back: bundles, and the keys by which each knows what the others have signed. */
@NullMarked
package dev.permafrost.store.transfer;

import org.jspecify.annotations.NullMarked;
