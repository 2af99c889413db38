package dev.permafrost.proxy.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is told of a repository of RPMs, as text. */
final class ExplainedPackages {
    private ExplainedPackages() {}

    /** Whether that is what was told. */
    static boolean isOne(Map<String, Object> told) {
        return told.containsKey("asked");
    }

    static void print(PrintWriter out, Map<String, Object> told) {
        List<?> files = list(told.get("files"));
        long found = Console.number(told.get("found"));
        out.println(told.get("asked") + " in " + told.get("repository") + ": " + found
                + (found == 1 ? " file, " : " files, ") + Console.number(told.get("served")) + " served");
        list(told.get("left-out"))
                .forEach(dir ->
                        out.println("  metadata of " + dir + " is left out: nobody can tell what is held of it"));
        if (files.isEmpty()) {
            List<?> dirs = list(told.get("directories"));
            out.println(
                    dirs.isEmpty()
                            ? "  no metadata is held: no client has asked for any yet"
                            : "  no list names it; metadata is held of " + words(dirs));
            list(told.get("others")).forEach(other -> printOther(out, (Map<?, ?>) other));
        }
        files.forEach(file -> printFile(out, (Map<?, ?>) file));
        if (told.get("unreadable") instanceof Map<?, ?> dirs) {
            dirs.forEach((dir, why) ->
                    out.println("  what else the list of " + dir + " has is not told, since it can't be read: " + why));
        }
        long more = found - files.size();
        if (more > 0) {
            out.println("  and " + more + " more");
        }
    }

    private static void printFile(PrintWriter out, Map<?, ?> file) {
        boolean served = Boolean.TRUE.equals(file.get("served"));
        out.println("  " + (served ? "served  " : "refused ") + file.get("path"));
        out.println("          " + file.get(served ? "note" : "refusal"));
        if (Boolean.TRUE.equals(file.get("held"))) {
            out.println(
                    "          held: sha256 " + file.get("held-sha256") + ", " + Console.size(file.get("held-bytes"))
                            + ", since " + file.get("held-at") + ", proved by " + proof(file.get("verified")));
        }
        for (Object one : list(file.get("listed"))) {
            Map<?, ?> list = (Map<?, ?>) one;
            out.println("          " + (Boolean.TRUE.equals(list.get("newest")) ? "listed" : "listed before")
                    + " by the "
                    + list.get("list") + " of " + list.get("directory") + ", revision " + list.get("revision") + " of "
                    + list.get("made-at") + ", looked at " + list.get("fetched-at")
                    + (Boolean.TRUE.equals(list.get("signed")) ? ", signed" : "") + ": " + list.get("checksum")
                    + (list.containsKey("bytes") ? ", " + list.get("bytes") + " bytes" : ""));
        }
        if (list(file.get("listed")).size() > 1 && file.containsKey("since")) {
            out.println("          the same since revision " + file.get("since-revision") + " of " + file.get("since")
                    + " or before");
        }
        list(file.get("upstream")).forEach(url -> out.println("          upstream: " + url));
        if (Boolean.TRUE.equals(file.get("modular"))) {
            out.println("          a stream of modules has it: clients see it where that is enabled");
        }
        printVersions(out, file, "newer");
        printVersions(out, file, "older");
    }

    private static void printVersions(PrintWriter out, Map<?, ?> file, String which) {
        List<?> shown = list(file.get(which));
        long more = Console.number(file.get(which + "-count")) - shown.size();
        if (!shown.isEmpty()) {
            out.println("          " + which + " in that directory: " + words(shown)
                    + (more > 0 ? ", and " + more + " more" : ""));
        }
    }

    private static void printOther(PrintWriter out, Map<?, ?> other) {
        out.println("  there is " + other.get("package") + " in " + other.get("directory")
                + (Boolean.TRUE.equals(other.get("modular")) ? ", of a stream of modules" : ""));
    }

    private static String proof(@Nullable Object verified) {
        return switch (String.valueOf(verified)) {
            case "digest" -> "its checksum";
            case "signature" -> "a signature";
            case "length" -> "its length alone";
            default -> "nothing";
        };
    }

    private static List<?> list(@Nullable Object value) {
        return value instanceof List<?> all ? all : List.of();
    }

    private static String words(List<?> dirs) {
        return String.join(", ", dirs.stream().map(Object::toString).toList());
    }
}
