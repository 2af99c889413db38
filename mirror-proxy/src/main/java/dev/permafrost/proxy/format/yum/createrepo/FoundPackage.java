package dev.permafrost.proxy.format.yum.createrepo;

import java.nio.file.Path;
import java.util.Comparator;

/**
 * A package's file.
 *
 * @param file where it is here
 * @param path where it is below the folder, its name in UTF-8
 * @param href where clients find it
 */
record FoundPackage(Path file, String path, String href) {
    /** The order of packages in lists: by the names of their files, then by their folders. */
    static final Comparator<FoundPackage> ORDER =
            Comparator.comparing(FoundPackage::name).thenComparing(FoundPackage::folder);

    private String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private String folder() {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }
}
