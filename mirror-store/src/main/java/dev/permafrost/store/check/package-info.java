/**
 * What keeps a store healthy: blobs that nothing names are found and deleted, those that are kept are read again now and then, and a cache
 * stays within its bounds.
 */
@NullMarked
package dev.permafrost.store.check;

import org.jspecify.annotations.NullMarked;
