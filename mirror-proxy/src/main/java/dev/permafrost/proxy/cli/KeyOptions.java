package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.store.transfer.Keyring;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the keys lie by which this site signs what leaves it, and checks what comes. */
final class KeyOptions {
    @Option(
            names = "--keys",
            paramLabel = "DIR",
            description =
                    "Where the keys lie: the folder keys of the store by default, or of 'state' where the configuration"
                            + " sets that.")
    private @Nullable Path keys;

    /** The keys, for a verb that works by that configuration. */
    Keyring keyring(StoreOptions options) {
        if (keys != null) {
            return Keyring.in(keys);
        }
        MirrorConfig config = options.load(false);
        Path state = config.state();
        return Keyring.in((state == null ? config.data() : state).resolve("keys"));
    }
}
