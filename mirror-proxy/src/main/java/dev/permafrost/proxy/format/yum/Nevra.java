package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.format.yum.rpm.RpmVersions;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What identifies a package: name, epoch, version, release, architecture.
 *
 * @param epoch 0 where none is said
 */
record Nevra(String name, long epoch, String version, String release, String arch) {
    /** By epoch, version and release, as rpm compares them, the oldest first; two may be neither newer without being equal. */
    static final Comparator<Nevra> BY_AGE = Comparator.<Nevra>comparingLong(Nevra::epoch)
            .thenComparing(Nevra::version, RpmVersions::compare)
            .thenComparing(Nevra::release, RpmVersions::compare);

    private static final String SUFFIX = ".rpm";
    private static final long EPOCH_MAX = (1L << 32) - 1;

    /**
     * A package by the name of its file, {@code name-version-release.arch.rpm}, or the same without the suffix; an epoch may be before the
     * version or the name, with a colon. Empty where it is no such name.
     */
    static Optional<Nevra> parse(String text) {
        String rest = text.endsWith(SUFFIX) ? text.substring(0, text.length() - SUFFIX.length()) : text;
        int dot = rest.lastIndexOf('.');
        int dash = dot < 0 ? -1 : rest.lastIndexOf('-', dot);
        int dashBefore = dash <= 0 ? -1 : rest.lastIndexOf('-', dash - 1);
        if (dashBefore < 0) {
            return Optional.empty();
        }
        String name = rest.substring(0, dashBefore);
        String version = rest.substring(dashBefore + 1, dash);
        String release = rest.substring(dash + 1, dot);
        String arch = rest.substring(dot + 1);
        String epoch = "0";
        if (version.indexOf(':') >= 0) {
            epoch = version.substring(0, version.indexOf(':'));
            version = version.substring(epoch.length() + 1);
        } else if (name.indexOf(':') >= 0) {
            epoch = name.substring(0, name.indexOf(':'));
            name = name.substring(epoch.length() + 1);
        }
        OptionalLong number = epoch(epoch);
        if (number.isEmpty() || name.isEmpty() || version.isEmpty() || release.isEmpty() || arch.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new Nevra(name, number.getAsLong(), version, release, arch));
    }

    /** An epoch as it is written, which is a number of 32 bits; empty for anything else. */
    static OptionalLong epoch(String text) {
        OptionalLong number = text.indexOf('.') >= 0 ? OptionalLong.empty() : Numbers.parse(text);
        return number.isPresent() && number.getAsLong() > EPOCH_MAX ? OptionalLong.empty() : number;
    }

    /** {@code name.arch}, by which a newer one takes the place of an older one. */
    String nameAndArch() {
        return name + "." + arch;
    }

    /** What its file is called, by custom. */
    String filename() {
        return name + "-" + version + "-" + release + "." + arch + SUFFIX;
    }

    /** {@code name-epoch:version-release.arch}, the epoch left out where it is 0. */
    @Override
    public String toString() {
        return name + "-" + (epoch == 0 ? "" : epoch + ":") + version + "-" + release + "." + arch;
    }
}
