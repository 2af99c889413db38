package dev.permafrost.proxy.format.yum;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which packages somebody means: {@code bash}, {@code bash.x86_64}, {@code bash-4.2.46}, {@code bash-4.2.46-31.el7}, with its
 * architecture or without, as dnf takes it, or the name of a file; and each of them with wildcards. An epoch is passed over, since names of
 * files have none.
 */
final class PackageQuery {
    private static final Pattern EPOCH = Pattern.compile("(^|-)\\d+:");
    private static final Pattern WILD = Pattern.compile("[*?]|\\[.+]");

    /** Parts of what is asked that may be a version, a release with its architecture. */
    private static final int PARTS_BEHIND_NAME = 2;

    private final String asked;
    private final @Nullable Wildcards pattern;

    /**
     * What is asked.
     *
     * @throws IllegalArgumentException saying what is wrong with a pattern
     */
    PackageQuery(String asked) {
        this.asked = EPOCH.matcher(asked).replaceFirst("$1");
        this.pattern = WILD.matcher(this.asked).find() ? new Wildcards(this.asked) : null;
    }

    /** Whether a file is meant, by its path. */
    boolean matches(String path) {
        String file = path.substring(path.lastIndexOf('/') + 1);
        Wildcards wild = pattern;
        if (wild != null) {
            return wild.fits(file) || isCalled(file, wild::fits);
        }
        if (file.equals(asked)) {
            return true;
        }
        // most names are told from others by how they begin
        return file.startsWith(asked.substring(0, Math.min(1, asked.length()))) && isCalled(file, asked::equals);
    }

    private static boolean isCalled(String file, Predicate<String> asked) {
        return Nevra.parse(file)
                .filter(nevra -> PackageFilter.forms(nevra).stream().anyMatch(asked))
                .isPresent();
    }

    /** Names that may be meant, the longest first; none where there are wildcards. */
    List<String> names() {
        List<String> names = new ArrayList<>();
        if (pattern == null) {
            names.add(asked);
            Nevra.parse(asked).ifPresent(nevra -> names.add(nevra.name()));
            int dot = asked.lastIndexOf('.');
            if (dot > 0) {
                names.add(asked.substring(0, dot));
            }
            int dash = asked.lastIndexOf('-');
            for (int i = 0; i < PARTS_BEHIND_NAME && dash > 0; i++) {
                names.add(asked.substring(0, dash));
                dash = asked.lastIndexOf('-', dash - 1);
            }
        }
        return names.stream()
                .distinct()
                .sorted((a, b) -> Integer.compare(b.length(), a.length()))
                .toList();
    }
}
