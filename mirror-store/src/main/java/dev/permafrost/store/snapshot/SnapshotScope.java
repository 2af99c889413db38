package dev.permafrost.store.snapshot;

import java.util.function.Predicate;

/**
 * What a snapshot is to be made of.
 *
 * @param isWhole whether that is all repositories
 * @param repositories which of them, by name
 * @param phases is told the name of each phase as it begins
 */
public record SnapshotScope(boolean isWhole, Predicate<String> repositories, Phases phases) {
    /** All repositories, and nobody is told of phases. */
    public static final SnapshotScope ALL = new SnapshotScope(true, repository -> true, phase -> {});

    /** Is told what is being done. */
    @FunctionalInterface
    public interface Phases {
        /** Another phase begins, and the one before is over. */
        void begin(String phase);
    }

    /** All repositories. */
    public static SnapshotScope all(Phases phases) {
        return new SnapshotScope(true, repository -> true, phases);
    }

    /** Some repositories alone. */
    public static SnapshotScope of(Predicate<String> repositories, Phases phases) {
        return new SnapshotScope(false, repositories, phases);
    }
}
