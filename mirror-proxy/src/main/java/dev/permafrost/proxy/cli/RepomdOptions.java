package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.format.yum.createrepo.CreaterepoOptions;
import dev.permafrost.proxy.format.yum.createrepo.CreaterepoOptions.Retention;
import dev.permafrost.proxy.format.yum.createrepo.Packing;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code createrepo} that are about the files of metadata: how they are packed and named, and what is said of them. */
final class RepomdOptions {
    static final String CHECKSUMS = "md5, sha1, sha224, sha256, sha384 or sha512";

    private static final Pattern AGE = Pattern.compile("([0-9]{1,6})([mhd])");

    @Option(
            names = "--general-compress-type",
            paramLabel = "KIND",
            description = "How all is compressed: gz, bz2, xz or zstd; gz. CentOS 7 does not read zstd.")
    private @Nullable String packing;

    @Option(
            names = "--compress-type",
            paramLabel = "KIND",
            description = "How groups, modules and advisories are compressed, gz; and SQLite, bz2.")
    private @Nullable String otherPacking;

    @Option(names = "--xz", description = "The same as --general-compress-type xz.")
    private boolean xz;

    @Option(
            names = {"-d", "--database"},
            description = "Writes SQLite as well, which yum 3 reads faster than XML.")
    private boolean database;

    @Option(names = "--no-database", description = "Writes no SQLite; so it is by default.")
    private boolean noDatabase;

    @Option(names = "--repomd-checksum", paramLabel = "KIND", description = "Of metadata, if another than --checksum.")
    private @Nullable String checksum;

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

    @Option(
            names = "--retain-old-md-by-age",
            paramLabel = "AGE",
            description = "Keeps old files that are not older: 90m, 12h or 30d.")
    private @Nullable String retainedAge;

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

    /** What is asked for, where packages have checksums of that kind. */
    CreaterepoOptions.Naming naming(String packageChecksum) {
        checkNotBoth("--unique-md-filenames", uniqueNames, "--simple-md-filenames", simpleNames);
        checkNotBoth("--no-database", noDatabase, "--database", database);
        checkNotBoth("--retain-old-md", retained > 0, "--retain-old-md-by-age", retainedAge != null);
        if (timestampIsRevision && (revision == null || !revision.matches("[0-9]{1,15}"))) {
            throw misused(
                    "--set-timestamp-to-revision wants a --revision that is a number of seconds since 1970, as 'date +%s'"
                            + " prints it, not " + revision);
        }
        String all = xz ? "xz" : packing;
        Packing lists = packing("--general-compress-type", all, Packing.GZ);
        Packing others = packing("--compress-type", otherPacking, lists);
        Packing databases =
                packing("--compress-type", otherPacking, packing("--general-compress-type", all, Packing.BZ2));
        String kind = checksum == null ? packageChecksum : checksum;
        return new CreaterepoOptions.Naming(
                lists,
                others,
                database ? databases : null,
                algorithm("--repomd-checksum", kind),
                kind,
                !simpleNames,
                revision,
                timestampIsRevision,
                content,
                repos,
                distros,
                new Retention(retained, retainedSeconds()));
    }

    /** The checksum that createrepo_c calls so. */
    static Algorithm algorithm(String option, String name) {
        return Algorithm.ofLabel(name.equals("sha") ? "sha1" : name)
                .filter(each -> each != Algorithm.BLAKE2B_256 && name.equals(name.toLowerCase(Locale.ROOT)))
                .orElseThrow(() -> misused(option + ": '" + name + "' is none of " + CHECKSUMS));
    }

    private long retainedSeconds() {
        if (retainedAge == null) {
            return 0;
        }
        Matcher age = AGE.matcher(retainedAge);
        if (!age.matches()) {
            throw misused("--retain-old-md-by-age: '" + retainedAge
                    + "' is no age; write a number of minutes, hours or days as 90m, 12h or 30d");
        }
        TimeUnit unit = switch (age.group(2)) {
            case "m" -> TimeUnit.MINUTES;
            case "h" -> TimeUnit.HOURS;
            default -> TimeUnit.DAYS;
        };
        return unit.toSeconds(Long.parseLong(age.group(1)));
    }

    private static Packing packing(String option, @Nullable String name, Packing otherwise) {
        return name == null
                ? otherwise
                : Packing.named(name)
                        .orElseThrow(() -> misused(option + ": '" + name + "' is none of gz, bz2, xz and zstd"));
    }

    static void checkNotBoth(String one, boolean isOne, String other, boolean isOther) {
        if (isOne && isOther) {
            throw misused(one + " and " + other + " contradict each other; leave one of them out");
        }
    }

    static StoreException misused(String why) {
        return new StoreException(FailureKind.BAD_REQUEST, why);
    }
}
