package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.format.yum.GenerationFlights.Found;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.proxy.repo.SyncPlan;
import dev.permafrost.proxy.repo.Syncing;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Plans what of repositories of RPMs is to be fetched: each directory is brought up to date, all of its metadata with it, and then compared
 * with what is held. Its parts are directories. Its wishes are those of {@link PackageFilter}, and {@value #NEWEST_ONLY}, {@value #DELETE},
 * {@value #DELETE_SUPERSEDED}, {@value #GPGCHECK}, {@value #KEYS} and {@value #VARIABLES}.
 */
final class YumSync implements Syncing {
    /** Wishes: nothing of which there is something newer; present or absent. */
    static final String NEWEST_ONLY = "newest-only";

    /** Wishes: what is listed no more is to go; present or absent. */
    static final String DELETE = "delete";

    /** Wishes: what something newer takes the place of is to go; present or absent. */
    static final String DELETE_SUPERSEDED = "delete-superseded";

    /** Wishes: packages have to be signed; present or absent. */
    static final String GPGCHECK = "gpgcheck";

    /** Wishes: files with the keys of those of whom one has to have signed them, absolute paths, one a line; else those that are configured. */
    static final String KEYS = "keys";

    /** Wishes: values of variables of mounts, {@code name=value,value}, one a line. */
    static final String VARIABLES = "variables";

    private final String repository;
    private final Mounts mounts;
    private final Directories directories;
    private final @Nullable GenerationFlights flights;
    private final @Nullable MirrorLists lists;
    private final DirectoryPlanner planner;
    private final List<Path> keys;
    private final Blocking blocking;
    private final Clock clock;

    /**
     * Plans for a repository.
     *
     * @param flights null where nothing is fetched
     * @param lists who has it, where that is not always the same; null where it is
     * @param keys files of keys by which packages are checked, where no others are wished
     */
    YumSync(
            String repository,
            Mounts mounts,
            Directories directories,
            @Nullable GenerationFlights flights,
            @Nullable MirrorLists lists,
            DirectoryPlanner planner,
            List<Path> keys,
            Blocking blocking,
            Clock clock) {
        this.repository = repository;
        this.mounts = mounts;
        this.directories = directories;
        this.flights = flights;
        this.lists = lists;
        this.planner = planner;
        this.keys = keys;
        this.blocking = blocking;
        this.clock = clock;
    }

    /**
     * A directory.
     *
     * @param isNamed whether it has to be there, since the operator has named it or something of it is held
     */
    private record Target(String dir, boolean isNamed) {}

    /** What is to be planned. */
    private record Task(List<Target> targets, DirectoryPlanner.Wish wish) {}

    @Override
    public Mono<List<SyncPlan>> plan(List<String> parts, Map<String, String> wishes) {
        GenerationFlights asked = flights;
        if (asked == null) {
            return Mono.error(bad("nothing is fetched for " + repository + ": it has no upstream, or this is offline"));
        }
        return blocking.call(() -> new Task(targets(parts, wishes), wish(wishes)))
                .flatMapMany(task ->
                        Flux.fromIterable(task.targets()).concatMap(target -> planned(asked, target, task.wish())))
                .collectList()
                .flatMap(plans -> plans.isEmpty() ? Mono.error(nothing()) : Mono.just(plans));
    }

    private Mono<SyncPlan> planned(GenerationFlights asked, Target target, DirectoryPlanner.Wish wish) {
        String dir = target.dir();
        Mounts.Place place = mounts.of(dir + Repodata.REPOMD);
        if (place == null || dir.length() < place.mount().length()) {
            return Mono.error(bad("nothing of " + repository + " is mounted at /" + dir + "; what is: " + mounts));
        }
        MirrorLists of = lists;
        Mono<Mounts.Place> located = of != null && place.isListed() ? of.of(place) : Mono.just(place);
        return located.flatMap(
                        now -> asked.join(dir, now, true).last().flatMap(found -> planned(target, now, found, wish)))
                .onErrorResume(
                        StoreException.class,
                        e -> Mono.just(SyncPlan.failed(DirectoryPlanner.title(repository, dir), e)));
    }

    private Mono<SyncPlan> planned(Target target, Mounts.Place place, Found found, DirectoryPlanner.Wish wish) {
        if (found instanceof Found.Whole whole) {
            return blocking.call(
                    () -> planner.plan(target.dir(), place, whole.kept().newest(), wish));
        }
        return target.isNamed()
                ? Mono.error(FetchException.ofStatus(
                        404,
                        "upstream has no " + Repodata.REPOMD + " at /" + target.dir() + ": "
                                + place.urls(target.dir() + Repodata.REPOMD)))
                : Mono.empty();
    }

    private DirectoryPlanner.Wish wish(Map<String, String> wishes) {
        if (wishes.containsKey(DELETE_SUPERSEDED) && !wishes.containsKey(NEWEST_ONLY)) {
            throw bad(
                    "--delete-superseded is of use with --newest-only alone, since the next run would fetch again what it"
                            + " lets go of; write that too");
        }
        return new DirectoryPlanner.Wish(
                PackageFilter.of(wishes),
                wishes.containsKey(NEWEST_ONLY),
                wishes.containsKey(DELETE),
                wishes.containsKey(DELETE_SUPERSEDED),
                wishes.containsKey(GPGCHECK) ? signers(wishes) : null);
    }

    private PackageSigners signers(Map<String, String> wishes) {
        List<Path> wished = lines(wishes, KEYS).map(Path::of).toList();
        List<Path> files = wished.isEmpty() ? keys : wished;
        if (files.isEmpty()) {
            throw bad(
                    "--gpgcheck takes the keys of those who sign the packages: name them by --key FILE, or in repositories."
                            + repository + ".package-gpg-keys");
        }
        return PackageSigners.of(files, clock);
    }

    /** The directories that are meant: those that are named, or those that variables lead to, or all that are known. */
    private List<Target> targets(List<String> parts, Map<String, String> wishes) {
        if (!parts.isEmpty()) {
            return parts.stream().map(part -> new Target(dir(part), true)).toList();
        }
        Map<String, List<String>> variables = variables(wishes);
        List<Target> targets = new ArrayList<>();
        TreeSet<String> held = new TreeSet<>();
        if (variables.isEmpty()) {
            directories.docs().each(directories.live(), (dir, kept) -> {
                if (mounts.of(dir + Repodata.REPOMD) != null) {
                    held.add(dir);
                }
            });
        }
        held.forEach(dir -> targets.add(new Target(dir, true)));
        mounts.paths(variables).stream()
                .filter(dir -> !held.contains(dir))
                .forEach(dir -> targets.add(new Target(dir, false)));
        return targets;
    }

    private static String dir(String part) {
        String bare = part.startsWith("/") ? part.substring(1) : part;
        if (bare.contains("//") || List.of(bare.split("/")).contains("..")) {
            throw bad(PlainText.quoted(part) + " is no directory of a repository");
        }
        return bare.isEmpty() || bare.endsWith("/") ? bare : bare + "/";
    }

    private static Map<String, List<String>> variables(Map<String, String> wishes) {
        Map<String, List<String>> variables = new HashMap<>();
        lines(wishes, VARIABLES).forEach(line -> {
            int equals = line.indexOf('=');
            List<String> values = Stream.of(line.substring(equals + 1).split(","))
                    .filter(value -> !value.isBlank())
                    .map(String::strip)
                    .toList();
            if (equals <= 0 || values.isEmpty() || values.stream().anyMatch(value -> value.contains("/"))) {
                throw bad("--var " + PlainText.quoted(line) + " is no variable; write --var releasever=8,9");
            }
            variables.put(line.substring(line.charAt(0) == '$' ? 1 : 0, equals), values);
        });
        return variables;
    }

    private static Stream<String> lines(Map<String, String> wishes, String key) {
        return wishes.getOrDefault(key, "").lines().filter(line -> !line.isBlank());
    }

    private StoreException nothing() {
        return bad("nobody knows which directories of " + repository + " are meant: nothing is held of it, and what is"
                + " mounted has variables, or no repository at its root (" + mounts + "); write " + repository
                + "/DIR, or the values of the variables: --var releasever=9 --var basearch=x86_64");
    }

    private static StoreException bad(String why) {
        return new StoreException(FailureKind.BAD_REQUEST, why);
    }
}
