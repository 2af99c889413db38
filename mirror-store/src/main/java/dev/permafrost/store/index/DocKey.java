package dev.permafrost.store.index;

import dev.permafrost.store.model.ArtifactKey;

/**
 * What a document is called: the repository, what kind of document the repository's format says it is, and its key there
 * ({@code pypi}, {@code project}, {@code numpy}). Each is a key part, see {@link ArtifactKey#isKeyPart}.
 */
public record DocKey(String repository, String kind, String key) {
    /** The kind of those that say what was found of files of this machine, by their paths: no snapshot has any of it. */
    public static final String OF_THIS_MACHINE = "published";

    /** Checks the parts. */
    public DocKey {
        for (String part : new String[] {repository, kind, key}) {
            if (!ArtifactKey.isKeyPart(part)) {
                throw new IllegalArgumentException("no part of a document's name is empty or holds a NUL or half a"
                        + " surrogate pair: " + repository + ", " + kind + ", " + key);
            }
        }
    }

    @Override
    public String toString() {
        return repository + ":" + kind + ":" + key;
    }
}
