package dev.permafrost.bench.load;

import org.jspecify.annotations.Nullable;

/**
 * How a {@link Download} went.
 *
 * @param client the client's number, from 0
 * @param target what it asked for
 * @param bytes how many bytes of the body came
 * @param firstByteNanos from the request to the first byte of the body; negative where none came
 * @param left whether the client hung up, as planned
 * @param error what went wrong; null where nothing did
 */
public record Outcome(
        int client,
        String target,
        long bytes,
        long firstByteNanos,
        boolean left,
        @Nullable String error) {}
