package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.format.yum.sqlite.MetadataDatabase;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What files are in packages: a row for each folder, with the names in it joined by slashes, and a letter for the type of each. */
final class FilelistsRows implements PackageRows {
    /** Most folders of one package; kernels with all of their sources have some thousands. */
    static final int FOLDERS_MAX = 100_000;

    /** Most characters of the paths of one package, all of which are in memory at once; 300,000 files have 20 million. */
    static final int PATH_CHARS_MAX = 32 << 20;

    private final MetadataDatabase database;

    /** What is in a folder. */
    private static final class Folder {
        private final StringBuilder names = new StringBuilder();
        private final StringBuilder types = new StringBuilder();

        void add(String name, char type) {
            if (!names.isEmpty()) {
                names.append('/');
            }
            // the root, which is a file of some packages, has no name in its folder
            names.append(name.isEmpty() ? "/" : name);
            types.append(type);
        }
    }

    FilelistsRows(MetadataDatabase database) {
        this.database = database;
    }

    @Override
    public void add(YumXml element) {
        long key = database.nextPackage();
        element.child();
        database.insert("packages", key, element.attribute("pkgid"));
        int chars = 0;
        Map<String, Folder> folders = new LinkedHashMap<>();
        for (String child = element.child(); child != null; child = element.child()) {
            if (child.equals("file")) {
                char type = type(element.attribute("type"));
                String path = element.content();
                chars += path.length();
                if (chars > PATH_CHARS_MAX) {
                    throw element.tooLarge("the paths of one package have more than " + PATH_CHARS_MAX + " characters");
                }
                int slash = path.lastIndexOf('/') + 1;
                folders.computeIfAbsent(path.substring(0, slash), any -> new Folder())
                        .add(path.substring(slash), type);
                if (folders.size() > FOLDERS_MAX) {
                    throw element.tooLarge("one package has files in more than " + FOLDERS_MAX + " folders");
                }
            } else {
                element.skip();
            }
        }
        element.end();
        folders.forEach((path, folder) ->
                database.insert("filelist", key, name(path), folder.names.toString(), folder.types.toString()));
    }

    private static char type(@Nullable String type) {
        return "dir".equals(type) ? 'd' : "ghost".equals(type) ? 'g' : 'f';
    }

    /** A folder without the slashes at its end. */
    private static String name(String path) {
        int end = path.length();
        while (end > 1 && path.charAt(end - 1) == '/') {
            end--;
        }
        return end == 0 ? "." : path.substring(0, end);
    }
}
