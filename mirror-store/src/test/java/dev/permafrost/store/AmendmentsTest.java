package dev.permafrost.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.CommittedBlob;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.FaultyFileOps;
import dev.permafrost.store.blob.FaultyFileOps.Fault;
import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.Family;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Changes of several rows: whole or not at all, the same after the index was lost, and whatever ends the process in between. */
class AmendmentsTest {
    private static final ArtifactKey WHEEL = new ArtifactKey("ours", "firn/firn-1.0-py3-none-any.whl");
    private static final ArtifactKey SIDECAR = new ArtifactKey("ours", "firn/firn-1.0-py3-none-any.whl.metadata");
    private static final DocKey PAGE = new DocKey("ours", "project", "firn");
    private static final Predicate JOURNAL = new Predicate();

    @RegisterExtension
    final CheckedStores stores = new CheckedStores();

    @TempDir
    Path dir;

    private Path data = Path.of("");
    private final FaultyFileOps ops = new FaultyFileOps();
    private boolean indexFails;

    /** Operations on the journal's files. */
    private static final class Predicate implements java.util.function.Predicate<FaultyFileOps.Operation> {
        @Override
        public boolean test(FaultyFileOps.Operation operation) {
            return operation.file().toString().contains("/journal/");
        }
    }

    @BeforeEach
    void inAFolder() {
        data = stores.checked(dir.resolve("data"));
    }

    private MirrorStore open() {
        return MirrorStore.open(MirrorStore.Options.of(data)
                .withOps(ops)
                .withIndex((folder, cache) -> new FailingIndex(RocksIndex.open(folder, cache))));
    }

    private static byte[] text(String text) {
        return text.getBytes(UTF_8);
    }

    /** Adds the wheel, its sidecar and the page, as an upload does. */
    private static void add(MirrorStore store, byte[]... page) {
        Incoming incoming = store.begin(WHEEL, Set.of(Algorithm.MD5));
        try {
            incoming.staged().write(ByteBuffer.wrap(text("wheel")));
            incoming.commit(
                    Expectation.NOTHING,
                    "ci",
                    blob -> new Amendment(
                            Map.of(PAGE, List.of(page)), Map.of(SIDECAR, store.hold(text("metadata"))), Set.of()));
        } finally {
            incoming.discard();
        }
    }

    private static void delete(MirrorStore store) {
        store.amend(() -> new Amendment(Map.of(PAGE, List.of()), Map.of(), Set.of(WHEEL, SIDECAR)));
    }

    private void loseIndex() throws IOException {
        FaultsTest.deleteTree(data.resolve("index"));
    }

    /** Every row that tells what is held. */
    private static Map<String, String> rows(MirrorStore store) {
        Map<String, String> rows = new HashMap<>();
        store.view().catalog().entries((key, entry) -> rows.put(key.toString(), entry.toString()));
        store.view()
                .catalog()
                .blobs((digest, blob) -> rows.put(digest.toString(), blob.digests() + " " + blob.sizeBytes()));
        int[] n = {0};
        store.view().catalog().doc(PAGE, chunk -> rows.put("chunk " + n[0]++, new String(chunk, UTF_8)));
        return rows;
    }

    private static boolean isThere(MirrorStore store) {
        return store.view().lookup(WHEEL).isPresent();
    }

    @Test
    void aLostIndexComesBackWithPagesAndDigests() throws IOException {
        Map<String, String> before;
        try (MirrorStore store = open()) {
            add(store, text("one"), text("two"), text("three"));
            store.amend(() -> new Amendment(
                    Map.of(PAGE, List.of(text("one"), text("other"), text("three"), text("four"))),
                    Map.of(),
                    Set.of()));
            store.amend(() -> new Amendment(Map.of(PAGE, List.of(text("first"), text("other"))), Map.of(), Set.of()));
            before = rows(store);
            assertThat(before).hasSize(6).containsEntry("chunk 0", "first").containsEntry("chunk 1", "other");
        }
        loseIndex();
        try (MirrorStore store = open()) {
            assertThat(rows(store)).isEqualTo(before);
        }
    }

    @Test
    void anEntryMovesWithTheChangeThatNamesItAndStaysMovedAfterTheIndexIsLost() throws IOException {
        ArtifactKey waiting = new ArtifactKey("ours", "waiting");
        String moved;
        try (MirrorStore store = open()) {
            add(store, text("page"));
            Incoming incoming = store.begin(WHEEL, Set.of());
            incoming.staged().write(ByteBuffer.wrap(text("another wheel")));
            // where the amendment says, and not where it was to be
            Entry put = incoming.commit(
                    Expectation.NOTHING, "ci", blob -> new Amendment(Map.of(), Map.of(waiting, blob), Set.of()));
            moved = put.toString();
            assertThat(rows(store)).containsEntry(waiting.toString(), moved);
            assertThat(rows(store).get(WHEEL.toString())).isNotEqualTo(moved);
            store.amend(() -> new Amendment(
                    Map.of(PAGE, List.of(text("of the other"))), Map.of(), Map.of(waiting, WHEEL), Set.of()));
            assertThat(rows(store)).containsEntry(WHEEL.toString(), moved).doesNotContainKey(waiting.toString());
            // what is not there can't move, and nothing else changes then
            assertThatThrownBy(() -> store.amend(() -> new Amendment(
                            Map.of(PAGE, List.of(text("lost"))), Map.of(), Map.of(waiting, WHEEL), Set.of())))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("can't be moved");
        }
        loseIndex();
        try (MirrorStore store = open()) {
            assertThat(rows(store))
                    .containsEntry(WHEEL.toString(), moved)
                    .doesNotContainKey(waiting.toString())
                    .containsEntry("chunk 0", "of the other");
        }
    }

