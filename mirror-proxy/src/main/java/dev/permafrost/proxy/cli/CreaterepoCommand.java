package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.format.yum.createrepo.Createrepo;
import dev.permafrost.proxy.format.yum.createrepo.CreaterepoOptions;
import dev.permafrost.proxy.format.yum.createrepo.Packing;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
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
    private static final String CHECKSUMS = "md5, sha1, sha224, sha256, sha384 or sha512";

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
            description = "Of packages and metadata: " + CHECKSUMS + "; sha256.")
    private String checksum = "sha256";

    @Option(
            names = "--general-compress-type",
            paramLabel = "KIND",
            description = "How all is compressed: gz, bz2, xz or zstd; gz. CentOS 7 does not read zstd.")
    private @Nullable String packing;

    @Option(
            names = "--compress-type",
            paramLabel = "KIND",
            description = "How groups, modules and advisories are compressed; gz.")
    private @Nullable String otherPacking;

    @Option(names = "--xz", description = "The same as --general-compress-type xz.")
    private boolean xz;

    @Option(names = "--unique-md-filenames", description = "Names files by their checksums; so it is by default.")
    private boolean uniqueNames;

    @Option(names = "--simple-md-filenames", description = "Names files the same every time, which caches mix up.")
    private boolean simpleNames;

    @Option(
            names = "--retain-old-md",
            paramLabel = "N",
            defaultValue = "0",
            description = "Keeps so many old files of each list for clients that are at work; 0.")
    private int retained;

    @Option(names = "--revision", paramLabel = "TEXT", description = "The metadata's revision; the time by default.")
    private @Nullable String revision;

    @Option(
            names = "--set-timestamp-to-revision",
            description = "Says that the metadata is of the time that --revision is, in seconds since 1970.")
    private boolean timestampIsRevision;

    @Option(names = "--distro", paramLabel = "[CPEID,]NAME", description = "What it is a part of. May be repeated.")
    private List<String> distros = new ArrayList<>();

    @Option(names = "--content", paramLabel = "TEXT", description = "What is in it. May be repeated.")
    private List<String> content = new ArrayList<>();

    @Option(names = "--repo", paramLabel = "TEXT", description = "What it is called. May be repeated.")
    private List<String> repos = new ArrayList<>();

    @Option(names = "--location-prefix", paramLabel = "PATH", description = "What packages' locations begin with.")
    private String prefix = "";

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

    @Option(names = "--no-database", description = "Writes no SQLite; so it is by default.")
    private boolean noDatabase;

    @Option(
            names = {"-d", "--database"},
            description = "Not there yet: yum 3 reads XML as well.")
    private boolean database;

    @Option(
            names = {"-q", "--quiet"},
            description = "Says nothing but what is wrong.")
    private boolean quiet;

    @Option(
            names = "--ignore-lock",
            description = "Goes on though another createrepo seems to be at work on the folder.")
    private boolean ignoreLock;

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
        return result.skipped().isEmpty() ? 0 : 1;
    }

    /** What the command line asks for. */
    CreaterepoOptions options() {
        checkNotBoth("--unique-md-filenames", uniqueNames, "--simple-md-filenames", simpleNames);
        checkNotBoth("--keep-all-metadata", keep, "--discard-additional-metadata", discard);
        checkNotBoth("--no-database", noDatabase, "--database", database);
        if (database) {
            throw misused("--database: SQLite can't be written yet; leave it out, yum and dnf read the XML");
        }
        if (timestampIsRevision && (revision == null || !revision.matches("[0-9]{1,15}"))) {
            throw misused(
                    "--set-timestamp-to-revision wants a --revision that is a number of seconds since 1970, as 'date +%s'"
                            + " prints it, not " + revision);
        }
        if (workers != null && (workers < 1 || workers > WORKERS_MAX)) {
            throw misused("--workers: " + workers + " is not between 1 and " + WORKERS_MAX);
        }
        Packing lists = xz ? Packing.XZ : packing("--general-compress-type", packing, Packing.GZ);
        Packing others = otherPacking == null ? lists : packing("--compress-type", otherPacking, Packing.GZ);
        return new CreaterepoOptions(
                folder.normalize(),
                (out == null ? folder : out).normalize(),
                packages(),
                excludes,
                skipSymlinks,
                update,
                skipStat,
                algorithm(),
                checksum,
                changes,
                prefix,
                base,
                workers == null ? Math.min(WORKERS_MAX, Runtime.getRuntime().availableProcessors()) : workers,
                new CreaterepoOptions.Naming(
                        lists, others, !simpleNames, revision, timestampIsRevision, content, repos, distros, retained),
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
                throw misused("--pkglist: " + pkglist + " can't be read: " + e);
            }
            if (packages.isEmpty()) {
                throw misused("--pkglist: " + pkglist + " names no package");
            }
        }
        return packages;
    }

    private static Path listed(String line) {
        try {
            return Path.of(line);
        } catch (InvalidPathException e) {
            throw misused("--pkglist: " + PlainText.quoted(line) + " is no path of a file");
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
        throw misused("--groupfile: " + groups + " is no file, neither here nor in " + folder);
    }

    private Algorithm algorithm() {
        return Algorithm.ofLabel(checksum.equals("sha") ? "sha1" : checksum)
                .filter(each -> each != Algorithm.BLAKE2B_256 && checksum.equals(checksum.toLowerCase(Locale.ROOT)))
                .orElseThrow(() -> misused("--checksum: '" + checksum + "' is none of " + CHECKSUMS));
    }

    private static Packing packing(String option, @Nullable String name, Packing otherwise) {
        return name == null
                ? otherwise
                : Packing.named(name)
                        .orElseThrow(() -> misused(option + ": '" + name + "' is none of gz, bz2, xz and zstd"));
    }

    private static void checkNotBoth(String one, boolean isOne, String other, boolean isOther) {
        if (isOne && isOther) {
            throw misused(one + " and " + other + " contradict each other; leave one of them out");
        }
    }

    private static StoreException misused(String why) {
        return new StoreException(FailureKind.BAD_REQUEST, why);
    }
}
