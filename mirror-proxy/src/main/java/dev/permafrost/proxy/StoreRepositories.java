package dev.permafrost.proxy;

import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.format.pypi.PypiExplain;
import dev.permafrost.proxy.format.pypi.PypiHosting;
import dev.permafrost.proxy.format.pypi.PypiProof;
import dev.permafrost.proxy.format.pypi.SourcedExplain;
import dev.permafrost.proxy.format.pypi.YankedFiles;
import dev.permafrost.proxy.format.yum.YumExplain;
import dev.permafrost.proxy.format.yum.YumHosting;
import dev.permafrost.proxy.format.yum.YumListings;
import dev.permafrost.proxy.format.yum.YumSealing;
import dev.permafrost.proxy.repo.Explains;
import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.Listings;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.Sealing;
import dev.permafrost.proxy.repo.Withdrawals;
import dev.permafrost.store.MirrorStore;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What can be told of, changed in and sealed of the repositories of a store, whether a server has it open or not. */
public final class StoreRepositories {
    private StoreRepositories() {}

    /** What can be told of the repositories of a store that no server has open, by name. */
    public static Map<String, Explains> explains(MirrorConfig config, MirrorStore store) {
        return explains(config, store, !config.offline() && !store.frozen(), Clock.systemUTC());
    }

    /** What an operator may change in the repositories of a store that no server has open. */
    public static Map<String, Hosting> hosting(MirrorConfig config, MirrorStore store) {
        Map<String, Hosting> hosting = new HashMap<>();
        config.repositories().values().stream()
                .filter(RepositoryConfig::isOwn)
                .forEach(repository -> hosting.put(
                        repository.name(),
                        repository.isYum()
                                ? YumHosting.of(repository, store, key(config), Clock.systemUTC())
                                : PypiHosting.of(repository, store, Clock.systemUTC())));
        return hosting;
    }

    /** What makes the metadata of a store's repositories say what is held, those too that the configuration does not name. */
    public static List<Sealing> seals(MirrorConfig config, MirrorStore store) {
        return List.of(new PypiProof(store), YumSealing.all(store, key(config)));
    }

    /** What tells which files of a store's repositories were withdrawn. */
    public static Withdrawals withdrawals(MirrorStore store) {
        return new YankedFiles(store);
    }

    /** What compares the lists of a store's repositories, those too that the configuration does not name. */
    public static Listings listings(MirrorStore store, boolean offline) {
        return new YumListings(store, !offline && !store.frozen());
    }

    /** Where the key lies that signs metadata of our own. */
    static Path key(MirrorConfig config) {
        Path state = config.state() == null ? config.data() : config.state();
        return state.resolve("keys/metadata.asc");
    }

    /** The repositories that are made of others, or those that are not. */
    static List<RepositoryConfig> those(MirrorConfig config, boolean made) {
        return config.repositories().values().stream()
                .filter(repository -> repository.isMade() == made)
                .toList();
    }

    /** What can be told of the repositories of a store, by name. */
    static Map<String, Explains> explains(MirrorConfig config, MirrorStore store, boolean fetches, Clock clock) {
        Map<String, Explains> explains = new HashMap<>();
        for (RepositoryConfig repository : those(config, false)) {
            boolean fetchesHere = fetches && !repository.upstreams().isEmpty();
            explains.put(
                    repository.name(),
                    repository.isYum()
                            ? new YumExplain(repository, store, fetchesHere)
                            : new PypiExplain(repository, store, fetchesHere, clock));
        }
        for (RepositoryConfig repository : those(config, true)) {
            explains.put(repository.name(), new SourcedExplain(repository, explains));
        }
        return explains;
    }
}
