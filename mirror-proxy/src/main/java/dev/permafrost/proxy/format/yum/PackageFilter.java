package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Which of a repository's packages are wanted, each looked at by itself.
 *
 * @param arches of which architectures; of all where there is none
 * @param sources whether packages of sources are wanted as well where there are architectures, and nothing else where there are none
 * @param includes what of them is wanted; all where there is none
 * @param excludes what of that is not
 */
record PackageFilter(Set<String> arches, boolean sources, List<Wildcards> includes, List<Wildcards> excludes) {
    /** Wishes: architectures, with commas between them. */
    static final String ARCH = "arch";

    /** Wishes: packages of sources; present or absent. */
    static final String SOURCE = "source";

    /** Wishes: patterns, one a line, of which one has to fit. */
    static final String INCLUDE = "include";

    /** Wishes: patterns, one a line, of which none may fit. */
    static final String EXCLUDE = "exclude";

    private static final Set<String> OF_SOURCES = Set.of("src", "nosrc");

    /** Copies the collections. */
    PackageFilter {
        arches = Set.copyOf(arches);
        includes = List.copyOf(includes);
        excludes = List.copyOf(excludes);
    }

    /**
     * What is wished.
     *
     * @throws StoreException BAD_REQUEST for what is no pattern
     */
    static PackageFilter of(Map<String, String> wishes) {
        Set<String> arches = new TreeSet<>();
        Stream.of(wishes.getOrDefault(ARCH, "").split(","))
                .map(String::strip)
                .filter(arch -> !arch.isEmpty())
                .forEach(arches::add);
        if (!arches.isEmpty()) {
            arches.add("noarch");
        }
        return new PackageFilter(
                arches, wishes.containsKey(SOURCE), patterns(wishes, INCLUDE), patterns(wishes, EXCLUDE));
    }

    private static List<Wildcards> patterns(Map<String, String> wishes, String key) {
        List<Wildcards> all = new ArrayList<>();
        for (String line : wishes.getOrDefault(key, "").lines().toList()) {
            if (line.isBlank()) {
                continue;
            }
            try {
                all.add(new Wildcards(line.strip()));
            } catch (IllegalArgumentException e) {
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        "--" + key + " " + PlainText.quoted(line) + " " + e.getMessage()
                                + "; write a name such as 'kernel*', or more of it: 'bash-4.2*.x86_64'",
                        e);
            }
        }
        return all;
    }

    /** Whether a package is wanted. */
    boolean wants(Nevra nevra) {
        if (!wantsArch(nevra.arch())) {
            return false;
        }
        if (includes.isEmpty() && excludes.isEmpty()) {
            return true;
        }
        List<String> forms = forms(nevra);
        return (includes.isEmpty() || fits(includes, forms)) && !fits(excludes, forms);
    }

    private boolean wantsArch(String arch) {
        if (OF_SOURCES.contains(arch)) {
            return sources || arches.isEmpty() || arches.contains(arch);
        }
        return arches.isEmpty() ? !sources : arches.contains(arch);
    }

    private static boolean fits(List<Wildcards> patterns, List<String> forms) {
        return patterns.stream().anyMatch(pattern -> forms.stream().anyMatch(pattern::fits));
    }

    /** How it may be written, as dnf takes it. */
    static List<String> forms(Nevra nevra) {
        String version = nevra.name() + "-" + nevra.version();
        String release = version + "-" + nevra.release();
        String epoch = nevra.name() + "-" + nevra.epoch() + ":" + nevra.version() + "-" + nevra.release();
        return List.of(
                nevra.name(),
                nevra.name() + "." + nevra.arch(),
                version,
                release,
                release + "." + nevra.arch(),
                epoch,
                epoch + "." + nevra.arch(),
                nevra.epoch() + ":" + release + "." + nevra.arch());
    }
}
