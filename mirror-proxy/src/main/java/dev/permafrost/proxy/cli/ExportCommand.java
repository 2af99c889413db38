package dev.permafrost.proxy.cli;

import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.Snapshots;
import dev.permafrost.store.transfer.BundleExport;
import dev.permafrost.store.transfer.ExportReport;
import dev.permafrost.store.transfer.Inventory;
import dev.permafrost.store.transfer.Keyring;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes a snapshot as a signed bundle. It reads the store only, in this process, whether a server runs or not. */
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description = {
            "Writes a snapshot as a signed bundle: what is carried to a site that has no line to this one, and imported there.",
            "With --since, only what it has beyond a snapshot that is there already.",
            "With --static, as files that nginx, or python3 -m http.server, serves to pip, yum and dnf: indexes in HTML and JSON,"
                    + " packages where their links lead, repodata."
        })
final class ExportCommand implements Callable<Integer> {
    private static final int PIPE_BYTES = 1 << 20;

    @Mixin
    private StoreOptions options = new StoreOptions();

    @Mixin
    private KeyOptions keys = new KeyOptions();

    @Option(
            names = "--to",
            paramLabel = "DIR",
            description =
                    "Where the bundle goes: an empty or new folder; or - for a pipe, through which it goes as a tar archive.")
    private @Nullable String to;

    @Option(
            names = "--static",
            paramLabel = "DIR",
            description =
                    "Where the files for a web server go, an empty or new folder, in the place of a bundle. They are"
                            + " linked to the store's where both are on one file system: don't change them, or take --copy.")
    private @Nullable Path tree;

    @Option(names = "--copy", description = "With --static: copies files even where they can be linked.")
    private boolean copies;

    @Option(names = "--json", description = "With --static: print one JSON object instead of text.")
    private boolean json;

    @Option(names = "--snapshot", paramLabel = "NAME", description = "Which snapshot; the one frozen last by default.")
    private @Nullable String snapshot;

    @Option(
            names = "--since",
            paramLabel = "NAME",
            description = "A snapshot of this store that the receiver has: only what is new beyond it is written.")
    private @Nullable String since;

    @Option(
            names = "--for",
            paramLabel = "FILE",
            description =
                    "What the receiver has, as 'permafrost inventory' writes it there: only what is new beyond the newest"
                            + " snapshot that both have is written, and all of it where they have none in common.")
    private @Nullable Path receiver;

    @Option(
            names = "--volume-size",
            paramLabel = "SIZE",
            description =
                    "Divides it among folders volume-1, volume-2, …, of that many bytes of files at most, such as 64M or"
                            + " 4G (powers of 1024). A disk needs some space of its own beside them.")
    private @Nullable String volumeSize;

    @Option(
            names = "--no-server",
            description =
                    "Leaves out the program itself, with which a host that has only a Java runtime can start from the disk.")
    private boolean withoutServer;

    @Option(names = "--dry-run", description = "Tells what it would be, and writes nothing.")
    private boolean isDry;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console console = Console.of(spec);
        String target = to;
        if ((target == null) == (tree == null)) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "give --to for a bundle, which is imported elsewhere, or --static for files that a web server"
                            + " serves, and not both");
        }
        if (target == null) {
            StaticFiles.write(
                    console.out(),
                    options.load(true),
                    Optional.ofNullable(snapshot).map(SnapshotId::new),
                    Objects.requireNonNull(tree),
                    copies,
                    json);
            return 0;
        }
        Path root = options.root();
        Keyring keyring = keys.keyring(options);
        SnapshotId id = snapshot == null ? current(root) : new SnapshotId(snapshot);
        BundleExport.Request request = new BundleExport.Request(
                id,
                base(root, id),
                hostName(),
                volumeSize == null ? 0 : Sizes.bytes("--volume-size", volumeSize),
                withoutServer ? Optional.empty() : distribution());
        boolean isPipe = target.equals("-");
        ProgressLine line = new ProgressLine(console.err());
        try {
            BundleExport export =
                    new BundleExport(root, FileOps.system(), keyring, request, line::progress, Clock.systemUTC());
            ExportReport report = isDry ? export.plan() : isPipe ? toPipe(export) : export.to(Path.of(target));
            line.end();
            // what goes through the pipe is not to be mixed with words
            tell(report, isPipe ? console.err() : console.out());
            return 0;
        } finally {
            line.end();
        }
    }

    private Optional<SnapshotId> base(Path root, SnapshotId id) {
        if (receiver == null) {
            return Optional.ofNullable(since).map(SnapshotId::new);
        }
        if (since != null) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST, "--since and --for both say what the receiver has; give one");
        }
        return Inventory.base(root, receiver, id);
    }

    private static ExportReport toPipe(BundleExport export) {
        try (OutputStream out = new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), PIPE_BYTES)) {
            return export.to(out);
        } catch (IOException e) {
            throw new StoreException(FailureKind.DISK_FAILED, "writing to the pipe: " + e.getMessage(), e);
        }
    }

    private static SnapshotId current(Path root) {
        return new Snapshots(root, FileOps.system())
                .current()
                .orElseThrow(() -> new StoreException(
                        FailureKind.STORE_MISSING,
                        root + " has no snapshot yet; make one with: permafrost freeze --data " + root));
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }

    /** Where this program's own distribution lies; nowhere where it was started in another way. */
    private static Optional<Path> distribution() {
        return Optional.ofNullable(System.getProperty("permafrost.home"))
                .map(Path::of)
                .filter(home -> Files.isDirectory(home.resolve("lib")));
    }

    private void tell(ExportReport report, PrintWriter out) {
        out.println((isDry ? "Would export" : "Exported") + ": snapshot '" + report.snapshot() + "'"
                + report.base().map(base -> ", beyond '" + base + "'").orElse("") + ", of "
                + (report.repositories().isEmpty() ? "no repository" : String.join(", ", report.repositories())));
        out.println("  " + report.blobs() + " files, " + Console.size(report.blobBytes()) + "; " + report.rows()
                + " changes of what is listed; " + report.blobsRemoved() + " files are no more");
        out.println("  " + Console.size(report.bytes()) + " in all"
                + (report.volumes() > 1 ? ", on " + report.volumes() + " volumes" : ""));
        if (!isDry) {
            out.println("  signed by " + report.fingerprint());
            out.println("Take it in there: permafrost import --from " + to);
        }
        out.flush();
    }
}
