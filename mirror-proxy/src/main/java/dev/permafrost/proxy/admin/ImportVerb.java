package dev.permafrost.proxy.admin;

import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.Deletions;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.transfer.BundleImport;
import dev.permafrost.store.transfer.ImportReport;
import dev.permafrost.store.transfer.Keyring;
import java.io.File;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Takes a bundle into the store that this process owns. Arguments: {@code from} (folders, separated as in a path), {@code keys} (the folder
 * of keys), {@code dry-run}, {@code no-current}, {@code new-sender}. Result: as {@link #result} says.
 */
public final class ImportVerb implements Verb {
    private static final String DRY_RUN = "dry-run";
    private static final String NO_CURRENT = "no-current";
    private static final String NEW_SENDER = "new-sender";

    private final MirrorStore store;

    ImportVerb(MirrorStore store) {
        this.store = store;
    }

    /** How to import, as arguments of this verb. */
    public static Map<String, String> arguments(BundleImport.Wanted wanted) {
        Map<String, String> arguments = new HashMap<>();
        if (wanted.isDry()) {
            arguments.put(DRY_RUN, "");
        }
        if (!wanted.makesCurrent()) {
            arguments.put(NO_CURRENT, "");
        }
        if (wanted.isNewSender()) {
            arguments.put(NEW_SENDER, "");
        }
        return arguments;
    }

    @Override
    public Map<String, Object> run(Map<String, String> arguments, ProgressSink progress) {
        BundleImport.Wanted wanted = new BundleImport.Wanted(
                arguments.containsKey(DRY_RUN), !arguments.containsKey(NO_CURRENT), arguments.containsKey(NEW_SENDER));
        List<Path> from = Stream.of(arguments.getOrDefault("from", "").split(File.pathSeparator, -1))
                .map(Path::of)
                .toList();
        Keyring keys = Keyring.in(Path.of(arguments.getOrDefault("keys", "")));
        // until the snapshot is there, nothing names what comes
        Deletions.Keeping kept = store.keepAllBlobs();
        try {
            return result(new BundleImport(store.root(), FileOps.system(), keys, wanted, progress::progress, () -> {})
                    .from(from));
        } finally {
            kept.close();
        }
    }

    /**
     * What an import has to tell: {@code snapshot}, {@code base} ("" for none), {@code sender}, {@code signer}, {@code outcome} (imported,
     * there-already, checked), {@code current} (whether that names it), {@code repositories}, {@code entries-put}, {@code entries-deleted},
     * {@code blobs-taken}, {@code bytes-taken}.
     */
    public static Map<String, Object> result(ImportReport report) {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("snapshot", report.snapshot().name());
        result.put("base", report.base().map(base -> base.name()).orElse(""));
        result.put("sender", report.sender());
        result.put("signer", report.signer().toString());
        result.put(
                "outcome",
                switch (report.outcome()) {
                    case TAKEN -> "imported";
                    case THERE_ALREADY -> "there-already";
                    case CHECKED -> "checked";
                });
        result.put("current", report.isCurrent());
        result.put("repositories", report.repositories());
        result.put("entries-put", report.entriesPut());
        result.put("entries-deleted", report.entriesDeleted());
        result.put("blobs-taken", report.blobsTaken());
        result.put("bytes-taken", report.bytesTaken());
        return result;
    }
}
