package dev.permafrost.proxy.format.yum;

import java.util.regex.Pattern;

/**
 * Which packages somebody means: {@code bash}, {@code bash.x86_64}, {@code bash-4.2.46}, {@code bash-4.2.46-31.el7}, with its
 * architecture or without, as dnf takes it, or the name of a file. An epoch is passed over, since names of files have none.
 */
final class PackageQuery {
    private static final Pattern EPOCH = Pattern.compile("(^|-)\\d+:");

    private final String asked;

    PackageQuery(String asked) {
        this.asked = EPOCH.matcher(asked).replaceFirst("$1");
    }

    /** Whether a file is meant, by its path. */
    boolean matches(String path) {
        String file = path.substring(path.lastIndexOf('/') + 1);
        if (file.equals(asked)) {
            return true;
        }
        // most names are told from others by how they begin
        return file.startsWith(asked.substring(0, Math.min(1, asked.length())))
                && Nevra.parse(file).filter(this::matches).isPresent();
    }

    private boolean matches(Nevra nevra) {
        String version = nevra.name() + "-" + nevra.version();
        String release = version + "-" + nevra.release();
        return asked.equals(nevra.name())
                || asked.equals(nevra.name() + "." + nevra.arch())
                || asked.equals(version)
                || asked.equals(release)
                || asked.equals(release + "." + nevra.arch());
    }
}
