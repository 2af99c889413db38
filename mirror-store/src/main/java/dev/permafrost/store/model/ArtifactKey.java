package dev.permafrost.store.model;

/**
 * What an entry is called: the repository it belongs to and its key there, which the repository's format chooses
 * ({@code numpy/numpy-2.4.6.tar.gz}). Neither is empty nor holds a NUL; a key is never used as a path on disk.
 */
public record ArtifactKey(String repository, String key) implements Comparable<ArtifactKey> {
    /** Longest key, in UTF-16 units. */
    public static final int KEY_CHARS_MAX = 4096;

    /** Checks both parts. */
    public ArtifactKey {
        if (repository.isEmpty() || repository.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a repository's name is not empty and holds no NUL: " + repository);
        }
        if (key.isEmpty() || key.indexOf('\0') >= 0 || key.length() > KEY_CHARS_MAX) {
            throw new IllegalArgumentException(
                    "an entry's key has 1 to " + KEY_CHARS_MAX + " characters and no NUL: " + key);
        }
    }

    @Override
    public int compareTo(ArtifactKey other) {
        int byRepository = repository.compareTo(other.repository);
        return byRepository != 0 ? byRepository : key.compareTo(other.key);
    }

    @Override
    public String toString() {
        return repository + ":" + key;
    }
}
