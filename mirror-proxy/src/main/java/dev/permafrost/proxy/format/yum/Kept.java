package dev.permafrost.proxy.format.yum;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The generations of a directory that clients may be reading: the newest whole one, and some that were it before.
 *
 * @param all the newest first; never empty
 */
record Kept(List<Generation> all) {
    /** How many there are at least, once there were so many. */
    static final int GENERATIONS_MIN = 3;

    /** How many there are at most. */
    static final int GENERATIONS_MAX = 16;

    /** So long after upstream had it last, somebody may still be reading one. */
    static final Duration READ_FOR = Duration.ofMinutes(10);

    private static final int CHUNKS = 4;

    /** Copies the list. */
    Kept {
        all = List.copyOf(all);
    }

    Generation newest() {
        return all.get(0);
    }

    /** Those that somebody may be reading at that time, the newest first. */
    List<Generation> read(Instant now) {
        Instant since = now.minus(READ_FOR);
        return all.stream()
                .filter(one -> one.equals(newest()) || one.header().fetchedAt().isAfter(since))
                .toList();
    }

    /** What belongs to it once that generation is the newest. */
    static Kept with(Optional<Kept> before, Generation newest) {
        List<Generation> all = new ArrayList<>();
        all.add(newest);
        Instant since = newest.header().fetchedAt().minus(READ_FOR);
        before.ifPresent(kept -> kept.all().stream()
                .filter(one -> !one.id().equals(newest.id()))
                .limit(GENERATIONS_MAX - 1L)
                .filter(one ->
                        all.size() < GENERATIONS_MIN || one.header().fetchedAt().isAfter(since))
                .forEach(all::add));
        return new Kept(all);
    }

    /** The same with another newest. */
    Kept withNewest(Generation newest) {
        List<Generation> others = new ArrayList<>(all);
        others.set(0, newest);
        return new Kept(others);
    }

    List<byte[]> chunks() {
        return all.stream().flatMap(one -> one.rows().stream()).toList();
    }

    static Optional<Kept> of(List<byte[]> chunks) {
        List<Generation> all = new ArrayList<>();
        for (int i = 0; i + CHUNKS <= chunks.size(); i += CHUNKS) {
            all.add(Generation.of(chunks.subList(i, i + CHUNKS)));
        }
        return all.isEmpty() ? Optional.empty() : Optional.of(new Kept(all));
    }
}
