package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.Published;
import dev.permafrost.proxy.repo.Publishing;
import dev.permafrost.proxy.repo.Reply.NotTaken.Reason;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.Taking;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What an operator may change in a Python repository, by the same checks as what is uploaded. */
public final class PypiHosting implements Hosting {
    private static final Logger log = LoggerFactory.getLogger(PypiHosting.class);
    private static final int SIGNATURE_BYTES_MAX = 64 << 10;

    private final MirrorStore store;
    private final HostedProjects projects;
    private final PublishedFiles published;

    PypiHosting(String repository, MirrorStore store, HostedProjects projects) {
        this.store = store;
        this.projects = projects;
        this.published = new PublishedFiles(repository, store);
    }

    /** That of a repository that no server has in memory. */
    public static PypiHosting of(RepositoryConfig repository, MirrorStore store, Clock clock) {
        HostedProjects projects = new HostedProjects(
                repository.name(),
                store,
                new ProjectDocs(repository.name(), store),
                repository.uploads(),
                (project, paths) -> {},
                clock);
        return new PypiHosting(repository.name(), store, projects);
    }

    @Override
    public boolean isPublishable(String filename) {
        return DistributionName.isSafe(filename) && DistributionName.isDistribution(filename);
    }

    /** One file at a time, whoever asks: a file is not read by two. */
    @Override
    public synchronized Published publish(Path file, Publishing how, String by) {
        Path path = file.toAbsolutePath().normalize();
        try {
            FileStamp stamp = FileStamp.of(path);
            PublishedFiles.Row known =
                    projects.seen(view -> published.row(view, path)).orElse(null);
            if (known != null && known.stamp().equals(stamp) && stands(path, known, how)) {
                return known.refused() == null
                        ? new Published(Published.Outcome.HERE, false, name(path) + " is here already")
                        : new Published(Published.Outcome.REFUSED, false, known.refused());
            }
            boolean spoiled = known != null
                    && known.linked()
                    && known.stamp().isSameFile(stamp)
                    && isDropped(path, known.digest(), by);
            if (spoiled && !projects.overwrites()) {
                String why =
                        "it was written to after it had been linked, and what was published under its name is lost; give it"
                                + " another version, or touch it to have it published as it is now";
                published.put(path, PublishedFiles.Row.refused(stamp, why, false));
                return new Published(Published.Outcome.REFUSED, true, why);
            }
            return read(path, stamp, how, by);
        } catch (IOException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, file + " can't be read: " + e.getMessage(), e);
        }
    }

    /** Whether what was found of a file still holds: nothing of the file has changed, and of the repository nothing that matters. */
    private boolean stands(Path file, PublishedFiles.Row known, Publishing how) {
        ProjectName project = project(name(file)).orElse(null);
        if (project == null) {
            return true;
        }
        if (known.refused() != null) {
            return !known.conflict() || projects.rival(project, name(file)).isPresent();
        }
        return !how.restores()
                || projects.rival(project, name(file))
                        .filter(there -> Objects.equals(there.digests().get(Algorithm.SHA256), known.digest()))
                        .isPresent();
    }

    /** What was linked is what the store holds: whoever wrote to it has spoiled what is published under its name. */
    private boolean isDropped(Path file, @Nullable Digest digest, String by) {
        if (digest == null || !store.dropIfDamaged(digest)) {
            return false;
        }
        project(name(file)).ifPresent(project -> projects.delete(project, name(file), digest, by));
        log.error(
                "{} was written to after it had been linked, and what was published under its name is lost; publish files"
                        + " that are written to without links",
                file);
        return true;
    }

    private Published read(Path file, FileStamp stamp, Publishing how, String by) throws IOException {
        String filename = name(file);
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        Incoming incoming = null;
        boolean linked = false;
        boolean added = false;
        try {
            HostedProjects.Claims claims = claims(file, filename);
            CompleteArchive.require(file);
            incoming = projects.begin(claims.project(), filename, Set.of());
            linked = incoming.staged().take(file, how.links() ? Taking.LINK : Taking.CLONE) == Taking.LINK;
            if (FileStamp.of(file).hasSameBytes(stamp)) {
                String text = projects.add(incoming, filename, claims, by);
                added = true;
                remember(file, stamp, claims.project(), linked);
                return new Published(Published.Outcome.HERE, true, text);
            }
            return new Published(Published.Outcome.UNSETTLED, true, filename + " is being written");
        } catch (RefusedUploadException e) {
            giveBack(incoming, linked, file, permissions);
            linked = false;
            String why = String.valueOf(e.getMessage());
            if (e.isPassing()) {
                return new Published(Published.Outcome.UNSETTLED, true, why);
            }
            FileStamp now = FileStamp.of(file);
            if (now.hasSameBytes(stamp)) {
                published.put(file, PublishedFiles.Row.refused(now, why, e.reason() == Reason.CONFLICT));
            }
            return new Published(Published.Outcome.REFUSED, true, why);
        } finally {
            giveBack(incoming, linked && !added, file, permissions);
        }
    }

    /** Leaves a file that is not taken as it was. */
    private static void giveBack(
            @Nullable Incoming incoming, boolean linked, Path file, Set<PosixFilePermission> permissions)
            throws IOException {
        if (incoming != null) {
            incoming.discard();
        }
        if (linked) {
            Files.setPosixFilePermissions(file, permissions);
        }
    }

    private void remember(Path file, FileStamp before, ProjectName project, boolean linked) throws IOException {
        FileStamp now = FileStamp.of(file);
        Digest digest = projects.rival(project, name(file))
                .map(there -> there.digests().get(Algorithm.SHA256))
                .orElse(null);
        if (digest != null && now.hasSameBytes(before)) {
            published.put(file, PublishedFiles.Row.taken(now, digest, linked));
        }
    }

    private static HostedProjects.Claims claims(Path file, String filename) throws IOException, RefusedUploadException {
        ProjectName project = project(filename).orElse(null);
        String version = project == null
                ? null
                : DistributionName.version(project, filename)
                        .flatMap(Version::inName)
                        .map(Version::toString)
                        .orElse(null);
        if (project == null || version == null) {
            throw new RefusedUploadException(
                    "its name is not one that a wheel or an sdist has: NAME-VERSION, and more for a wheel");
        }
        return new HostedProjects.Claims(
                project,
                version,
                null,
                null,
                Map.of(),
                signature(file.resolveSibling(filename + Companions.SIGNATURE)),
                null,
                false);
    }

    /** A detached signature that lies beside a file; null where there is none, or something else. */
    private static @Nullable String signature(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || Files.size(file) > SIGNATURE_BYTES_MAX) {
            return null;
        }
        String text = Files.readString(file, ISO_8859_1);
        return text.startsWith("-----BEGIN PGP SIGNATURE-----") ? text : null;
    }

    private static Optional<ProjectName> project(String filename) {
        return DistributionName.isDistribution(filename)
                ? DistributionName.candidates(filename).stream().findFirst()
                : Optional.empty();
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    @Override
    public List<Path> published(Path folder) {
        return projects.seen(
                view -> published.taken(view, folder.toAbsolutePath().normalize()));
    }

    @Override
    public String yank(String project, String version, @Nullable String reason, String by) {
        try {
            return projects.yank(project, version, reason, by);
        } catch (RefusedUploadException e) {
            throw failed(e);
        }
    }

    @Override
    public String delete(String project, String version, String by) {
        try {
            return projects.delete(project, version, by);
        } catch (RefusedUploadException e) {
            throw failed(e);
        }
    }

    private static StoreException failed(RefusedUploadException e) {
        return new StoreException(e.kind(), String.valueOf(e.getMessage()), e);
    }
}
