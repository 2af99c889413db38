package dev.permafrost.proxy.format.yum.rpm;

import dev.permafrost.proxy.format.yum.rpm.RpmHeader.Strings;
import dev.permafrost.proxy.format.yum.rpm.RpmHeader.Values;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The files of a package, one after the other, in the header's order. */
final class PackageFiles {
    private static final long TYPE_MASK = 0170000;
    private static final long FOLDER = 0040000;
    private static final long GHOST = 1 << 6;

    private final RpmPackage of;
    private final @Nullable Strings names;
    private final @Nullable Values folderOfName;
    private final List<String> folders = new ArrayList<>();
    private final Values flags;
    private final Values modes;
    private final int count;
    private int read;
    private String path = "";

    private PackageFiles(
            RpmPackage of, @Nullable Strings names, @Nullable Values folderOfName, Values flags, Values modes) {
        this.of = of;
        this.names = names;
        this.folderOfName = folderOfName;
        this.flags = flags;
        this.modes = modes;
        int listed = names == null ? 0 : Math.min(names.count(), Math.min(flags.count(), modes.count()));
        this.count = folderOfName == null ? listed : Math.min(listed, folderOfName.count());
    }

    /** The files of a package; null where it has none. */
    static @Nullable PackageFiles of(RpmPackage rpm) throws BadRpmException {
        RpmHeader header = rpm.header();
        Values flags = header.values(RpmTag.FILEFLAGS);
        Values modes = header.values(RpmTag.FILEMODES);
        if (flags == null || modes == null) {
            return null;
        }
        if (rpm.hasWholePaths()) {
            Strings paths = header.strings(RpmTag.OLDFILENAMES);
            return paths == null ? null : new PackageFiles(rpm, paths, null, flags, modes);
        }
        Strings names = header.strings(RpmTag.BASENAMES);
        Values folderOfName = header.values(RpmTag.DIRINDEXES);
        Strings folders = header.strings(RpmTag.DIRNAMES);
        if (names == null || folderOfName == null || folders == null) {
            return null;
        }
        PackageFiles files = new PackageFiles(rpm, names, folderOfName, flags, modes);
        while (folders.hasNext()) {
            String folder = folders.next();
            rpm.allowance().takeString(folder);
            files.folders.add(folder);
        }
        return files;
    }

    /** Goes to the next file; false where there is none. */
    boolean next() throws BadRpmException {
        if (names == null || read == count) {
            return false;
        }
        String name = names.next();
        path = folderOfName == null ? name : folder(folderOfName.get(read)).concat(name);
        read++;
        return true;
    }

    /** Its whole path. */
    String path() {
        return path;
    }

    /** What it is: {@code dir}, {@code ghost}, or empty for any other. */
    String type() {
        if ((modes.get(read - 1) & TYPE_MASK) == FOLDER) {
            return "dir";
        }
        return (flags.get(read - 1) & GHOST) == 0 ? "" : "ghost";
    }

    /** Whether clients are told of a file at once, since other packages may require it: what yum has always asked for. */
    static boolean isPrimary(String path) {
        return path.startsWith("/etc/") || path.contains("bin/") || path.equals("/usr/lib/sendmail");
    }

    private String folder(long index) throws BadRpmException {
        if (index < 0 || index >= folders.size()) {
            throw BadRpmException.broken(
                    of.title(),
                    "a file in its header is in folder " + index + ", and there are " + folders.size() + " folders");
        }
        return folders.get((int) index);
    }
}
