package dev.permafrost.proxy.config;

import java.util.List;
import java.util.regex.Pattern;

/** Dotted paths of keys, such as {@code repositories.pypi.upstream}; a key that has dots itself is in double quotes. */
final class KeyPath {
    private static final String KEY = "(?:\"[^\"]+\"|[^\".]+)";
    private static final Pattern SEGMENT = Pattern.compile(KEY);
    private static final Pattern PATH = Pattern.compile(KEY + "(?:\\." + KEY + ")*");

    private KeyPath() {}

    /** The path of a key below a path. */
    static String join(String path, String key) {
        String segment = key.isEmpty() || key.indexOf('.') >= 0 ? '"' + key + '"' : key;
        return path.isEmpty() ? segment : path + "." + segment;
    }

    /** The keys of a path from the outermost in; empty for a text that is no path. */
    static List<String> split(String path) {
        if (!PATH.matcher(path).matches()) {
            return List.of();
        }
        return SEGMENT.matcher(path)
                .results()
                .map(segment -> segment.group().replace("\"", ""))
                .toList();
    }
}
