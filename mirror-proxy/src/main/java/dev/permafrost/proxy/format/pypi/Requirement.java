package dev.permafrost.proxy.format.pypi;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a distribution requires, as in {@code requests[security]>=2.8,<3; python_version < "3.8"} (PEP 508).
 *
 * @param name the project's name as it is spelled
 * @param extras the extras of it that are wanted, as they are spelled
 * @param specifiers which versions do; any, where there is a URL
 * @param url where the distribution itself is; null for wherever it is found
 * @param marker where it is required; null for everywhere
 */
record Requirement(
        String name,
        SortedSet<String> extras,
        Specifiers specifiers,
        @Nullable String url,
        @Nullable Marker marker) {
    /** Copies the extras. */
    Requirement {
        extras = Collections.unmodifiableSortedSet(new TreeSet<>(extras));
    }

    /** Reads one; empty for what is none. */
    static Optional<Requirement> parse(String text) {
        return RequirementScanner.read(text, RequirementScanner::requirement);
    }

    /** One spelling of it. */
    @Override
    public String toString() {
        return name
                + (extras.isEmpty() ? "" : "[" + String.join(",", extras) + "]")
                + specifiers
                + (url == null ? "" : " @ " + url + (marker == null ? "" : " "))
                + (marker == null ? "" : "; " + marker);
    }
}
