package dev.permafrost.store.index;

import java.time.Instant;

/**
 * A download that broke off and may be gone on with.
 *
 * @param staged the name it was suspended under
 * @param url where its bytes came from
 * @param validator the strong ETag or the Last-Modified that upstream gave with them
 * @param offsetBytes how many bytes are kept
 * @param suspendedAt when it broke off, to the millisecond
 */
public record Partial(String staged, String url, String validator, long offsetBytes, Instant suspendedAt) {}
