package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.MirrorServer;
import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.io.PrintWriter;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Serves until it is stopped. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = {
            "Serves packages: what it holds from disk, what it lacks from upstream, keeping it.",
            "A store without a live index, which is what 'freeze --to' writes, is served frozen."
        })
final class ServeCommand implements Callable<Integer> {
    @Mixin
    private StoreOptions options = new StoreOptions();

    @Option(names = "--offline", description = "Make no connection to any upstream; serve what is held.")
    private boolean offline;

    @Option(
            names = "--frozen",
            arity = "0..1",
            paramLabel = "NAME",
            fallbackValue = SnapshotId.CURRENT,
            description = "Serve a snapshot instead of the live index, the newest if no name is given. Writes nothing"
                    + " and connects to nowhere, so the store may lie on a read-only disk.")
    private @Nullable String frozen;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        MirrorConfig config = options.load(offline);
        MirrorServer.Serve serve = what(config);
        MirrorServer server = start(config, serve);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            server.close();
                            stopped.countDown();
                        },
                        "permafrost-stop"));
        greet(config, server);
        stopped.await();
        return 0;
    }

    private static MirrorServer start(MirrorConfig config, MirrorServer.Serve serve) {
        try {
            return MirrorServer.start(config, serve);
        } catch (StoreException e) {
            if (e.kind() != FailureKind.STORE_LOCKED) {
                throw e;
            }
            throw new StoreException(
                    FailureKind.STORE_LOCKED,
                    "another process has the store " + config.data()
                            + " open; stop it, or serve a snapshot beside it with --frozen",
                    e);
        }
    }

    private MirrorServer.Serve what(MirrorConfig config) {
        if (frozen != null) {
            return new MirrorServer.Serve.Frozen(
                    frozen.equals(SnapshotId.CURRENT) ? Optional.empty() : Optional.of(new SnapshotId(frozen)));
        }
        return MirrorStore.isFrozenByNature(config.data())
                ? new MirrorServer.Serve.Frozen(Optional.empty())
                : new MirrorServer.Serve.Live();
    }

    private void greet(MirrorConfig config, MirrorServer server) {
        PrintWriter out = Console.of(spec).out();
        out.println("Permafrost " + Main.Version.number() + " serves " + describe(config, server) + " from "
                + config.data());
        List<String> urls = server.urls();
        urls.forEach(url -> out.println("  " + url));
        URI admin = server.adminUrl();
        if (admin != null) {
            out.println("  " + admin + "-/metrics (for the operator)");
        }
        server.sockets().forEach(socket -> out.println("  " + socket));
        out.println();
        String root = server.rootFile() == null ? "" : "--cert " + server.rootFile() + " ";
        boolean hasIndex = config.repositories().values().stream()
                .anyMatch(repository -> repository.isDefault() && !repository.isYum());
        if (!hasIndex) {
            out.println("Try it:    permafrost client yum"
                    + (urls.isEmpty() ? "" : "   (also at " + urls.get(0) + "-/setup/permafrost.repo)"));
        } else if (urls.isEmpty()) {
            String socket = server.sockets().get(0).substring("unix:".length());
            out.println("Try it:    curl --unix-socket " + socket + " http://localhost/simple/");
        } else {
            out.println("Try it:    pip install " + (urls.get(0).startsWith("https:") ? root : "") + "--index-url "
                    + urls.get(0) + "simple/ requests");
        }
        if (server.rootFile() != null) {
            out.println(
                    "Trust it:  permafrost ca trust --dir " + server.rootFile().getParent());
        }
        if (server.store().frozen()) {
            out.println("It is frozen: nothing is written to the store, and no connection is made.");
            out.println(
                    server.keepsWishes()
                            ? "What is asked for in vain is kept in " + config.state()
                                    + "; see: permafrost wishes list --set state=" + config.state()
                            : "What is asked for in vain is remembered in memory only, until it stops; --set state=DIR keeps"
                                    + " it.");
        } else {
            out.println("Freeze it: permafrost freeze --data " + config.data() + " --to DIR");
        }
        out.println("Stop it:   Ctrl-C");
        out.flush();
    }

    private static String describe(MirrorConfig config, MirrorServer server) {
        Optional<SnapshotId> snapshot = server.store().view().snapshot();
        if (snapshot.isPresent()) {
            return "snapshot '" + snapshot.get() + "'";
        }
        if (config.offline()) {
            return "what it holds, offline,";
        }
        return String.join(
                ", ",
                config.repositories().values().stream()
                        .map(ServeCommand::describe)
                        .toList());
    }

    private static String describe(RepositoryConfig repository) {
        String of = repository.isMade()
                ? String.join(" + ", repository.sources().names())
                : repository.upstream() == null ? "" : repository.upstream().toString();
        return repository.name() + (of.isEmpty() ? "" : " (" + of + ")");
    }
}
