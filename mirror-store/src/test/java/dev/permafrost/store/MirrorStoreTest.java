package dev.permafrost.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.model.Verification;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a store promises to those who use it. */
class MirrorStoreTest {
    private static final ArtifactKey KEY = new ArtifactKey("pypi", "numpy/numpy-1.0.tar.gz");
    private static final String HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

    @TempDir
    Path dir;

    private MirrorStore open() {
        return MirrorStore.open(MirrorStore.Options.of(dir.resolve("data")));
    }

    private static Entry put(MirrorStore store, ArtifactKey key, String content, Expectation expectation) {
        Incoming incoming = store.begin(key, expectation.algorithms());
        incoming.staged().write(ByteBuffer.wrap(content.getBytes(UTF_8)));
        return incoming.commit(expectation, "http://upstream/" + key.key());
    }

    private static String read(MirrorStore store, Entry entry) throws IOException {
        try (OpenBlob blob = store.open(entry)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) blob.sizeBytes());
            blob.channel().read(bytes, 0);
            return new String(bytes.array(), UTF_8);
        }
    }

    @Test
    void whatIsCommittedIsThereAfterReopening() throws IOException {
        try (MirrorStore store = open()) {
            Entry entry = put(store, KEY, "hello", Expectation.of(Digest.sha256(HELLO)));
            assertThat(entry.verification()).isEqualTo(Verification.DIGEST);
        }
        try (MirrorStore store = open()) {
            Entry entry = store.view().lookup(KEY).orElseThrow();
            assertThat(entry.digest().hex()).isEqualTo(HELLO);
            assertThat(read(store, entry)).isEqualTo("hello");
        }
    }

    @Test
    void wrongBytesAreNotKept() {
        try (MirrorStore store = open()) {
            assertThatThrownBy(() -> put(store, KEY, "hellO", Expectation.of(Digest.sha256(HELLO))))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.DIGEST_MISMATCH));
            assertThatThrownBy(() -> put(store, KEY, "hello", new Expectation(4, Map.of())))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.LENGTH_MISMATCH));
            assertThat(store.view().lookup(KEY)).isEmpty();
            assertThat(dir.resolve("data/staging")).isEmptyDirectory();
        }
    }

    @Test
    void everyDigestThatAnIndexNamesIsChecked() {
        Digest blake =
                Digest.parse(Algorithm.BLAKE2B_256, "324dcf027dd4a30a932c441f365a25e86b173defa4b8e58948253471b81b72cf");
        Digest md5 = Digest.parse(Algorithm.MD5, "5d41402abc4b2a76b9719d911017c592");
        try (MirrorStore store = open()) {
            put(store, KEY, "hello", new Expectation(5, Map.of(Algorithm.BLAKE2B_256, blake, Algorithm.MD5, md5)));
            Digest digest = store.view().lookup(KEY).orElseThrow().digest();
            assertThat(store.view().catalog().blob(digest).orElseThrow().digests())
                    .containsEntry(Algorithm.BLAKE2B_256, blake)
                    .containsEntry(Algorithm.MD5, md5);
        }
    }

    @Test
    void aStoreHasOneOwner() {
        try (MirrorStore store = open()) {
            assertThat(store.frozen()).isFalse();
            assertThatThrownBy(this::open)
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_LOCKED));
        }
    }

    @Test
    void aFolderWithOtherThingsInItIsRefused() throws IOException {
        Files.createDirectories(dir.resolve("data"));
        Files.writeString(dir.resolve("data/thesis.txt"), "precious");
        assertThatThrownBy(this::open).hasMessageContaining("thesis.txt").hasMessageContaining("--data");
    }

    @Test
    void aSuspendedDownloadGoesOnWhereItBrokeOff() throws IOException {
        try (MirrorStore store = open()) {
            Incoming incoming = store.begin(KEY, Set.of());
            incoming.staged().write(ByteBuffer.wrap("hel".getBytes(UTF_8)));
            incoming.suspend("http://upstream/x", "\"etag\"");
        }
        try (MirrorStore store = open()) {
            Incoming incoming = store.resume(KEY, Set.of()).orElseThrow();
            assertThat(incoming.resumedFrom().orElseThrow().offsetBytes()).isEqualTo(3);
            incoming.staged().write(ByteBuffer.wrap("lo".getBytes(UTF_8)));
            Entry entry = incoming.commit(Expectation.of(Digest.sha256(HELLO)), "http://upstream/x");
            assertThat(read(store, entry)).isEqualTo("hello");
            assertThat(store.resume(KEY, Set.of())).isEmpty();
            assertThat(dir.resolve("data/staging")).isEmptyDirectory();
        }
    }

    @Test
    void aSnapshotStaysAsItIsWhileTheStoreGoesOn() throws IOException {
        ArtifactKey later = new ArtifactKey("pypi", "later/later-1.0.tar.gz");
        try (MirrorStore store = open()) {
            put(store, KEY, "hello", Expectation.NOTHING);
            assertThat(store.freeze(new SnapshotId("one")).entries()).isEqualTo(1);
            put(store, later, "more", Expectation.NOTHING);
            assertThatThrownBy(() -> store.freeze(new SnapshotId("one")))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_EXISTS));
            try (MirrorStore frozen =
                    MirrorStore.openFrozen(MirrorStore.Options.of(dir.resolve("data")), Optional.empty())) {
                assertThat(frozen.view().lookup(KEY)).isPresent();
                assertThat(frozen.view().lookup(later)).isEmpty();
                assertThat(frozen.view().heldOnly()).isTrue();
                assertThatThrownBy(() -> frozen.begin(KEY, Set.of())).hasMessageContaining("frozen");
            }
        }
    }

    @Test
    void aCopyOfASnapshotIsAStoreThatNobodyWritesTo() throws IOException {
        Path copy = dir.resolve("copy");
        try (MirrorStore store = open()) {
            put(store, KEY, "hello", Expectation.NOTHING);
            store.putDoc(new DocKey("pypi", "project", "numpy"), List.of("page".getBytes(UTF_8)));
            store.freeze(new SnapshotId("one"));
            put(store, new ArtifactKey("pypi", "b/b"), "not carried", Expectation.NOTHING);
            store.copySnapshot(new SnapshotId("one"), copy, done -> {});
            assertThatThrownBy(() -> store.copySnapshot(new SnapshotId("one"), copy, done -> {}))
                    .hasMessageContaining("not empty");
        }
        assertThat(MirrorStore.isFrozenByNature(copy)).isTrue();
        Map<String, FileTime> before = times(copy);
        try (MirrorStore frozen = MirrorStore.openFrozen(MirrorStore.Options.of(copy), Optional.empty())) {
            Entry entry = frozen.view().lookup(KEY).orElseThrow();
            assertThat(read(frozen, entry)).isEqualTo("hello");
            assertThat(frozen.view().catalog().doc(new DocKey("pypi", "project", "numpy")))
                    .hasSize(1);
            assertThat(frozen.status().blobs()).isEqualTo(1);
        }
        assertThat(times(copy)).isEqualTo(before);
    }

    @Test
    void aLostIndexIsRebuiltFromTheJournal() throws IOException {
        try (MirrorStore store = open()) {
            put(store, KEY, "hello", Expectation.NOTHING);
        }
        loseIndex();
        try (MirrorStore store = open()) {
            assertThat(read(store, store.view().lookup(KEY).orElseThrow())).isEqualTo("hello");
        }
    }

    private void loseIndex() throws IOException {
        try (Stream<Path> files = Files.walk(dir.resolve("data/index"))) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void anEntryIsDeletedForGoodEvenIfTheIndexIsLost() throws IOException {
        ArtifactKey kept = new ArtifactKey("pypi", "numpy/numpy-1.1.tar.gz");
        try (MirrorStore store = open()) {
            put(store, KEY, "hello", Expectation.NOTHING);
            put(store, kept, "hello", Expectation.NOTHING);
            store.amend(() -> new Amendment(Map.of(), Map.of(), Set.of(KEY)));
            assertThat(store.view().lookup(KEY)).isEmpty();
        }
        loseIndex();
        try (MirrorStore store = open()) {
            assertThat(store.view().lookup(KEY)).isEmpty();
            assertThat(read(store, store.view().lookup(kept).orElseThrow())).isEqualTo("hello");
        }
    }

    @Test
    void anEntryAndWhatIsAmendedBesideItAreThereBothOrNeither() {
        DocKey doc = new DocKey("pypi", "project", "numpy");
        try (MirrorStore store = open()) {
            store.putDoc(doc, List.of(new byte[] {1}, new byte[] {2}));
            Incoming refused = store.begin(KEY, Set.of());
            refused.staged().write(ByteBuffer.wrap(new byte[] {7}));
            assertThatThrownBy(() -> refused.commit(Expectation.NOTHING, "test", blob -> {
                        throw new StoreException(FailureKind.STORE_EXISTS, "no");
                    }))
                    .isInstanceOf(StoreException.class);
            assertThat(store.view().lookup(KEY)).isEmpty();
            assertThat(store.view().catalog().doc(doc)).hasSize(2);
            Incoming taken = store.begin(KEY, Set.of());
            taken.staged().write(ByteBuffer.wrap(new byte[] {7}));
            taken.commit(
                    Expectation.NOTHING,
                    "test",
                    blob -> new Amendment(
                            Map.of(doc, List.of(blob.digest().hex().getBytes(UTF_8))), Map.of(), Set.of()));
            Entry entry = store.view().lookup(KEY).orElseThrow();
            assertThat(store.view().catalog().doc(doc))
                    .containsExactly(entry.digest().hex().getBytes(UTF_8));
        }
    }

    @Test
    void aDocumentIsReplacedAsAWhole() {
        DocKey key = new DocKey("pypi", "project", "numpy");
        try (MirrorStore store = open()) {
            store.putDoc(key, List.of(new byte[] {1}, new byte[] {2}, new byte[] {3}));
            store.putDoc(new DocKey("pypi", "project", "numpy2"), List.of(new byte[] {9}));
            store.putDoc(key, List.of(new byte[] {4}, new byte[] {5}));
            assertThat(store.view().catalog().doc(key)).containsExactly(new byte[] {4}, new byte[] {5});
            store.putDoc(key, List.of());
            assertThat(store.view().catalog().doc(key)).isEmpty();
        }
    }

    private static Map<String, FileTime> times(Path root) throws IOException {
        Map<String, FileTime> all = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.toList()) {
                all.put(root.relativize(file).toString(), Files.getLastModifiedTime(file));
            }
        }
        return all;
    }
}
