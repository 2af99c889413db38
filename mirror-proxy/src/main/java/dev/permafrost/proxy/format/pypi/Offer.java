package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.format.pypi.ProjectPage.Header;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Digest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is stored of a project, in one source or in several, as of one moment. For one thread, which it blocks. */
final class Offer {
    private final View view;
    private final List<Part> parts;
    private final Header header;
    private @Nullable Served served;

    /** What one source has. */
    private record Part(ProjectSource source, ProjectDocs.Stored page, Holding holding) {}

    /**
     * What is served of it.
     *
     * @param files those that are served
     * @param refusal the answer where none of them is, though there are some; else null
     * @param changesAt when to look again at the latest; null where nothing changes by itself
     * @param some whether these are not all that the sources list, so that what they say of all does not hold
     * @param owners who has a file, by its name; empty where there is but one source
     */
    private record Served(
            Iterable<FileRecord> files,
            @Nullable Reply refusal,
            @Nullable Instant changesAt,
            boolean some,
            Map<String, Owner> owners) {}

    /** A file, and who has it. */
    private record Owner(Part part, FileRecord file) {}

    /** A file that is asked for, and the source that may serve it. */
    record Found(ProjectSource source, ProjectDocs.Located located) {}

    private Offer(View view, List<Part> parts, Header header) {
        this.view = view;
        this.parts = parts;
        this.header = header;
    }

    /** What a source has. */
    static Offer of(ProjectSource source, View view, ProjectDocs.Stored page) {
        Holding holding = new Holding(source.docs(), view, page.header().project());
        return new Offer(view, List.of(new Part(source, page, holding)), page.header());
    }

    /**
     * What several have together; of a file that more than one has, the first counts. It has no serial number, since theirs count
     * different things.
     */
    static Offer merged(List<Offer> offers) {
        List<Part> parts = new ArrayList<>();
        offers.forEach(offer -> parts.addAll(offer.parts));
        Header speaks = parts.stream()
                .map(part -> part.page().header())
                .filter(header -> !header.quarantined())
                .findFirst()
                .orElse(parts.get(0).page().header());
        Header header = new Header(
                speaks.project(),
                speaks.apiVersion(),
                speaks.status(),
                speaks.statusReason(),
                parts.size() == 1 ? speaks.versions() : List.of(),
                -1,
                null,
                null,
                speaks.fetchedAt(),
                speaks.format(),
                parts.stream()
                        .mapToInt(part -> part.page().header().filesCount())
                        .sum());
        return new Offer(offers.get(0).view, parts, header);
    }

    /** What is said of the project as a whole. */
    Header header() {
        return header;
    }

    /** What changes when, and only when, what is served may have changed. */
    String version() {
        if (parts.size() == 1) {
            return version(parts.get(0).page().header());
        }
        StringBuilder all = new StringBuilder();
        parts.forEach(part -> all.append(part.source().name())
                .append(' ')
                .append(version(part.page().header()))
                .append('\n'));
        return all.toString();
    }

    private String version(Header of) {
        if (view.heldOnly() && !view.immutable()) {
            // what is held changes without a word from upstream
            return of.fetchedAt() + " " + System.nanoTime() / ProjectSource.HELD_TTL.toNanos();
        }
        if (of.etag() == null && of.lastModified() == null) {
            return of.fetchedAt().toString();
        }
        return of.index() + " " + of.etag() + " " + of.lastModified() + " " + of.lastSerial();
    }

    /** When upstream last said that it is so, by {@link System#nanoTime}; 0 where some of it is ours alone. */
    long validatedNanos() {
        long oldest = 0;
        for (Part part : parts) {
            long nanos = part.source().validatedNanos(view, part.page().header());
            if (nanos == 0) {
                return 0;
            }
            oldest = oldest == 0 || nanos - oldest < 0 ? nanos : oldest;
        }
        return oldest;
    }

    /** Whether some of it is of that source. */
    boolean isOf(ProjectSource source) {
        return parts.stream().anyMatch(part -> part.source() == source);
    }

