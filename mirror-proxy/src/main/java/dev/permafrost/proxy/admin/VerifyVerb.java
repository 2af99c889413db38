package dev.permafrost.proxy.admin;

import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.check.ScrubOptions;
import dev.permafrost.store.check.ScrubReport;
import dev.permafrost.store.check.Trouble;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Reads all files again, and tells which are not what they are to be, and what can be done.
 *
 * <p>Arguments: {@code bytes-per-second}; {@code threads}; {@code repair}, to move damaged files out of the way; {@code anew}, to begin at
 * the beginning.
 *
 * <p>Result: {@code begun-at}, {@code files}, {@code bytes}, {@code resumed-from}, {@code orphans}, {@code orphan-bytes}, {@code seconds},
 * {@code troubled} (a number), and {@code troubles}, each with {@code fault} ({@code damaged}, {@code wrong-size}, {@code unreadable},
 * {@code missing}), {@code sha256}, {@code size}, {@code why}, {@code moved-away}, {@code entries}, {@code origins}, {@code snapshots} and
 * {@code remedy}.
 */
final class VerifyVerb implements Verb {
    private final MirrorStore store;

    VerifyVerb(MirrorStore store) {
        this.store = store;
    }

    @Override
    public Map<String, Object> run(Map<String, String> arguments, ProgressSink progress) {
        ScrubReport report = store.scrub(options(arguments), progress::progress);
        List<Object> troubles = new ArrayList<>();
        report.troubles().forEach(trouble -> troubles.add(told(trouble)));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("begun-at", report.begunAt().toString());
        result.put("files", report.blobs());
        result.put("bytes", report.bytes());
        result.put("resumed-from", report.resumedFrom());
        result.put("orphans", report.orphans());
        result.put("orphan-bytes", report.orphanBytes());
        result.put("seconds", report.took().toMillis() / 1000.0);
        result.put("troubled", report.troubled());
        result.put("troubles", troubles);
        return result;
    }

    private static Map<String, Object> told(Trouble trouble) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("fault", trouble.fault().name().toLowerCase(Locale.ROOT).replace('_', '-'));
        told.put("sha256", trouble.digest().hex());
        told.put("size", trouble.sizeBytes());
        told.put("why", trouble.why());
        told.put("moved-away", trouble.takenAway());
        told.put(
                "entries", trouble.entries().stream().map(ArtifactKey::toString).toList());
        told.put("origins", trouble.origins());
        told.put("snapshots", trouble.snapshots());
        told.put("remedy", remedy(trouble));
        return told;
    }

    /** What the operator can do. */
    private static String remedy(Trouble trouble) {
        boolean isThere = trouble.fault() != Trouble.Fault.MISSING && !trouble.takenAway();
        if (trouble.fault() == Trouble.Fault.UNREADABLE) {
            return "look at the disk; what can't be read can't be moved either";
        }
        if (trouble.fault() == Trouble.Fault.WRONG_SIZE) {
            return "the index is damaged: stop the server and move the store's folder index away; it is made anew of the journal";
        }
        if (isThere) {
            return "run verify --repair, which moves it to the folder quarantine";
        }
        if (trouble.origins().stream().anyMatch(VerifyVerb::isUrl)) {
            return "a connected server fetches it again when it is asked for, and snapshots have it again then";
        }
        return trouble.entries().isEmpty()
                ? "bring a store that has it, or import the bundle again that it came with"
                : "it was published here: publish it again";
    }

    private static boolean isUrl(String origin) {
        return origin.startsWith("http://") || origin.startsWith("https://");
    }

    private static ScrubOptions options(Map<String, String> arguments) {
        ScrubOptions usual = ScrubOptions.defaults();
        try {
            return new ScrubOptions(
                    Long.parseLong(arguments.getOrDefault("bytes-per-second", "0")),
                    Integer.parseInt(arguments.getOrDefault("threads", Integer.toString(usual.threads()))),
                    arguments.containsKey("repair"),
                    arguments.containsKey("anew"));
        } catch (IllegalArgumentException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, String.valueOf(e.getMessage()), e);
        }
    }
}
