package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.HeldFiles;
import dev.permafrost.proxy.repo.Explains;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.ShownUrl;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.model.Verification;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Tells of packages, or of any file beside them by its path, what a client would find, and why. Upstream is not asked: what counts is what
 * it said last.
 */
public final class YumExplain implements Explains {
    /** Most files that are told of one by one. */
    private static final int FILES_MAX = 1000;

    /** Of which the path counts. */
    private static final Pattern URL = Pattern.compile("(?i)https?://[^/?#]+(/[^?#]*).*");

    private final RepositoryConfig repository;
    private final MirrorStore store;
    private final GenerationDocs docs;
    private final GenerationLists lists;
    private final Namings namings;
    private final Mounts mounts;
    private final boolean fetches;

    /**
     * Of a repository.
     *
     * @param fetches whether what is not held can be fetched
     */
    public YumExplain(RepositoryConfig repository, MirrorStore store, boolean fetches) {
        this.repository = repository;
        this.store = store;
        this.docs = new GenerationDocs(repository.name(), store);
        this.lists = new GenerationLists(store, docs);
        this.namings = new Namings(repository.name(), docs);
        this.mounts = new Mounts(repository.yum().mounts());
        this.fetches = fetches;
    }

    /**
     * What is known of a repository.
     *
     * @param dirs the generations of its directories
     * @param leftOut the directories of which nothing is served
     */
    private record Metadata(Map<String, Kept> dirs, Set<String> leftOut) {
        /** The directory with metadata that a path is in; null where there is none. */
        @Nullable String nearest(String path) {
            return dirs.keySet().stream()
                    .filter(path::startsWith)
                    .max(Comparator.comparingInt(String::length))
                    .orElse(null);
        }

        boolean isLeftOut(String path) {
            return leftOut.stream().anyMatch(path::startsWith);
        }
    }

    /**
     * Result: {@code repository}, {@code asked}, {@code directories} (those of which metadata are held), {@code left-out} (those whose
     * metadata nobody gets, since it can't be told what is held), {@code served} (how many of the files are), and {@code files}: each
     * {@code path}, {@code served}, {@code refusal} or {@code note}, {@code held}; where it is {@code held-sha256}, {@code held-bytes},
     * {@code held-at}, {@code verified} (how, when it came) and {@code fits} (what its list says: yes, no, or unproved); {@code listed}
     * (by which lists, the newest first: {@code directory}, {@code list}, {@code revision}, {@code made-at}, {@code fetched-at},
     * {@code newest}, {@code signed}, {@code checksum}, {@code bytes}), {@code since-revision} and {@code since} (the oldest generation
     * that is kept, since which each has listed the same), {@code upstream} (where it would be asked for), and what
     * {@link ExplainedVersions} says of older and newer ones; {@code others}, what lists have of that name where there is no such file;
     * {@code unreadable}, why lists could not be read for that, by directory.
     *
     * @param what a package as {@link PackageQuery} has it, or a path in the repository, which has a slash in it and is written as in a
     *     URL, or that URL; of metadata nothing is told but what it lists
     */
    @Override
    public Map<String, Object> explain(String what, @Nullable String version) {
        String asked = version == null ? what.strip() : what.strip() + "-" + version;
        if (asked.isEmpty() || asked.endsWith("/") || asked.chars().anyMatch(Character::isISOControl)) {
            throw bad("name a package, such as bash or bash-4.2.46-31.el7.x86_64, or the path of a file in "
                    + repository.name());
        }
        View view = store.view();
        if (!view.tryRetain()) {
            throw new StoreException(FailureKind.SHUTTING_DOWN, "the server is stopping; ask again");
        }
        try {
            return explain(view, asked);
        } finally {
            view.release();
        }
    }

