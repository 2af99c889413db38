package dev.permafrost.proxy.format.yum.createrepo;

import java.nio.file.Path;
import java.util.Comparator;

/**
 * A package's file.
 *
 * @param file where it is here
 * @param href where clients find it
 */
record FoundPackage(Path file, String href) {
    /** The order of packages in lists: by the names of their files, then by their folders. */
    static final Comparator<FoundPackage> ORDER =
            Comparator.comparing(FoundPackage::name).thenComparing(each -> String.valueOf(each.file.getParent()));

    private String name() {
        return String.valueOf(file.getFileName());
    }
}