    /** The serial number that a source's page had; -1 where it is not among these. */
    long serial(ProjectSource source) {
        return parts.stream()
                .filter(part -> part.source() == source)
                .mapToLong(part -> part.page().header().lastSerial())
                .findFirst()
                .orElse(-1);
    }

    /** The files that are served. */
    Iterable<FileRecord> files() {
        return served().files();
    }

    /** The answer where the policy lets none of its files be served; null where some are, or there are none. */
    @Nullable Reply refusal() {
        return served().refusal();
    }

    /** When to look again at the latest; null where nothing changes by itself. */
    @Nullable Instant changesAt() {
        return served().changesAt();
    }

    /** Whether the files are not all that there are, so that what is said of all, such as a list of versions, does not hold. */
    boolean isSome() {
        return served().some();
    }

    /** What is held of the source that has a file. */
    Holding holding(FileRecord file) {
        Map<String, Owner> owners = served().owners();
        return owners.isEmpty()
                ? parts.get(0).holding()
                : Objects.requireNonNull(owners.get(file.filename())).part().holding();
    }

    /**
     * The file at a path below {@code packages/}, of the source that has it; null where there is none, or the file of its name is
     * another source's. One that is refused is found too, so that its source can say why.
     */
    @Nullable Found find(String path) {
        String filename = path.substring(path.lastIndexOf('/') + 1);
        Owner owner = served().owners().get(filename);
        if (owner != null) {
            return found(owner.part(), owner.file(), path);
        }
        for (Part part : parts) {
            for (FileRecord file : part.page().files()) {
                Found found = file.filename().equals(filename)
                                && !part.page().header().quarantined()
                        ? found(part, file, path)
                        : null;
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    private @Nullable Found found(Part part, FileRecord file, String path) {
        ProjectName project = header.project();
        return file.isAt(project, path) ? new Found(part.source(), new ProjectDocs.Located(project, file, path)) : null;
    }

    /** What is held of all. */
    PageRenderer.Held held() {
        return parts.size() == 1 ? parts.get(0).holding() : new HeldBySource();
    }

    private Served served() {
        Served known = served;
        if (known == null) {
            known = parts.size() == 1 ? alone(parts.get(0)) : together();
            served = known;
        }
        return known;
    }

    private Served alone(Part part) {
        Admission.Sifted sifted = part.source().sifted(view, part.page(), part.holding());
        return new Served(sifted.files(), refusal(part, sifted), sifted.changesAt(), sifted.refused() > 0, Map.of());
    }

    private Served together() {
        List<FileRecord> files = new ArrayList<>();
        Map<String, Owner> owners = new HashMap<>();
        Reply refusal = null;
        Instant changesAt = null;
        for (Part part : parts) {
            if (part.page().header().quarantined()) {
                continue;
            }
            Admission.Sifted sifted = part.source().sifted(view, part.page(), part.holding());
            for (FileRecord file : sifted.files()) {
                boolean there = !view.heldOnly() || part.holding().of(file) != null;
                if (there && owners.putIfAbsent(file.filename(), new Owner(part, file)) == null) {
                    files.add(file);
                }
            }
            Instant at = sifted.changesAt();
            changesAt = at != null && (changesAt == null || at.isBefore(changesAt)) ? at : changesAt;
            refusal = refusal == null ? refusal(part, sifted) : refusal;
        }
        return new Served(files, files.isEmpty() ? refusal : null, changesAt, true, owners);
    }

    private static @Nullable Reply refusal(Part part, Admission.Sifted sifted) {
        Refusal refusal = sifted.refusal();
        return refusal == null ? null : part.source().admission().refused(refusal);
    }

    /** Asks the source that has the file. */
    private final class HeldBySource implements PageRenderer.Held {
        @Override
        public @Nullable HeldFile of(FileRecord file) {
            return holding(file).of(file);
        }

        @Override
        public @Nullable Digest metadata(FileRecord file) {
            return holding(file).metadata(file);
        }

        @Override
        public boolean signature(FileRecord file) {
            return holding(file).signature(file);
        }

        @Override
        public boolean provenance(FileRecord file) {
            return holding(file).provenance(file);
        }
    }
}
