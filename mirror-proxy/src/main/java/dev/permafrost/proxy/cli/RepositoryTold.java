package dev.permafrost.proxy.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is told of lists of packages, as text. */
final class RepositoryTold {
    private static final List<String> KINDS =
            List.of("added", "removed", "upgraded", "downgraded", "rebuilt", "old-added", "old-removed");

    private RepositoryTold() {}

    /** What has changed: a line for each package, what has changed first. */
    static void diff(PrintWriter out, Map<String, Object> told) {
        out.println("from " + list(told.get("from")));
        out.println("to   " + list(told.get("to")));
        StringBuilder counts = new StringBuilder();
        for (String kind : KINDS) {
            long count = Console.number(told.get(kind + "-count"));
            counts.append(counts.isEmpty() ? "" : ", ")
                    .append(count)
                    .append(' ')
                    .append(kind);
            List<?> changes = items(told.get(kind));
            changes.forEach(change -> out.println(padded(kind) + change(kind, (Map<?, ?>) change)));
            more(out, padded(kind), count - changes.size());
        }
        out.println(counts);
    }

    private static String padded(String kind) {
        return kind + " ".repeat(Math.max(1, "old-removed ".length() - kind.length()));
    }

    private static String change(String kind, Map<?, ?> change) {
        return switch (kind) {
            case "upgraded", "downgraded" -> change.get("from") + " -> " + change.get("to");
            default -> String.valueOf(change.containsKey("to") ? change.get("to") : change.get("from"));
        };
    }

    /** What nobody needs: a line for each package. */
    static void duplicates(PrintWriter out, Map<String, Object> told) {
        items(told.get("directories")).forEach(dir -> directory(out, (Map<?, ?>) dir));
    }

    /** What was deleted: a line for each package. */
    static void deleted(PrintWriter out, Map<String, Object> told) {
        List<?> paths = items(told.get("deleted"));
        long count = Console.number(told.get("deleted-count"));
        paths.forEach(path -> out.println("  " + path));
        more(out, "  ", count - paths.size());
        out.println("Deleted: " + count + " packages that are superseded");
    }

    private static void directory(PrintWriter out, Map<?, ?> told) {
        out.println(list(told));
        items(told.get("superseded")).forEach(one -> {
            Map<?, ?> file = (Map<?, ?>) one;
            out.println("  superseded " + file.get("package") + " by " + file.get("by") + ": " + file(file));
        });
        more(
                out,
                "  superseded ",
                Console.number(told.get("superseded-count"))
                        - items(told.get("superseded")).size());
        items(told.get("duplicates")).forEach(one -> {
            Map<?, ?> same = (Map<?, ?>) one;
            List<?> copies = items(same.get("copies"));
            out.println("  listed " + copies.size() + " times " + same.get("package"));
            copies.forEach(
                    copy -> out.println("    " + file((Map<?, ?>) copy) + ", " + ((Map<?, ?>) copy).get("checksum")));
        });
        more(
                out,
                "  listed more than once ",
                Console.number(told.get("duplicates-count"))
                        - items(told.get("duplicates")).size());
        out.println("  " + sum(told, "superseded", " superseded") + "; "
                + sum(told, "duplicates", " listed more than once"));
    }

    private static String sum(Map<?, ?> told, String kind, String words) {
        return Console.number(told.get(kind + "-count")) + words + ": " + Console.size(told.get(kind + "-bytes"))
                + " to save, " + Console.size(told.get(kind + "-held-bytes")) + " of that held";
    }

    private static String file(Map<?, ?> file) {
        return file.get("path") + ", " + file.get("bytes") + " bytes"
                + (Boolean.TRUE.equals(file.get("held")) ? ", held" : "");
    }

    private static void more(PrintWriter out, String kind, long more) {
        if (more > 0) {
            out.println(kind + "and " + more + " more");
        }
    }

    private static String list(@Nullable Object told) {
        Map<?, ?> list = told instanceof Map<?, ?> map ? map : Map.of();
        return list.get("repository") + ": " + list.get("directory") + ", revision " + list.get("revision") + " of "
                + list.get("made-at") + ", " + Console.number(list.get("packages")) + " packages";
    }

    private static List<?> items(@Nullable Object value) {
        return value instanceof List<?> all ? all : List.of();
    }
}
