package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.admin.ImportVerb;
import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.ReceivingStore;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.transfer.BundleImport;
import dev.permafrost.store.transfer.ImportReport;
import dev.permafrost.store.transfer.Keyring;
import java.io.File;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Takes a signed bundle in: in this process where the store is frozen or new, else by whoever owns it. */
@Command(
        name = "import",
        mixinStandardHelpOptions = true,
        description = {
            "Takes in a bundle that was exported elsewhere: a snapshot more, which 'current' names from then on.",
            "Its signature is checked first, by the keys that are trusted here ('permafrost key trust'), and every byte before"
                    + " anything of it can be seen. A bundle that is refused leaves the snapshots as they were; one that was"
                    + " interrupted is gone on with by the same command."
        })
final class ImportCommand implements Callable<Integer> {
    @Mixin
    private StoreOptions options = new StoreOptions();

    @Mixin
    private KeyOptions keys = new KeyOptions();

    @Option(
            names = "--from",
            required = true,
            paramLabel = "DIR",
            description =
                    "A folder with the bundle, or with one of its volumes; may be given for each. Or - for a pipe.")
    private List<String> from = List.of();

    @Option(names = "--dry-run", description = "Reads and checks all of it, and writes nothing.")
    private boolean isDry;

    @Option(names = "--no-current", description = "Leaves 'current' as it is.")
    private boolean keepsCurrent;

    @Option(names = "--new-sender", description = "Takes it though the snapshots before were signed by another key.")
    private boolean isNewSender;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console console = Console.of(spec);
        Path root = options.root();
        Keyring keyring = keys.keyring(options);
        boolean isPipe = from.equals(List.of("-"));
        boolean isLive = MirrorStore.isStore(root) && !MirrorStore.isFrozenByNature(root);
        BundleImport.Wanted wanted = new BundleImport.Wanted(isDry, !keepsCurrent, isNewSender);
        if (isLive && isPipe) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    root
                            + " fills from upstream, and whoever owns it can't read this pipe; unpack the bundle first: tar -x -C"
                            + " DIR, and import --from DIR");
        }
        List<Path> folders = from.stream()
                .map(name -> Path.of(name).toAbsolutePath().normalize())
                .toList();
        Map<String, Object> told;
        if (isLive) {
            Map<String, String> arguments = new HashMap<>(ImportVerb.arguments(wanted));
            arguments.put("from", folders.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)));
            arguments.put("keys", keyring.folder().toString());
            told = console.run(root, Verbs.IMPORT, arguments);
        } else {
            ProgressLine line = new ProgressLine(console.err());
            Function<BundleImport, ImportReport> how =
                    arriving -> isPipe ? arriving.from(System.in) : arriving.from(folders);
            try {
                told = ImportVerb.result(
                        ReceivingStore.take(root, FileOps.system(), keyring, wanted, line::progress, how));
            } finally {
                line.end();
            }
        }
        tell(root, told, console.out());
        return 0;
    }

    private static void tell(Path root, Map<String, Object> told, PrintWriter out) {
        String name = "snapshot '" + told.get("snapshot") + "'";
        out.println(switch (String.valueOf(told.get("outcome"))) {
                    case "there-already" -> "There already: " + name;
                    case "checked" -> "Found right, and not taken in: " + name;
                    default -> "Imported: " + name;
                }
                + ", from " + told.get("sender") + ", signed by " + told.get("signer"));
        if (!"there-already".equals(told.get("outcome"))) {
            out.println(
                    "  " + told.get("entries-put") + " files new or changed, " + told.get("entries-deleted") + " gone"
                            + ("".equals(told.get("base")) ? "" : ", beyond '" + told.get("base") + "'") + "; "
                            + told.get("blobs-taken") + " were not here, " + Console.size(told.get("bytes-taken")));
        }
        if (Boolean.TRUE.equals(told.get("current"))) {
            out.println("Serve it: permafrost serve --data " + root
                    + " (a server that is running goes on with what it serves" + " until it is started again)");
        } else if ("imported".equals(told.get("outcome"))) {
            out.println("  'current' names another snapshot, as before. Serve this one: permafrost serve --data " + root
                    + " --frozen=" + told.get("snapshot"));
        }
    }
}
