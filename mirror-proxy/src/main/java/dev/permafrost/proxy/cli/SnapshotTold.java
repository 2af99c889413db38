package dev.permafrost.proxy.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is told of snapshots, and of what was proved of one, in words. */
final class SnapshotTold {
    /** Most that are named of each kind; {@code --json} has more. */
    private static final int NAMED_MAX = 20;

    private static final String RPM = ".rpm";

    private SnapshotTold() {}

    static void list(PrintWriter out, Map<String, Object> result) {
        List<Map<?, ?>> all = maps(result.get("snapshots"));
        if (all.isEmpty()) {
            out.println("No snapshots; make one with: permafrost freeze");
        }
        all.forEach(one -> out.println((Boolean.TRUE.equals(one.get("current")) ? "* " : "  ") + line(one)));
    }

    private static String line(Map<?, ?> one) {
        return one.get("name") + "  " + one.get("created-at") + "  " + one.get("entries") + " files, "
                + Console.size(one.get("blob-bytes")) + "; index: own " + Console.size(one.get("own-bytes"))
                + ", shared " + Console.size(one.get("shared-bytes"))
                + (Boolean.TRUE.equals(one.get("pinned")) ? "; pinned" : "");
    }

    static void show(PrintWriter out, Map<String, Object> result) {
        out.println((Boolean.TRUE.equals(result.get("current")) ? "* " : "  ") + line(result));
        maps(result.get("repositories"))
                .forEach(one -> out.println("    " + one.get("repository") + ": " + one.get("entries") + " files, "
                        + Console.size(one.get("bytes"))));
        out.println("    nothing else has " + result.get("sole-blobs") + " of its blobs, "
                + Console.size(result.get("sole-bytes")));
    }

    static void diff(PrintWriter out, Map<String, Object> result) {
        List<String> counts = new ArrayList<>();
        for (String kind : List.of("added", "removed", "changed", "yanked", "unyanked")) {
            if (result.get(kind) instanceof Map<?, ?> changes) {
                long count = Console.number(changes.get("count"));
                List<Map<?, ?>> files = maps(changes.get("files"));
                files.forEach(file -> out.printf("%-9s %s: %s%n", kind, file.get("repository"), name(file.get("key"))));
                if (files.size() < count) {
                    out.println(kind + ": and " + (count - files.size()) + " more");
                }
                long bytes = Console.number(changes.get("bytes"));
                counts.add(count + " " + kind + (bytes == 0 ? "" : " (" + Console.size(bytes) + ")"));
            }
        }
        out.println(String.join(", ", counts));
    }

    /** A package by its name, version and architecture; anything else by its key. */
    private static String name(@Nullable Object key) {
        String whole = String.valueOf(key);
        return whole.endsWith(RPM) ? whole.substring(whole.lastIndexOf('/') + 1, whole.length() - RPM.length()) : whole;
    }

    /** What was proved of a snapshot. */
    static void proof(PrintWriter out, Map<?, ?> proof) {
        if (proof.get("blobs") instanceof Map<?, ?> blobs) {
            boolean read = Boolean.TRUE.equals(blobs.get("read"));
            long faults = Console.number(blobs.get("missing"))
                    + Console.number(blobs.get("other-size"))
                    + Console.number(blobs.get("damaged"));
            out.println("Proof: of " + blobs.get("blobs") + " blobs "
                    + (faults == 0 ? "all are there" : faults + " are missing or damaged")
                    + (read ? ", and every one was read" : "; --verify reads them too"));
            first(
                    out,
                    maps(blobs.get("faults")),
                    faults,
                    one -> one.get("blob") + ": " + one.get("what") + "; it is " + one.get("names"));
        }
        maps(proof.get("repositories")).forEach(one -> repository(out, one));
        List<Map<?, ?>> inVain = maps(proof.get("asked-in-vain"));
        if (!inVain.isEmpty()) {
            out.println("  asked for in vain: " + inVain.size());
            first(
                    out,
                    inVain,
                    inVain.size(),
                    one -> one.get("what") + ", " + one.get("times") + " times; " + one.get("command"));
        }
        out.println("  " + (Boolean.TRUE.equals(proof.get("complete")) ? "It is complete." : "It is not complete."));
    }

    private static void repository(PrintWriter out, Map<?, ?> one) {
        StringBuilder line = new StringBuilder("  " + one.get("repository") + ": " + one.get("listed")
                + " files are listed, all of them held; upstream names " + one.get("named"));
        if (one.get("left-out-by") instanceof Map<?, ?> reasons && !reasons.isEmpty()) {
            List<String> why = new ArrayList<>();
            reasons.forEach((reason, count) -> why.add(count + " (" + reason + ")"));
            line.append(", left out are ").append(String.join(", ", why));
        }
        out.println(line);
        long wanting = Console.number(one.get("wanting-count"));
        if (wanting > 0) {
            out.println("  " + one.get("repository") + ": wanting are " + wanting);
            first(
                    out,
                    maps(one.get("wanting")),
                    wanting,
                    want -> want.get("name") + ": " + want.get("why") + "; " + want.get("command"));
        }
    }

    private static void first(PrintWriter out, List<Map<?, ?>> all, long count, Function<Map<?, ?>, String> line) {
        all.stream().limit(NAMED_MAX).forEach(one -> out.println("    " + line.apply(one)));
        if (count > NAMED_MAX) {
            out.println("    and " + (count - NAMED_MAX) + " more, which --json names");
        }
    }

    private static List<Map<?, ?>> maps(@Nullable Object list) {
        List<Map<?, ?>> all = new ArrayList<>();
        if (list instanceof List<?> objects) {
            for (Object one : objects) {
                if (one instanceof Map<?, ?> map) {
                    all.add(map);
                }
            }
        }
        return all;
    }
}