    private Map<String, Object> explain(View view, String asked) {
        boolean heldOnly = view.heldOnly() || !fetches;
        Metadata known = new Metadata(new TreeMap<>(), new TreeSet<>());
        docs.each(
                view,
                (dir, kept) -> docs.kept(view, dir, heldOnly)
                        .ifPresentOrElse(
                                served -> known.dirs().put(dir, served),
                                () -> known.leftOut().add(dir)));
        Map<String, List<Namings.Naming>> files = new TreeMap<>();
        if (asked.indexOf('/') >= 0) {
            String path = path(asked);
            files.put(path, namings.of(view, known.dirs(), path));
        } else {
            namings.find(view, known.dirs(), query(asked)::matches, files);
        }
        ExplainedVersions versions = versions(known, asked, files);
        List<Object> told = new ArrayList<>();
        long served = 0;
        for (Map.Entry<String, List<Namings.Naming>> file : files.entrySet()) {
            Map<String, Object> one = told(view, heldOnly, known, file.getKey(), file.getValue());
            served += Boolean.TRUE.equals(one.get("served")) ? 1 : 0;
            if (told.size() < FILES_MAX) {
                String dir = directory(known, file.getKey(), file.getValue());
                if (dir != null) {
                    versions.tell(one, dir, file.getKey().substring(dir.length()));
                }
                told.add(one);
            }
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("repository", repository.name());
        result.put("asked", asked);
        result.put("directories", slashed(known.dirs().keySet()));
        result.put("left-out", slashed(known.leftOut()));
        result.put("found", (long) files.size());
        result.put("served", served);
        result.put("files", told);
        result.put(
                "others",
                files.isEmpty() && asked.indexOf('/') < 0
                        ? versions.called(query(asked).names())
                        : List.of());
        result.put("unreadable", versions.unreadable());
        return result;
    }

    private static PackageQuery query(String asked) {
        try {
            return new PackageQuery(asked);
        } catch (IllegalArgumentException e) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    PlainText.quoted(asked) + " " + e.getMessage()
                            + "; write a name such as 'kernel*', or more of it: 'bash-4.2*.x86_64'",
                    e);
        }
    }

    /** What lists have of the packages that are told of; where there is none, of those that may have been meant. */
    private ExplainedVersions versions(Metadata known, String asked, Map<String, List<Namings.Naming>> files) {
        Map<String, Set<String>> names = new TreeMap<>();
        files.entrySet().stream().limit(FILES_MAX).forEach(file -> {
            String path = file.getKey();
            String dir = YumFiles.isPackage(path) ? directory(known, path, file.getValue()) : null;
            if (dir != null) {
                Nevra.parse(path.substring(path.lastIndexOf('/') + 1))
                        .ifPresent(nevra -> names.computeIfAbsent(dir, key -> new TreeSet<>())
                                .add(nevra.name()));
            }
        });
        if (files.isEmpty() && asked.indexOf('/') < 0) {
            Set<String> meant = Set.copyOf(query(asked).names());
            known.dirs().keySet().stream().filter(dir -> !meant.isEmpty()).forEach(dir -> names.put(dir, meant));
        }
        return new ExplainedVersions(lists, known.dirs(), names);
    }

    /** The directory whose list a file belongs into; null where there is none. */
    private static @Nullable String directory(Metadata known, String path, List<Namings.Naming> namings) {
        return namings.isEmpty() ? known.nearest(path) : namings.get(0).list().dir();
    }

    private static List<String> slashed(Set<String> dirs) {
        return dirs.stream().map(dir -> "/" + dir).toList();
    }

    /** The path in the repository, of one that is written as in a URL: alone, below the repository's own, or with its host. */
    private String path(String asked) {
        String at = repository.yum().path().isEmpty()
                ? "/" + repository.name() + "/"
                : repository.yum().path();
        Matcher url = URL.matcher(asked);
        boolean isUrl = url.matches();
        String path = Location.decoded(isUrl ? url.group(1) : asked);
        if (path == null || path.chars().anyMatch(Character::isISOControl)) {
            throw bad(PlainText.quoted(asked)
                    + " has percent-encoding that is none of a name; as a plain sign, % is written %25");
        }
        if (isUrl && !path.startsWith(at)) {
            throw bad(asked + " is not in " + repository.name() + ", which is at " + at
                    + " here; name a file by its path below that");
        }
        path = path.startsWith(at) ? path.substring(at.length()) : path;
        path = path.startsWith("/") ? path.substring(1) : path;
        if (Repodata.isBelow(path) || OwnLists.isOne(path)) {
            throw bad(
                    path
                            + " is metadata, of which nothing is told here but what it lists; name a package, or a file beside it");
        }
        return path;
    }

    private static StoreException bad(String why) {
        return new StoreException(FailureKind.BAD_REQUEST, why);
    }

    private Map<String, Object> told(
            View view, boolean heldOnly, Metadata known, String path, List<Namings.Naming> namings) {
        Entry entry = view.lookup(docs.fileKey(path)).orElse(null);
        PackageTable.Listed listed = namings.isEmpty() ? null : namings.get(0).listed();
        HeldFiles.Fit fit =
                entry == null || listed == null ? HeldFiles.Fit.NO : HeldFiles.known(view, entry, listed.expectation());
        Mounts.Place place = mounts.of(path);
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("path", path);
        String refusal = refusal(known, heldOnly, place, path, listed, entry, fit);
        told.put("served", refusal == null);
        if (refusal != null) {
            told.put("refusal", refusal);
        } else {
            told.put("note", note(listed, entry, fit));
        }
        told.put("held", entry != null);
        if (entry != null) {
            told.put("held-sha256", entry.digest().hex());
            told.put("held-bytes", entry.sizeBytes());
            told.put("held-at", entry.committedAt().toString());
            told.put("verified", entry.verification().name().toLowerCase(Locale.ROOT));
            if (listed != null) {
                told.put("fits", fit.name().toLowerCase(Locale.ROOT));
            }
        }
        told.put("listed", namings.stream().map(YumExplain::told).toList());
        since(told, namings);
        told.put("upstream", heldOnly || place == null ? List.of() : urls(place, path, listed));
        return told;
    }

    /** Adds {@code since-revision} and {@code since}: the oldest generation that is kept, since which each has listed these bytes there. */
    private static void since(Map<String, Object> told, List<Namings.Naming> namings) {
        Namings.Naming oldest = null;
        for (Namings.Naming naming : namings) {
            Namings.Naming first = namings.get(0);
            boolean isOfThatList = naming.list().dir().equals(first.list().dir())
                    && naming.list().type().equals(first.list().type());
            if (first.list().isNewest() && isOfThatList) {
                if (!naming.listed().checksum().equals(first.listed().checksum())) {
                    break;
                }
                oldest = naming;
            }
        }
        if (oldest != null) {
            Map<String, Object> that = told(oldest);
            told.put("since-revision", that.get("revision"));
            told.put("since", that.get("made-at"));
        }
    }

    private static Map<String, Object> told(Namings.Naming naming) {
        Generation generation = naming.list().generation();
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("directory", "/" + naming.list().dir());
        told.put("list", naming.list().type());
        told.put("revision", generation.revision("/" + naming.list().dir()));
        told.put("made-at", Instant.ofEpochSecond(generation.header().newest()).toString());
        told.put("fetched-at", generation.header().fetchedAt().toString());
        told.put("newest", naming.list().isNewest());
        told.put("signed", generation.isSigned());
        told.put("checksum", naming.listed().checksum().toString());
        if (naming.listed().sizeBytes() >= 0) {
            told.put("bytes", naming.listed().sizeBytes());
        }
        return told;
    }

    /** Why nobody gets a file; null where clients do. */
    private @Nullable String refusal(
            Metadata known,
            boolean heldOnly,
            Mounts.@Nullable Place place,
            String path,
            PackageTable.@Nullable Listed listed,
            @Nullable Entry entry,
            HeldFiles.Fit fit) {
        if (place == null) {
            return "nothing is mounted there; what is: " + mounts;
        }
        if (heldOnly && entry == null) {
            return "it is not held, and nothing is fetched here";
        }
        if (listed != null) {
            return heldOnly && fit == HeldFiles.Fit.NO
                    ? "what is held of it are other bytes than its list says, and nothing is fetched here"
                    : null;
        }
        if (!YumFiles.isPackage(path)) {
            return null;
        }
        String dir = known.nearest(path);
        if (dir != null) {
            return "the repository at /" + dir + " lists no such package"
                    + (heldOnly ? "" : "; its list is looked at again when a client asks");
        }
        return known.isLeftOut(path)
                ? "the metadata above it is left out, since nobody can tell what is held of it"
                : null;
    }

    /** What there is to say of a file that is served. */
    private static String note(PackageTable.@Nullable Listed listed, @Nullable Entry entry, HeldFiles.Fit fit) {
        if (listed == null) {
            String unlisted = "no list that is held names it: ";
            return entry == null
                    ? unlisted + "upstream is asked when a client asks"
                    : entry.verification() == Verification.NONE
                            ? unlisted + "it is what upstream had"
                            : "it is held, and was proved when it came, by what the tree says that it is in";
        }
        if (entry == null) {
            return "it is fetched when a client asks, and proved by its list";
        }
        return switch (fit) {
            case YES -> "it is held, and what its list says";
            case NO -> "other bytes are held than its list says: it is fetched again when a client asks";
            case UNPROVED -> "it is held, and compared with its list when a client asks";
        };
    }

    /** Where it would be asked for, in that order. */
    private static List<String> urls(Mounts.Place place, String path, PackageTable.@Nullable Listed listed) {
        if (listed != null && listed.base() != null) {
            return YumFiles.urls(place, path, listed).stream().map(ShownUrl::of).toList();
        }
        String rest = UrlPath.encoded(path.substring(place.mount().length()));
        return place.sources().stream()
                .map(source -> source.isList()
                        ? rest + " at a mirror of the " + source.kind().name().toLowerCase(Locale.ROOT) + " "
                                + ShownUrl.of(source.url())
                        : ShownUrl.of(URI.create(source.url() + rest)))
                .toList();
    }
}
