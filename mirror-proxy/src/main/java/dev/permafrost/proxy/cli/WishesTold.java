package dev.permafrost.proxy.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Map;

/** What came of a list of wishes, in words. */
final class WishesTold {
    private WishesTold() {}

    static void tell(Map<String, Object> result, boolean planOnly, PrintWriter out) {
        out.println(result.get("wishes") + " wishes"
                + (result.containsKey("signer")
                        ? ", signed by " + result.get("signer") + " (" + result.get("signer-key") + ")"
                        : ", whoever signed them"));
        List<Map<?, ?>> plans = SyncTold.maps(result.get("plans"));
        plans.stream()
                .filter(plan -> !plan.containsKey("failure"))
                .forEach(plan -> out.println(plan.get("of") + ": " + plan.get("wanted") + " files"));
        if (planOnly) {
            plans.stream()
                    .filter(plan -> plan.containsKey("failure"))
                    .forEach(plan -> out.println(plan.get("of") + " can't be had: " + plan.get("failure")));
            return;
        }
        out.println("Held now: " + result.get("fetched") + " files");
        if (result.get("ended") != null) {
            out.println("Ended early, " + result.get("not-tried") + " files not tried: " + result.get("ended"));
        }
        long failed = Console.number(result.get("failed"));
        if (failed > 0) {
            out.println("Not to be had: " + failed);
            SyncTold.maps(result.get("failures"))
                    .forEach(one -> out.println("  " + one.get("name") + ": " + one.get("reason")));
        }
    }
}
