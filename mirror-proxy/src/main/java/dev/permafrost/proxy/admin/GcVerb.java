package dev.permafrost.proxy.admin;

import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.check.GcReport;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Deletes the files that nothing names.
 *
 * <p>Arguments: {@code dry-run}, to do no more than search; {@code keep-seconds}, how old a file must be.
 *
 * <p>Result: {@code dry-run}, {@code snapshots}, {@code named}, {@code deleted}, {@code deleted-bytes}, {@code young}, {@code young-bytes},
 * {@code wanted-again}, {@code rows}, {@code missing}, {@code marking-seconds}, {@code seconds}, and {@code stopped} (why, where it ended
 * early): as {@link GcReport} has them.
 */
final class GcVerb implements Verb {
    private final MirrorStore store;

    GcVerb(MirrorStore store) {
        this.store = store;
    }

    @Override
    public Map<String, Object> run(Map<String, String> arguments, ProgressSink progress) {
        GcReport report = store.collectGarbage(arguments.containsKey("dry-run"), keep(arguments), progress::progress);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("dry-run", report.dryRun());
        result.put("snapshots", report.snapshots());
        result.put("named", report.named());
        result.put("deleted", report.deleted());
        result.put("deleted-bytes", report.deletedBytes());
        result.put("young", report.young());
        result.put("young-bytes", report.youngBytes());
        result.put("wanted-again", report.wantedAgain());
        result.put("rows", report.rows());
        result.put("missing", report.missing());
        result.put("marking-seconds", report.marking().toMillis() / 1000.0);
        result.put("seconds", report.marking().plus(report.sweeping()).toMillis() / 1000.0);
        String stopped = report.stopped();
        if (stopped != null) {
            result.put("stopped", stopped);
        }
        return result;
    }

    private static Duration keep(Map<String, String> arguments) {
        String seconds = arguments.getOrDefault("keep-seconds", "");
        try {
            return seconds.isEmpty() ? MirrorStore.GARBAGE_KEPT : Duration.ofSeconds(Long.parseUnsignedLong(seconds));
        } catch (NumberFormatException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, "keep-seconds is no number: " + seconds, e);
        }
    }
}
