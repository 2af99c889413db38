package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.repo.AskedItem;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Finds the files that a wish means, by what upstream lists by now: all of a version for {@code numpy==1.26.4}, those of the newest for {@code
 * numpy}, one for the name of a file.
 */
final class WishedFiles {
    private static final int NOT_FOUND = 404;

    /** Of the index, or of the JSON API. */
    private static final Pattern PAGE =
            Pattern.compile("simple/(?<page>[^/]+)/|(?:pypi/)?(?<project>[^/]+)(?:/(?<version>[^/]+))?/json");

    private final Sources sources;
    private final Blocking blocking;

    /**
     * A file that is wanted.
     *
     * @param path below the repository
     * @param sizeBytes -1 where that is not known
     */
    record Wanted(String path, long sizeBytes) {}

    WishedFiles(Sources sources, Blocking blocking) {
        this.sources = sources;
        this.blocking = blocking;
    }

    /** What whoever asks for a path wishes for; null where nobody can have it. */
    static @Nullable String of(String path) {
        if (path.startsWith("packages/")) {
            String name = path.substring(path.lastIndexOf('/') + 1);
            return DistributionName.isSafe(name) ? name : null;
        }
        Matcher page = PAGE.matcher(path);
        if (!page.matches()) {
            return null;
        }
        String version = page.group("version");
        return ProjectName.parse(page.group(page.group("page") == null ? "project" : "page"))
                .map(project -> version == null ? project.value() : project + "==" + version)
                .orElse(null);
    }

    /** The files. Errs with a {@link StoreException} where there are none. */
    Mono<List<Wanted>> find(View view, String wish) {
        int equals = wish.indexOf("==");
        String suffix = Companions.suffix(wish);
        String filename = wish.substring(0, wish.length() - suffix.length());
        if (equals < 0 && DistributionName.isDistribution(filename)) {
            return Flux.fromIterable(DistributionName.candidates(filename))
                    .concatMap(project -> among(view, project, files -> called(filename, files), suffix)
                            .onErrorResume(WishedFiles::isAbsent, none -> Mono.empty()))
                    .next()
                    .switchIfEmpty(Mono.error(() -> none(wish)));
        }
        return Mono.fromCallable(() -> ProjectName.asked(
                        equals < 0 ? wish : wish.substring(0, equals).strip()))
                .flatMap(project -> among(
                        view,
                        project,
                        files -> ofVersion(
                                project,
                                equals < 0 ? null : wish.substring(equals + 2).strip(),
                                files),
                        ""))
                .switchIfEmpty(Mono.error(() -> none(wish)));
    }

    private static boolean isAbsent(Throwable error) {
        return error instanceof FetchException fetch && fetch.status() == NOT_FOUND;
    }

    private static StoreException none(String wish) {
        return FetchException.ofStatus(NOT_FOUND, "upstream lists no file for " + PlainText.quoted(wish));
    }

    /** Those that are chosen of a project's files; its page is asked for once more where it lists none of them. */
    private Mono<List<Wanted>> among(
            View view, ProjectName project, Function<List<FileRecord>, List<FileRecord>> choice, String suffix) {
        return sources.current(view, project).flatMap(standing -> {
            Reply instead = standing.instead();
            if (instead != null) {
                return Mono.error(AskedItem.failure(instead));
            }
            Mono<List<Wanted>> look =
                    blocking.call(() -> wanted(project, standing.offer(view, project), choice, suffix));
            return look.switchIfEmpty(Flux.fromIterable(standing.asked())
                    .filter(ProjectSource.Standing::has)
                    .concatMap(one -> one.source().renewed(view, project))
                    .then(look));
        });
    }

    /** Those that are chosen; null for none. Blocks. */
    private static @Nullable List<Wanted> wanted(
            ProjectName project,
            @Nullable Offer offer,
            Function<List<FileRecord>, List<FileRecord>> choice,
            String suffix) {
        if (offer == null) {
            return null;
        }
        Reply refusal = offer.refusal();
        if (refusal != null) {
            throw AskedItem.failure(refusal);
        }
        List<FileRecord> files = new ArrayList<>();
        offer.files().forEach(files::add);
        List<Wanted> wanted = choice.apply(files).stream()
                .map(file ->
                        new Wanted("packages/" + file.path(project) + suffix, suffix.isEmpty() ? file.sizeBytes() : -1))
                .toList();
        return wanted.isEmpty() ? null : wanted;
    }

    private static List<FileRecord> called(String filename, List<FileRecord> files) {
        return files.stream().filter(file -> file.filename().equals(filename)).toList();
    }

    private static List<FileRecord> ofVersion(ProjectName project, @Nullable String version, List<FileRecord> files) {
        Map<String, List<LegacyJson.Offered>> releases = LegacyJson.releases(
                project,
                files.stream().map(file -> new LegacyJson.Offered(file, null)).toList());
        String chosen = version == null
                ? LegacyJson.latest(releases)
                : releases.keySet().stream()
                        .filter(spelled -> Version.key(spelled).equals(Version.key(version)))
                        .findFirst()
                        .orElse(null);
        return chosen == null
                ? List.of()
                : releases.getOrDefault(chosen, List.of()).stream()
                        .map(LegacyJson.Offered::record)
                        .toList();
    }
}
