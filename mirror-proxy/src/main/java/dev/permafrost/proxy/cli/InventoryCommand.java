package dev.permafrost.proxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.blob.SmallFile;
import dev.permafrost.store.transfer.Inventory;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Writes which snapshots a store has, for the site that sends it bundles. */
@Command(
        name = "inventory",
        mixinStandardHelpOptions = true,
        description = {
            "Writes which snapshots this store has, some lines of JSON: carried to the site that exports for this one, they have"
                    + " 'permafrost export --for FILE' write only what is new."
        })
final class InventoryCommand implements Callable<Integer> {
    @Mixin
    private StoreOptions options = new StoreOptions();

    @Option(names = "--to", paramLabel = "FILE", description = "Where to; the standard output by default.")
    private @Nullable Path to;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        Console console = Console.of(spec);
        byte[] inventory = Inventory.of(options.root());
        if (to == null) {
            console.out().print(new String(inventory, UTF_8));
            console.out().flush();
        } else {
            SmallFile.write(to, inventory, false);
            console.out().println("Wrote " + to);
        }
        return 0;
    }
}
