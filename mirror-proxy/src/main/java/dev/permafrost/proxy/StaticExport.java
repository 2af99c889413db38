package dev.permafrost.proxy;

import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.format.pypi.PypiStatic;
import dev.permafrost.proxy.format.yum.YumStatic;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.StaticTree;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.transfer.StaticFolder;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Writes a snapshot as files that any web server can serve to pip, yum and dnf, each repository in a folder of its name or path. */
public final class StaticExport {
    private StaticExport() {}

    /**
     * Writes it. Blocks. A server may have the store open meanwhile.
     *
     * @param snapshot which; empty for the current one
     * @param target a folder that is empty or not there yet
     * @param copies whether files are copied even where they can be linked
     * @return {@code snapshot}, {@code to}, {@code files}, {@code copied-bytes}, {@code repositories}, and {@code left-out}, texts that say
     *     what and why
     * @throws StoreException STORE_MISSING where there is no such snapshot, STORE_EXISTS where there is something in the target
     */
    public static Map<String, Object> write(
            MirrorConfig config, Optional<SnapshotId> snapshot, Path target, boolean copies) {
        try (Blocking blocking = new Blocking(1);
                MirrorStore store = MirrorStore.openFrozen(MirrorStore.Options.of(config.data()), snapshot);
                StaticFolder folder = new StaticFolder(store.root(), target, !copies, FileOps.system())) {
            View view = store.view();
            List<Object> leftOut = new ArrayList<>();
            List<Object> names = new ArrayList<>();
            for (RepositoryConfig repository : config.repositories().values()) {
                String at = place(repository);
                tree(config, repository, store, blocking)
                        .write(view, new Below(folder, at))
                        .forEach(text -> leftOut.add(repository.name() + ": " + text));
                names.add(at);
            }
            if (folder.files() == 0) {
                throw new StoreException(
                        FailureKind.STORE_MISSING,
                        "the snapshot has nothing of "
                                + String.join(", ", config.repositories().keySet())
                                + "; name its repositories as the server does that filled it: --config FILE");
            }
            folder.finish();
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("snapshot", view.snapshot().map(SnapshotId::name).orElse(""));
            result.put("to", target.toAbsolutePath().normalize().toString());
            result.put("files", folder.files());
            result.put("copied-bytes", folder.copiedBytes());
            result.put("repositories", names);
            result.put("left-out", leftOut);
            return result;
        }
    }

    private static String place(RepositoryConfig repository) {
        String path = repository.yum().path();
        return path.isEmpty() ? repository.name() : path.substring(1, path.length() - 1);
    }

    private static StaticTree tree(
            MirrorConfig config, RepositoryConfig repository, MirrorStore store, Blocking blocking) {
        if (repository.isYum()) {
            return new YumStatic(repository.name(), store);
        }
        List<RepositoryConfig> made = repository.isMade()
                ? repository.sources().names().stream()
                        .map(name ->
                                Objects.requireNonNull(config.repositories().get(name)))
                        .toList()
                : List.of(repository);
        return PypiStatic.of(repository, made, store, blocking, Clock.systemUTC());
    }

    /** The folder of one repository. */
    private record Below(StaticFolder folder, String at) implements StaticTree.Sink {
        @Override
        public boolean page(String path, byte[] content) {
            return folder.page(at + "/" + path, content);
        }

        @Override
        public boolean file(String path, Digest blob) {
            return folder.blob(at + "/" + path, blob);
        }
    }
}
