package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.permafrost.proxy.hosted.FileIntake;
import dev.permafrost.proxy.hosted.RefusedUploadException;
import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.Published;
import dev.permafrost.proxy.repo.Publishing;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an operator may change in a Python repository, by the same checks as what is uploaded. */
public final class PypiHosting implements Hosting {
    private static final int SIGNATURE_BYTES_MAX = 64 << 10;

    private final HostedProjects projects;
    private final FileIntake intake;

    PypiHosting(String repository, MirrorStore store, HostedProjects projects) {
        this.projects = projects;
        this.intake = new FileIntake(repository, store, new Distributions());
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
    public boolean isPublishable(Path file) {
        String filename = name(file);
        return DistributionName.isSafe(filename) && DistributionName.isDistribution(filename);
    }

    @Override
    public boolean isBeside(Path file) {
        String filename = name(file);
        return filename.endsWith(".asc") || filename.endsWith(".metadata") || filename.endsWith(".html");
    }

    @Override
    public Published publish(Path file, Publishing how, String by) {
        return intake.publish(file, how, by);
    }

    /** Distributions of folders, by the names of their files alone. */
    private final class Distributions implements FileIntake.Keeper {
        @Override
        public FileIntake.Candidate candidate(Path file, Publishing how) throws IOException, RefusedUploadException {
            HostedProjects.Claims claims = claims(file, name(file));
            CompleteArchive.require(file);
            return new FileIntake.Candidate() {
                @Override
                public Incoming begin() {
                    return projects.begin(claims.project(), name(file), Set.of());
                }

                @Override
                public String add(Incoming incoming, @Nullable Digest before, String by) throws RefusedUploadException {
                    return projects.add(incoming, name(file), claims, by);
                }
            };
        }

        @Override
        public Optional<Digest> there(Path file, Publishing how) {
            return project(name(file))
                    .flatMap(project -> projects.rival(project, name(file)))
                    .map(there -> there.digests().get(Algorithm.SHA256));
        }

        @Override
        public void lost(Path file, Publishing how, Digest digest, String by) {
            project(name(file)).ifPresent(project -> projects.delete(project, name(file), digest, by));
        }

        @Override
        public boolean overwrites() {
            return projects.overwrites();
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
        return intake.published(folder);
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
