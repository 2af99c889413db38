package dev.permafrost.proxy.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Guesses which key was meant by one that does not exist. */
final class Suggestion {
    private static final int DISTANCE_MAX = 3;

    private Suggestion() {}

    /** The known key here that is nearest in spelling, or the place where there is a key of that name; if any. */
    static Optional<String> of(String key, String path, Collection<String> known) {
        String plain = kebab(key);
        Optional<String> near = known.stream()
                .sorted()
                .min(Comparator.comparingInt(candidate -> distance(plain, candidate)))
                .filter(candidate -> distance(plain, candidate) <= Math.min(DISTANCE_MAX, candidate.length() / 2));
        return near.or(() -> elsewhere(plain, path));
    }

    private static Optional<String> elsewhere(String key, String path) {
        return ConfigBinder.PATHS.stream()
                .filter(candidate ->
                        candidate.substring(candidate.lastIndexOf('.') + 1).equals(key))
                .filter(candidate -> !candidate.equals(KeyPath.join(path, key)))
                .findFirst();
    }

    private static String kebab(String key) {
        return key.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").replace('_', '-').toLowerCase(Locale.ROOT);
    }

    /** How many single characters must be inserted, removed or replaced (Levenshtein). */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
