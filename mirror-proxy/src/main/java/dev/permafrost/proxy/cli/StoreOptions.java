package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.config.ConfigLoader;
import dev.permafrost.proxy.config.MirrorConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What every verb takes: which configuration, which store. */
final class StoreOptions {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The configuration; permafrost.yaml in this folder where there is one, else the defaults.")
    private @Nullable Path config;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "The store's folder, whatever the configuration says; ./permafrost-data by default.")
    private @Nullable Path data;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Sets one key of the configuration, such as listen=0.0.0.0:8080 or"
                    + " repositories.pypi.upstream=https://pypi.example/simple/; may be given often.")
    private List<String> sets = new ArrayList<>();

    MirrorConfig load(boolean offline) {
        return ConfigLoader.load(config, sets, data, offline);
    }

    /** The store's folder, absolute. */
    Path root() {
        return load(false).data().toAbsolutePath().normalize();
    }
}
