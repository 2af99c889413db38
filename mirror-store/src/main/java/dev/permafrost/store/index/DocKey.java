package dev.permafrost.store.index;

/**
 * What a document is called: the repository, what kind of document the repository's format says it is, and its key there
 * ({@code pypi}, {@code project}, {@code numpy}). None is empty or holds a NUL.
 */
public record DocKey(String repository, String kind, String key) {
    /** Checks the parts. */
    public DocKey {
        for (String part : new String[] {repository, kind, key}) {
            if (part.isEmpty() || part.indexOf('\0') >= 0) {
                throw new IllegalArgumentException("no part of a document's name is empty or holds a NUL: " + repository
                        + ", " + kind + ", " + key);
            }
        }
    }

    @Override
    public String toString() {
        return repository + ":" + kind + ":" + key;
    }
}
