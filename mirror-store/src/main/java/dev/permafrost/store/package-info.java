/**
 * The store's front door. {@link dev.permafrost.store.MirrorStore} opens, looks up, commits, freezes and closes;
 * {@link dev.permafrost.store.View} is what a request sees.
 *
 * <p>The invariants, whatever crashed: every entry has its bytes; every blob's bytes have the SHA-256 that is its name; no
 * staged file is kept without a live row for it; what was acknowledged is there.
 */
@NullMarked
package dev.permafrost.store;

import org.jspecify.annotations.NullMarked;
