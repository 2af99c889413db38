package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.Publishing;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.Family;
import dev.permafrost.store.index.Index;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Once a deletion is acknowledged nobody who asks from then on gets the file, whoever was looking for it meanwhile. */
class ChangesAreSeenAtOnceTest {
    private static final TinyWheel WHEEL = TinyWheel.of("firn", "1.0");

    @TempDir
    Path folder;

    @Test
    void aFileThatWasLookedUpBeforeItsDeletionIsNotRemembered() throws Exception {
        AtomicReference<Gate> gate = new AtomicReference<>();
        try (IndexInHand index = new IndexInHand(folder.resolve("data"), null, real -> {
            Gate made = new Gate(real);
            gate.set(made);
            return made;
        })) {
            Gate rows = Objects.requireNonNull(gate.get());
            Path file = Files.write(folder.resolve(WHEEL.filename()), WHEEL.bytes());
            index.hosting().publish(file, new Publishing(folder, false, true), "a test");
            String sha256 = Form.digest("SHA-256", WHEEL.bytes());
            String path = "packages/" + sha256.substring(0, 2) + "/" + sha256.substring(2, 4) + "/"
                    + sha256.substring(4) + "/" + WHEEL.filename();
            rows.shutBehind("pypi\0firn/" + WHEEL.filename());
            AtomicReference<Reply> early = new AtomicReference<>();
            Thread asks = new Thread(() -> early.set(index.ask(path)));
            asks.start();
            rows.awaitSomebody();
            index.hosting().delete("firn", "1.0", "a test");
            rows.open();
            asks.join(20_000);
            assertThat(early.get()).as("asked before").isInstanceOf(Reply.Held.class);
            Objects.requireNonNull(early.get()).drop();
            assertThat(index.ask(path)).as("asked after").isInstanceOf(Reply.NotFound.class);
        }
    }

    /** An index in which the first who has read a certain row stays for a while. */
    private static final class Gate implements Index {
        private final Index real;
        private final CountDownLatch reached = new CountDownLatch(1);
        private final CountDownLatch opened = new CountDownLatch(1);
        private final AtomicBoolean passed = new AtomicBoolean();
        private volatile String shut = "";

        Gate(Index real) {
            this.real = real;
        }

        void shutBehind(String key) {
            shut = key;
        }

        void awaitSomebody() throws InterruptedException {
            assertThat(reached.await(20, TimeUnit.SECONDS)).isTrue();
        }

        void open() {
            opened.countDown();
        }

        @Override
        public byte @Nullable [] get(Family family, byte[] key) {
            byte[] value = real.get(family, key);
            if (family == Family.ENTRY && new String(key, UTF_8).equals(shut) && passed.compareAndSet(false, true)) {
                reached.countDown();
                try {
                    opened.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
            return value;
        }

        @Override
        public List<byte[]> series(Family family, IntFunction<byte[]> key) {
            return real.series(family, key);
        }

        @Override
        public void scan(Family family, byte[] prefix, RowVisitor visitor) {
            real.scan(family, prefix, visitor);
        }

        @Override
        public void write(Batch batch, boolean sync) {
            real.write(batch, sync);
        }

        @Override
        public void checkpoint(Path directory) {
            real.checkpoint(directory);
        }

        @Override
        public void close() {
            real.close();
        }
    }
}
