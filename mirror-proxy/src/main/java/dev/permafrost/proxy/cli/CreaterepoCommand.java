package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.format.yum.createrepo.Createrepo;
import dev.permafrost.proxy.format.yum.createrepo.CreaterepoOptions;
import dev.permafrost.proxy.format.yum.createrepo.FileNames;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a repository of a folder of RPMs. */
@Command(
        name = "createrepo",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Makes a repository of a folder of RPMs: writes its repodata/, as createrepo_c does and with its options.",
            "What was there before stays until the new is whole. Files that are no usable RPMs are named and left out, and end it with"
                    + " status 1."
        })
final class CreaterepoCommand implements Callable<Integer> {
    private static final int WORKERS_MAX = 100;

    @Parameters(index = "0", paramLabel = "DIR", description = "The folder; the ones in it are looked into too.")
    private Path folder = Path.of("");

    @Option(
            names = {"-o", "--outputdir"},
            paramLabel = "DIR",
            description = "Where repodata/ is to be; the folder itself by default.")
    private @Nullable Path out;

    @Option(
            names = {"-g", "--groupfile"},
            paramLabel = "FILE",
            description = "Groups of packages (comps.xml); relative to here, or else to the folder.")
    private @Nullable Path groups;

    @Option(
            names = "--update",
            description =
                    "Reads only files that are new or have changed, by size and time; takes the others from the metadata at hand.")
    private boolean update;

    @Option(names = "--skip-stat", description = "With --update, takes files of the same name for unchanged.")
    private boolean skipStat;

    @Option(
            names = {"-x", "--excludes"},
            paramLabel = "PATTERN",
            description =
                    "Leaves out packages whose name, or path below the folder, fits; * and ? stand for anything. May be repeated.")
    private List<String> excludes = new ArrayList<>();

    @Option(
            names = {"-i", "--pkglist"},
            paramLabel = "FILE",
            description = "Lists the packages that this file names, one path below the folder a line.")
    private @Nullable Path pkglist;

    @Option(
            names = {"-n", "--includepkg"},
            paramLabel = "PATH",
            description = "Lists this package. May be repeated.")
    private List<Path> includes = new ArrayList<>();

    @Option(
            names = {"-S", "--skip-symlinks"},
            description = "Leaves out packages that are symbolic links.")
    private boolean skipSymlinks;

    @Option(
            names = {"-s", "--checksum"},
            paramLabel = "KIND",
            defaultValue = "sha256",
            description = "Of packages and metadata: " + RepomdOptions.CHECKSUMS + "; sha256.")
    private String checksum = "sha256";

    @Option(names = "--location-prefix", paramLabel = "PATH", description = "What packages' locations begin with.")
    private String prefix = "";

    @Option(
            names = "--cut-dirs",
            paramLabel = "N",
            defaultValue = "0",
            description = "Leaves so many folders out of packages' locations, which are to be served without them.")
    private int cutFolders;

    @Option(
            names = {"-u", "--baseurl"},
            paramLabel = "URL",
            description = "The URL below which packages are, where they are not beside repodata/.")
    private @Nullable String base;

    @Option(
            names = "--changelog-limit",
            paramLabel = "N",
            defaultValue = "10",
            description = "Lists so many changes of each package; -1 for all; 10.")
    private int changes;

    @Option(names = "--workers", paramLabel = "N", description = "Reads so many at once; the number of processors.")
    private @Nullable Integer workers;

    @Option(
            names = "--discard-additional-metadata",
            description = "With --update, drops groups, modules, advisories and the like that are there.")
    private boolean discard;

    @Option(names = "--keep-all-metadata", description = "With --update, keeps them; so it is by default.")
    private boolean keep;

    @Option(
            names = "--sign",
            paramLabel = "FILE",
            description = "Signs repomd.xml by the key in this file, which is made if it is not there.")
    private @Nullable Path key;

    @Option(
            names = {"-q", "--quiet"},
            description = "Says nothing but what is wrong.")
    private boolean quiet;

