package dev.permafrost.store.check;

import dev.permafrost.store.index.RowReader;
import dev.permafrost.store.index.RowWriter;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How far a store has been read again.
 *
 * @param begunAt when that began
 * @param endedAt when all had been read; null where it has not
 * @param behind the last blob up to which all have been read; null for none
 * @param blobs how many have been read
 * @param bytes their bytes together
 * @param damaged those that were not what their name says
 */
public record ScrubState(
        Instant begunAt,
        @Nullable Instant endedAt,
        @Nullable Digest behind,
        long blobs,
        long bytes,
        List<Digest> damaged) {
    /** Most that are remembered between two runs. */
    static final int DAMAGED_MAX = 1000;

    private static final int VERSION = 1;
    private static final Digest NONE = Digest.of(Algorithm.SHA256, new byte[Algorithm.SHA256.lengthBytes()]);

    /** Copies the list. */
    public ScrubState {
        damaged = List.copyOf(damaged);
    }

    /** Nothing has been read yet. */
    static ScrubState begun(Instant now) {
        return new ScrubState(now, null, null, 0, 0, List.of());
    }

    byte[] encode() {
        RowWriter out = new RowWriter(VERSION)
                .instant(begunAt)
                .instant(endedAt == null ? Instant.EPOCH : endedAt)
                .digest(behind == null ? NONE : behind)
                .number(blobs)
                .number(bytes)
                .number(Math.min(damaged.size(), DAMAGED_MAX));
        damaged.stream().limit(DAMAGED_MAX).forEach(out::digest);
        return out.bytes();
    }

    static ScrubState decode(byte[] row) {
        RowReader in = new RowReader("scrub", row, VERSION);
        Instant begunAt = in.instant();
        Instant endedAt = in.instant();
        Digest behind = in.digest();
        ScrubState state = new ScrubState(
                begunAt,
                endedAt.equals(Instant.EPOCH) ? null : endedAt,
                behind.equals(NONE) ? null : behind,
                in.count(),
                in.count(),
                Stream.generate(in::digest).limit(in.count(DAMAGED_MAX)).toList());
        in.end();
        return state;
    }
}
