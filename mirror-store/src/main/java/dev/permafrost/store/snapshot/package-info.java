/** Snapshots: sealed, named, immutable; resolved by name or by the name that moves; copied out with their blobs. */
@NullMarked
package dev.permafrost.store.snapshot;

import org.jspecify.annotations.NullMarked;
