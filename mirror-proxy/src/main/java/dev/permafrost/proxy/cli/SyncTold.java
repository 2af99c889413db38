package dev.permafrost.proxy.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What came of a sync, in words. */
final class SyncTold {
    private SyncTold() {}

    /** Whether all that is wanted is held, or was planned to be. */
    static boolean isComplete(Map<String, Object> result) {
        return Console.number(result.get("failed")) == 0
                && Console.number(result.get("not-tried")) == 0
                && maps(result.get("plans")).stream().noneMatch(plan -> plan.containsKey("failure"));
    }

    static void tell(Map<String, Object> result, boolean planOnly, PrintWriter out) {
        maps(result.get("plans")).forEach(plan -> out.println(plan(plan)));
        String files = result.get("fetch") + " files, " + Console.size(result.get("fetch-bytes"));
        if (planOnly) {
            out.println("To fetch: " + files + "; there is room for " + Console.size(result.get("free-bytes"))
                    + (Boolean.TRUE.equals(result.get("fits")) ? "" : ", which is not enough"));
            return;
        }
        double seconds = result.get("seconds") instanceof Number number ? number.doubleValue() : 0;
        long received = Console.number(result.get("received-bytes"));
        out.println("Synced: " + result.get("fetched") + " files, " + Console.size(received) + " came in "
                + TransferLines.duration((long) Math.ceil(seconds))
                + (seconds > 0 ? ", " + Console.size((long) (received / seconds)) + "/s" : ""));
        if (Console.number(result.get("deleted")) > 0) {
            out.println(
                    "Deleted: " + result.get("deleted") + " packages that upstream lists no more, or are superseded");
        }
        if (result.get("ended") != null) {
            out.println("Ended early, " + result.get("not-tried") + " files not tried: " + result.get("ended"));
        }
        long failed = Console.number(result.get("failed"));
        if (failed > 0) {
            List<Map<?, ?>> failures = maps(result.get("failures"));
            out.println("Failed: " + failed);
            failures.forEach(one -> out.println("  " + one.get("name") + ": " + one.get("reason")));
            if (failures.size() < failed) {
                out.println("  and " + (failed - failures.size()) + " more");
            }
        }
    }

    private static String plan(Map<?, ?> plan) {
        if (plan.containsKey("failure")) {
            return plan.get("of") + " can't be planned: " + plan.get("failure");
        }
        long gone = Console.number(plan.get("gone-count"));
        return plan.get("of") + " lists " + plan.get("listed") + " packages; " + plan.get("wanted") + " are wanted, "
                + plan.get("held") + " of them were held, " + plan.get("fetch") + " ("
                + Console.size(plan.get("fetch-bytes")) + ") to fetch"
                + (gone == 0 ? "" : "; " + gone + " are to go")
                + (plan.get("changes") instanceof Map<?, ?> changes ? changes(changes) : "");
    }

    private static String changes(Map<?, ?> changes) {
        return "; upstream's list since the last run, of " + changes.get("since") + ": " + changes.get("added-count")
                + " added, " + changes.get("changed-count") + " changed, " + changes.get("removed-count") + " removed";
    }

    static List<Map<?, ?>> maps(@Nullable Object list) {
        return list instanceof List<?> all
                ? all.stream()
                        .filter(Map.class::isInstance)
                        .<Map<?, ?>>map(one -> (Map<?, ?>) one)
                        .toList()
                : List.of();
    }
}
