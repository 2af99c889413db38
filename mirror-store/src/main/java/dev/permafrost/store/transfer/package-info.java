/**
 * Carrying: snapshots out of one store and into another that it has no line to, as signed bundles of files or through a pipe.
 *
 * <p>A bundle's manifest is signed, and names every other file with its size; those of them that say what is carried with their
 * SHA-256 too. The packs have none there: every blob in them is proved by the digest that the lists give it, which is its name.
 */
@NullMarked
package dev.permafrost.store.transfer;

import org.jspecify.annotations.NullMarked;