    @Test
    void onlyWhatChangesOfADocumentIsLogged() throws IOException {
        byte[] large = Stores.random(7, 100_000);
        try (MirrorStore store = open()) {
            add(store, large, text("two"));
            long size = journalBytes();
            for (int i = 0; i < 10; i++) {
                byte[] last = text("two, " + i);
                store.amend(() -> new Amendment(Map.of(PAGE, List.of(large, last)), Map.of(), Set.of()));
            }
            assertThat(journalBytes() - size).isLessThan(2_000);
        }
    }

    private long journalBytes() throws IOException {
        try (var files = Files.list(data.resolve("journal"))) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    @Test
    void whatTheIndexDidNotTakeTheJournalDoesNotSay() throws IOException {
        try (MirrorStore store = open()) {
            add(store, text("page"));
            indexFails = true;
            assertThatThrownBy(() -> delete(store)).isInstanceOf(StoreException.class);
            indexFails = false;
            assertThat(isThere(store)).isTrue();
        }
        loseIndex();
        try (MirrorStore store = open()) {
            assertThat(isThere(store)).isTrue();
            assertThat(store.view().catalog().doc(PAGE)).hasSize(1);
        }
    }

    @Test
    void whatEndsBeforeTheJournalWasToldIsToldAtTheNextStart() throws IOException {
        MirrorStore killed = open();
        add(killed, text("page"));
        ops.failAll(JOURNAL, Fault.NO_SPACE);
        // the index has it: nobody can be told that it failed
        delete(killed);
        assertThat(isThere(killed)).isFalse();
        killed.close();
        ops.heal();
        open().close();
        loseIndex();
        try (MirrorStore store = open()) {
            assertThat(isThere(store)).isFalse();
            assertThat(store.view().catalog().doc(PAGE)).isEmpty();
        }
    }

    @Test
    void theNextAmendmentTellsTheJournalOfTheOneBefore() throws IOException {
        try (MirrorStore store = open()) {
            add(store, text("page"));
            ops.failAll(JOURNAL, Fault.NO_SPACE);
            delete(store);
            assertThatThrownBy(() -> add(store, text("again")))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.DISK_FULL));
            assertThat(isThere(store)).isFalse();
            ops.heal();
            add(store, text("again"));
        }
        loseIndex();
        try (MirrorStore store = open()) {
            assertThat(isThere(store)).isTrue();
            assertThat(store.view().catalog().doc(PAGE)).containsExactly(text("again"));
        }
    }

    @Test
    void whatBelongsToAFileIsNotThereIfTheCommitFails() {
        try (MirrorStore store = open()) {
            add(store, text("page"));
            Incoming incoming = store.begin(WHEEL, Set.of());
            incoming.staged().write(ByteBuffer.wrap(text("other wheel")));
            indexFails = true;
            assertThatThrownBy(() -> incoming.commit(
                            Expectation.NOTHING,
                            "ci",
                            blob -> new Amendment(
                                    Map.of(PAGE, List.of(text("other"))),
                                    Map.of(SIDECAR, store.hold(text("other metadata"))),
                                    Set.of())))
                    .isInstanceOf(StoreException.class);
            indexFails = false;
            assertThat(StoreInvariants.read(store, store.view().lookup(SIDECAR).orElseThrow()))
                    .isEqualTo(text("metadata"));
            assertThat(StoreInvariants.read(store, store.view().lookup(WHEEL).orElseThrow()))
                    .isEqualTo(text("wheel"));
            assertThat(store.view().catalog().doc(PAGE)).containsExactly(text("page"));
        }
    }

    @Test
    void entriesWhoseBytesAreGoneAreLeftOut() throws IOException {
        CommittedBlob held;
        try (MirrorStore store = open()) {
            held = store.hold(text("metadata"));
            add(store, text("page"));
        }
        loseIndex();
        Files.delete(data.resolve(dev.permafrost.store.blob.FileBlobStore.relativePath(held.digest())));
        data = dir.resolve("data");
        try (MirrorStore store = open()) {
            assertThat(isThere(store)).isTrue();
            assertThat(store.view().lookup(SIDECAR)).isEmpty();
        }
    }

    @Test
    void aBatchIsReadAsItWasLoggedAndAPieceOfOneIsNot() {
        Random random = new Random(1);
        Batch batch = new Batch();
        for (int i = 0; i < 20; i++) {
            byte[] key = Stores.random(random.nextInt(), 1 + random.nextInt(50));
            if (i % 3 == 0) {
                batch.delete(Family.DOC, key);
            } else {
                batch.put(Family.DOC, key, Stores.random(i, 1 + random.nextInt(1000)));
            }
        }
        byte[] logged = batch.logged();
        assertThat(Batch.isLogged(logged)).isTrue();
        assertThat(Batch.ofLogged(logged, (digest, size) -> true).rows())
                .usingRecursiveComparison()
                .isEqualTo(batch.rows());
        int whole = 0;
        for (int length = Integer.BYTES; length < logged.length; length++) {
            try {
                whole += Batch.ofLogged(java.util.Arrays.copyOf(logged, length), (digest, size) -> true)
                                        .rows()
                                        .size()
                                < 20
                        ? 1
                        : 100;
            } catch (StoreException e) {
                assertThat(e.kind()).isEqualTo(FailureKind.STORE_CORRUPT);
            }
        }
        assertThat(whole).as("cuts between two rows").isEqualTo(20);
    }

    /** An index that fails to write when it is told to. */
    private final class FailingIndex implements Index {
        private final Index real;

        FailingIndex(Index real) {
            this.real = real;
        }

        @Override
        public byte @Nullable [] get(Family family, byte[] key) {
            return real.get(family, key);
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
            if (indexFails) {
                throw new StoreException(FailureKind.DISK_FULL, "no space left on device");
            }
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
