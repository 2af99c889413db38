package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.hosted.RefusedUploadException;
import dev.permafrost.proxy.repo.PlainText;

/** Where in a repository of one's own a package may lie. */
final class HostedPath {
    private static final String SUFFIX = ".rpm";
    private static final int CHARS_MAX = 1024;

    private HostedPath() {}

    /** Whether a file may be a package, by its name. */
    static boolean isPackage(String filename) {
        return filename.endsWith(SUFFIX) && filename.length() > SUFFIX.length();
    }

    /**
     * Checks a path.
     *
     * @throws RefusedUploadException if no client could ask for it, or it means something else
     */
    static void require(String path) throws RefusedUploadException {
        if (path.length() > CHARS_MAX) {
            throw refused(path, "it has more than " + CHARS_MAX + " characters");
        }
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            // what no encoding was found for is U+FFFD
            if (Character.isISOControl(c)
                    || c >= '\ufffd'
                    || "\\?#%".indexOf(c) >= 0
                    || PlainText.isLoneSurrogate(path, i)) {
                throw refused(path, "it has control characters, or such that no client can ask for");
            }
        }
        String[] segments = path.split("/", -1);
        for (String segment : segments) {
            if (segment.isEmpty() || segment.startsWith(".")) {
                throw refused(path, "it has two slashes in a row, or a name that begins with a dot");
            }
        }
        if (Repodata.isBelow(path)) {
            throw refused(path, "it is in repodata/, where metadata is");
        }
        if (!isPackage(segments[segments.length - 1])) {
            throw refused(path, "its name does not end in " + SUFFIX);
        }
    }

    private static RefusedUploadException refused(String path, String why) {
        return new RefusedUploadException(PlainText.quoted(path) + " can't be where a package is: " + why);
    }
}
