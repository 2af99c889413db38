package dev.permafrost.store.model;

/**
 * What an entry is called: the repository it belongs to and its key there, which the repository's format chooses
 * ({@code numpy/numpy-2.4.6.tar.gz}). Neither is empty nor holds a NUL or half a surrogate pair, which UTF-8 can't say and
 * which would let two keys share a row; a key is never used as a path on disk.
 */
public record ArtifactKey(String repository, String key) implements Comparable<ArtifactKey> {
    /** Longest key, in UTF-16 units. */
    public static final int KEY_CHARS_MAX = 4096;

    /** Checks both parts. */
    public ArtifactKey {
        if (!isKeyPart(repository) || repository.length() > KEY_CHARS_MAX) {
            throw new IllegalArgumentException("a repository's name has 1 to " + KEY_CHARS_MAX
                    + " characters, no NUL and no half of a surrogate pair: " + repository);
        }
        if (!isKeyPart(key) || key.length() > KEY_CHARS_MAX) {
            throw new IllegalArgumentException("an entry's key has 1 to " + KEY_CHARS_MAX
                    + " characters, no NUL and no half of a surrogate pair: " + key);
        }
    }

    /** Whether a text can be part of a row's key: not empty, no NUL, and the same after a trip through UTF-8. */
    public static boolean isKeyPart(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return false;
            }
            if (Character.isSurrogate(c)) {
                boolean pair = i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1));
                if (!pair) {
                    return false;
                }
                i++;
            }
        }
        return !text.isEmpty();
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
