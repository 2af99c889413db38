package dev.permafrost.proxy.fetch;

import dev.permafrost.store.model.Entry;

/**
 * A file that has been fetched and is stored.
 *
 * @param request what was fetched
 * @param entry what it is in the store
 */
public record Stored(FileRequest request, Entry entry) {}
