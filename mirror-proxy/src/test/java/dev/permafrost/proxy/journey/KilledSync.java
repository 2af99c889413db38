package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.Nginx;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.store.Amendment;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** A sync that is killed at random moments (SIGKILL), again and again, and then is not. */
final class KilledSync {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int PACKAGES = 60;
    private static final int PACKAGE_BYTES_MAX = 600_000;
    private static final int LONG_BYTES = 64 << 20;
    private static final String LONG = "p/long-1-1.noarch.rpm";

    private final Path folder;
    private final Random random;
    private final RpmTree tree = new RpmTree();

    KilledSync(Path folder, long seed) {
        this.folder = folder;
        this.random = new Random(seed);
        tree.with(LONG, bytes(LONG_BYTES));
        for (int i = 0; i < PACKAGES; i++) {
            tree.with("p/p" + i + "-1-1.noarch.rpm", bytes(1 + random.nextInt(PACKAGE_BYTES_MAX)));
        }
    }

    private byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Kills it so many times, lets it end, and checks all that there is then; how often a long file was gone on with. */
    long survives(int kills) throws Exception {
        assumeTrue(Nginx.available(), "no nginx here");
        Path site = Files.createDirectories(folder.resolve("site"));
        Map<String, byte[]> files = tree.files();
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = site.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
        }
        Product product = Product.in(folder);
        Path data = folder.resolve("store");
        Path config = folder.resolve("permafrost.yaml");
        long goneOnWith;
        try (Nginx upstream = Nginx.start(Files.createDirectory(folder.resolve("nginx")), """
                root "%s";
                limit_rate 12m;
                """.formatted(site))) {
            Files.writeString(config, "repositories: {yum: {format: yum, upstream: '" + upstream.url("/") + "'}}\n");
            for (int killed = 0; killed < kills; ) {
                try (Subprocess sync = product.command(words(data, config)).start()) {
                    if (random.nextBoolean()) {
                        // else many would be killed before they have begun
                        awaitFetching(data, sync);
                    }
                    Thread.sleep(random.nextInt(2_500));
                    if (sync.isAlive()) {
                        killed++;
                    } else {
                        assertThat(sync.await(PATIENCE).exit()).as(sync.err()).isZero();
                        forget(data);
                    }
                }
            }
            Subprocess.Result last = product.command(words(data, config)).run(PATIENCE);
            assertThat(last.exit()).as(last.toString()).isZero();
            goneOnWith = upstream.accesses().stream()
                    .filter(access -> access.target().endsWith(LONG) && access.status() == 206)
                    .count();
        }
        check(data, files);
        return goneOnWith;
    }

    private static void awaitFetching(Path data, Subprocess sync) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (sync.isAlive() && Folders.staged(data).isEmpty() && System.nanoTime() < deadline) {
            Thread.sleep(10);
        }
    }

    private static String[] words(Path data, Path config) {
        return new String[] {
            "sync", "yum", "yum/", "--connections=4", "--data", data.toString(), "--config", config.toString()
        };
    }

    /** Begins anew once all of it is there. */
    private static void forget(Path data) {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data))) {
            Set<ArtifactKey> all = new HashSet<>();
            store.view().catalog().entries("yum", "p/", (key, entry) -> all.add(key));
            store.amend(() -> new Amendment(Map.of(), Map.of(), all));
        }
    }

    private static void check(Path data, Map<String, byte[]> files) throws IOException {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data))) {
            files.forEach((path, bytes) -> {
                if (path.endsWith(".rpm")) {
                    Entry entry = store.view()
                            .lookup(new ArtifactKey("yum", path))
                            .orElseThrow(() -> new AssertionError(path));
                    assertThat(read(store, entry)).as(path).isEqualTo(bytes);
                }
            });
            assertThat(store.status().suspended())
                    .as("downloads to be gone on with")
                    .isZero();
            assertThat(Folders.staged(data)).isEmpty();
        }
    }

    private static byte[] read(MirrorStore store, Entry entry) {
        try (OpenBlob blob = store.open(entry)) {
            return Channels.newInputStream(blob.channel()).readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
