package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an operator may change in a Python repository, by the same checks as what is uploaded. */
public final class PypiHosting implements Hosting {
    private static final int BUFFER_BYTES = 1 << 20;

    private final HostedProjects projects;

    PypiHosting(HostedProjects projects) {
        this.projects = projects;
    }

    /** That of a repository that no server has in memory. */
    public static PypiHosting of(RepositoryConfig repository, MirrorStore store, Clock clock) {
        return new PypiHosting(new HostedProjects(
                repository.name(),
                store,
                new ProjectDocs(repository.name(), store),
                repository.uploads(),
                (project, paths) -> {},
                clock));
    }

    @Override
    public String publish(Path file, String by) {
        String filename = String.valueOf(file.getFileName());
        try {
            return published(file, filename, by);
        } catch (RefusedUploadException e) {
            throw failed(e);
        } catch (IOException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, file + " can't be read: " + e.getMessage(), e);
        }
    }

    private String published(Path file, String filename, String by) throws IOException, RefusedUploadException {
        ProjectName project = DistributionName.isDistribution(filename)
                ? DistributionName.candidates(filename).stream().findFirst().orElse(null)
                : null;
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
        Path signature = file.resolveSibling(filename + Companions.SIGNATURE);
        HostedProjects.Claims claims = new HostedProjects.Claims(
                project,
                version,
                null,
                null,
                Map.of(),
                Files.isRegularFile(signature) ? Files.readString(signature) : null,
                null);
        Incoming incoming = projects.begin(project, filename, Set.of());
        try (FileChannel from = FileChannel.open(file)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
            while (from.read(buffer) >= 0) {
                buffer.flip();
                incoming.staged().write(buffer);
                buffer.clear();
            }
            return projects.add(incoming, filename, claims, by);
        } finally {
            incoming.discard();
        }
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
