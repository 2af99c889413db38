package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.StoreRepositories;
import dev.permafrost.proxy.StoreSync;
import dev.permafrost.proxy.admin.ControlClient;
import dev.permafrost.proxy.admin.ControlServer;
import dev.permafrost.proxy.admin.ProgressSink;
import dev.permafrost.proxy.admin.Verb;
import dev.permafrost.proxy.admin.Verbs;
import dev.permafrost.proxy.admin.WishesFetchVerb;
import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Has a verb run by the process that owns the store: a server that is running, else this one. */
final class StoreVerb {
    private StoreVerb() {}

    /**
     * Runs it.
     *
     * @param config of the repositories, for a verb that is about them
     */
    static Map<String, Object> run(
            Path root,
            @Nullable MirrorConfig config,
            String verb,
            Map<String, String> arguments,
            ProgressSink progress) {
        boolean fetchesWishes = verb.equals(WishesFetchVerb.NAME);
        boolean syncs = verb.equals(Verbs.SYNC) || fetchesWishes;
        // what is fetched ahead of need may be the first that there is
        if (!syncs && !MirrorStore.isStore(root)) {
            throw new StoreException(
                    FailureKind.STORE_MISSING,
                    "there is no store in " + root + "; make one with: permafrost serve --data " + root);
        }
        Optional<Map<String, Object>> answer =
                ControlClient.call(ControlServer.socketOf(root), verb, arguments, progress);
        if (answer.isPresent()) {
            return answer.get();
        }
        MirrorStore.Options options = MirrorStore.Options.of(root);
        boolean frozen = MirrorStore.isFrozenByNature(root);
        try (MirrorStore store =
                        frozen ? MirrorStore.openFrozen(options, Optional.empty()) : MirrorStore.open(options);
                StoreSync sync = syncs && config != null && !frozen
                        ? StoreSync.of(config, store, System.getenv())
                        : StoreSync.none()) {
            if (fetchesWishes) {
                return new WishesFetchVerb(store, sync.formats()).run(arguments, progress);
            }
            Verb local = Verbs.of(
                            store,
                            config == null ? Map.of() : StoreRepositories.explains(config, store),
                            config == null ? Map.of() : StoreRepositories.hosting(config, store),
                            config == null || frozen ? List.of() : StoreRepositories.seals(config, store),
                            sync.syncings(),
                            StoreRepositories.listings(store, config != null && config.offline()),
                            StoreRepositories.withdrawals(store))
                    .all()
                    .get(verb);
            if (local == null) {
                throw new StoreException(FailureKind.BAD_REQUEST, "there is no verb '" + verb + "'");
            }
            return local.run(arguments, progress);
        }
    }
}
