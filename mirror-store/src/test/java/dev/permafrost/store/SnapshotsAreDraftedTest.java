package dev.permafrost.store;

import static dev.permafrost.store.Stores.put;
import static dev.permafrost.store.Stores.text;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.BlobProof;
import dev.permafrost.store.snapshot.SnapshotDraft;
import dev.permafrost.store.snapshot.SnapshotScope;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Before a snapshot has its name, it can be looked at, proved, and given up; and it may be of some repositories alone. */
class SnapshotsAreDraftedTest {
    private static final SnapshotId ID = new SnapshotId("s");

    @TempDir
    Path dir;

    @RegisterExtension
    final CheckedStores stores = new CheckedStores();

    private Path root = Path.of("");

    @BeforeEach
    void choose() {
        root = stores.checked(dir.resolve("store"));
    }

    private static void putOther(MirrorStore store, String name, String content) {
        Incoming incoming = store.begin(new ArtifactKey("other", name), Set.of());
        incoming.staged().write(ByteBuffer.wrap(content.getBytes(UTF_8)));
        incoming.commit(Expectation.NOTHING, "");
    }

    @Test
    void aDraftThatIsGivenUpLeavesNothingAndItsNameFree() throws Exception {
        try (MirrorStore store = Stores.open(root)) {
            put(store, "a", "a");
            try (SnapshotDraft draft = store.draft(ID, SnapshotScope.ALL)) {
                assertThat(draft.manifest().entries()).isEqualTo(1);
                assertThatThrownBy(() -> store.freeze(ID))
                        .isInstanceOfSatisfying(
                                StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_EXISTS));
                assertThat(store.snapshots().list()).isEmpty();
                View view = store.view(draft);
                assertThat(view.lookup(Stores.key("a"))).isPresent();
                view.release();
            }
            assertThat(root.resolve("snapshots")).isEmptyDirectory();
            assertThat(store.snapshots().current()).isEmpty();
            store.freeze(ID);
        }
    }

    @Test
    void whatIsPutBesideItsManifestIsThereOnceItHasItsName() {
        try (MirrorStore store = Stores.open(root);
                SnapshotDraft draft = store.draft(ID, SnapshotScope.ALL)) {
            draft.put("proof.json", "{}".getBytes(UTF_8));
            draft.commit();
        }
        assertThat(root.resolve("snapshots/s/proof.json")).hasContent("{}");
        try (MirrorStore store = Stores.open(root)) {
            store.copySnapshot(ID, dir.resolve("copy"), done -> {});
        }
        assertThat(dir.resolve("copy/snapshots/s/proof.json")).hasContent("{}");
    }

    @Test
    void phasesAreNamedInOrder() {
        List<String> phases = new ArrayList<>();
        try (MirrorStore store = Stores.open(root);
                SnapshotDraft draft = store.draft(ID, SnapshotScope.all(phases::add))) {
            assertThat(draft.manifest().entries()).isZero();
        }
        assertThat(phases).containsExactly("checkpoint", "leaving out", "list of blobs", "to the disk");
    }

    @Test
    void aSnapshotOfOneRepositoryHasNothingOfAnother() throws Exception {
        try (MirrorStore store = Stores.open(root)) {
            put(store, "a", "a");
            put(store, "both", "both");
            putOther(store, "theirs-secret-name", "theirs");
            putOther(store, "both", "both");
            store.putDoc(new DocKey("pypi", "page", "a"), List.of("ours".getBytes(UTF_8)));
            store.putDoc(new DocKey("other", "page", "secret-page"), List.of("secret-words".getBytes(UTF_8)));
            try (SnapshotDraft draft = store.draft(ID, SnapshotScope.of("pypi"::equals, phase -> {}))) {
                assertThat(draft.manifest().entries()).isEqualTo(2);
                assertThat(draft.manifest().blobs()).isEqualTo(2);
                draft.commit();
            }
            assertThat(store.view().catalog().repositories()).containsExactly("other", "pypi");
            store.copySnapshot(ID, dir.resolve("copy"), done -> {});
        }
        // no blob of the other is in the copy, and none has a row there
        assertThat(StoreInvariants.violations(dir.resolve("copy"))).isEmpty();
        try (MirrorStore frozen = MirrorStore.openFrozen(MirrorStore.Options.of(root), Optional.of(ID))) {
            assertThat(frozen.view().catalog().repositories()).containsExactly("pypi");
            assertThat(text(frozen, "both")).isEqualTo("both");
            Map<String, Long> rows = new TreeMap<>();
            frozen.view().catalog().blobs((digest, row) -> rows.put(digest.hex(), row.sizeBytes()));
            assertThat(rows).hasSize(2).containsValues(1L, 4L);
            assertThat(frozen.view().catalog().docHead(new DocKey("pypi", "page", "a")))
                    .isPresent();
        }
        try (var files = Files.walk(root.resolve("snapshots/s"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(new String(Files.readAllBytes(file), ISO_8859_1))
                        .as(file.toString())
                        .doesNotContain("secret");
            }
        }
    }

    @Test
    void aProofNamesWhatIsMissingShortAndDamaged() throws Exception {
        // it is to be unsound
        Path broken = dir.resolve("broken");
        try (MirrorStore store = Stores.open(broken)) {
            Entry missing = put(store, "missing", "missing");
            Entry cut = put(store, "short", "short");
            Entry damaged = put(store, "damaged", "damaged");
            put(store, "good", "good");
            try (SnapshotDraft draft = store.draft(ID, SnapshotScope.ALL)) {
                assertThat(store.prove(draft, true, done -> {})).isEqualTo(new BlobProof(4, 0, 0, 0, true, List.of()));
                Files.delete(file(broken, missing));
                rewrite(file(broken, cut), "s");
                rewrite(file(broken, damaged), "damageD");
                BlobProof looked = store.prove(draft, false, done -> {});
                assertThat(looked.missing()).isEqualTo(1);
                assertThat(looked.otherSize()).isEqualTo(1);
                assertThat(looked.isSound()).isFalse();
                long[] last = {0};
                BlobProof read = store.prove(draft, true, done -> last[0] = done);
                assertThat(read.damaged()).isEqualTo(1);
                assertThat(read.faults())
                        .extracting(BlobProof.Fault::what)
                        .containsExactlyInAnyOrder(
                                "it is not there", "it has 1 bytes, not 5", "it has other bytes than its name says");
                assertThat(last[0]).isEqualTo(4);
            }
        }
    }

    private static Path file(Path root, Entry entry) {
        return root.resolve(FileBlobStore.relativePath(entry.digest()));
    }

    private static void rewrite(Path file, String content) throws Exception {
        Files.delete(file);
        Files.writeString(file, content);
    }
}