    @Option(
            names = "--ignore-lock",
            description = "Goes on though another createrepo seems to be at work on the folder.")
    private boolean ignoreLock;

    @Option(names = "--error-exit-val", description = "Ends with status 2, not 1, where files are left out.")
    private boolean errorExit;

    @Option(
            names = "--read-pkgs-list",
            paramLabel = "FILE",
            description = "Writes there which packages were read, a line each.")
    private @Nullable Path readList;

    @Mixin
    private RepomdOptions repomd = new RepomdOptions();

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console console = Console.of(spec);
        CreaterepoOptions options = options();
        ProgressLine progress = new ProgressLine(console.err());
        Createrepo.Result result;
        try {
            result = Createrepo.run(options, (done, all) -> {
                if (!quiet) {
                    progress.progress("Reading packages", done, all);
                }
            });
        } finally {
            progress.end();
        }
        result.warnings().forEach(text -> console.err().println("permafrost: " + text));
        result.skipped().forEach(text -> console.err().println("permafrost: " + text));
        if (!quiet) {
            console.out()
                    .println("Made " + options.out().resolve("repodata") + ": " + result.packages() + " packages"
                            + (update ? ", " + result.reused() + " of them as they were" : "")
                            + (result.skipped().isEmpty()
                                    ? ""
                                    : "; " + result.skipped().size() + " files left out"));
        }
        if (readList != null) {
            write(readList, result.read());
        }
        return result.skipped().isEmpty() ? 0 : errorExit ? 2 : 1;
    }

    private static void write(Path file, List<String> lines) {
        try {
            Files.write(file, lines);
        } catch (IOException e) {
            throw new StoreException(
                    FailureKind.DISK_FAILED,
                    "the metadata is made, but --read-pkgs-list: " + file + " can't be written: " + e,
                    e);
        }
    }

    /** What the command line asks for. */
    CreaterepoOptions options() {
        RepomdOptions.checkNotBoth("--keep-all-metadata", keep, "--discard-additional-metadata", discard);
        if (cutFolders < 0) {
            throw RepomdOptions.misused("--cut-dirs: " + cutFolders + " is below 0");
        }
        if (workers != null && (workers < 1 || workers > WORKERS_MAX)) {
            throw RepomdOptions.misused("--workers: " + workers + " is not between 1 and " + WORKERS_MAX);
        }
        return new CreaterepoOptions(
                folder.normalize(),
                (out == null ? folder : out).normalize(),
                packages(),
                excludes,
                skipSymlinks,
                update,
                skipStat,
                RepomdOptions.algorithm("--checksum", checksum),
                checksum,
                changes,
                prefix,
                cutFolders,
                base,
                workers == null ? Math.min(WORKERS_MAX, Runtime.getRuntime().availableProcessors()) : workers,
                repomd.naming(checksum),
                new CreaterepoOptions.Extras(groups(), !discard, key),
                ignoreLock);
    }

    private List<Path> packages() {
        List<Path> packages = new ArrayList<>(includes);
        if (pkglist != null) {
            try {
                Files.readAllLines(pkglist).stream()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty())
                        .forEach(line -> packages.add(listed(line)));
            } catch (IOException e) {
                throw RepomdOptions.misused("--pkglist: " + pkglist + " can't be read: " + e);
            }
            if (packages.isEmpty()) {
                throw RepomdOptions.misused("--pkglist: " + pkglist + " names no package");
            }
        }
        return packages;
    }

    private static Path listed(String line) {
        try {
            return FileNames.of(line);
        } catch (InvalidPathException e) {
            throw RepomdOptions.misused("--pkglist: " + PlainText.quoted(line) + " is no path of a file");
        }
    }

    private @Nullable Path groups() {
        if (groups == null || Files.isRegularFile(groups)) {
            return groups;
        }
        Path below = folder.resolve(groups);
        if (Files.isRegularFile(below)) {
            return below;
        }
        throw RepomdOptions.misused("--groupfile: " + groups + " is no file, neither here nor in " + folder);
    }
}
