package dev.permafrost.proxy.format.pypi;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What a wheel runs on (PEP 425): all combinations of some Pythons, ABIs and platforms, as a file name has them, {@code
 * py2.py3-none-any}.
 */
record WheelTags(Set<String> pythons, Set<String> abis, Set<String> platforms) {
    /** Most combinations that are looked at; a wheel has some dozens at most. */
    private static final int COMBINATIONS_MAX = 1_000;

    private static final int PARTS = 3;

    /** Those of a wheel of that name. */
    static WheelTags ofFile(String filename) {
        String stem = filename.substring(0, filename.lastIndexOf('.'));
        String[] parts = stem.split("-", -1);
        return of(List.of(parts).subList(parts.length - PARTS, parts.length));
    }

    private static WheelTags of(List<String> parts) {
        return new WheelTags(set(parts.get(0)), set(parts.get(1)), set(parts.get(2)));
    }

    private static Set<String> set(String joined) {
        return Set.copyOf(List.of(joined.toLowerCase(Locale.ROOT).split("\\.", -1)));
    }

    /**
     * Whether these are the same as those that a WHEEL says, which should say each combination by itself; poetry has them
     * joined there too.
     */
    boolean agreeWith(List<String> said) {
        long wanted = (long) pythons.size() * abis.size() * platforms.size();
        if (wanted > COMBINATIONS_MAX || said.size() > COMBINATIONS_MAX) {
            return false;
        }
        Set<List<String>> seen = new HashSet<>();
        for (String tag : said) {
            List<String> parts = List.of(tag.split("-", -1));
            if (parts.size() != PARTS) {
                return false;
            }
            WheelTags some = of(parts);
            if (!pythons.containsAll(some.pythons)
                    || !abis.containsAll(some.abis)
                    || !platforms.containsAll(some.platforms)) {
                return false;
            }
            some.addTo(seen);
        }
        return seen.size() == wanted;
    }

    private void addTo(Set<List<String>> combinations) {
        for (String python : pythons) {
            for (String abi : abis) {
                platforms.forEach(platform -> combinations.add(List.of(python, abi, platform)));
            }
        }
    }
}
