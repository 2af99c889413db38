package dev.permafrost.store.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.model.Verification;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every {@link Index} promises, and what {@link Catalog} and {@link Batch} make of it. */
abstract class IndexContract {
    private static final Digest DIGEST =
            Digest.sha256("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");

    abstract Index index();

    @AfterEach
    final void close() {
        index().close();
    }

    private static byte[] key(String hex) {
        return HexFormat.of().parseHex(hex);
    }

    private List<String> scan(Family family, String prefix) {
        List<String> keys = new ArrayList<>();
        index().scan(family, key(prefix), (k, v) -> keys.add(HexFormat.of().formatHex(k)));
        return keys;
    }

    private static Entry entry(int n) {
        return new Entry(DIGEST, n, Verification.DIGEST, Instant.ofEpochMilli(n), "http://upstream/" + n);
    }

    @Test
    void rowsAreSetReplacedAndDeleted() {
        byte[] k = key("01");
        assertThat(index().get(Family.META, k)).isNull();
        index().write(new Batch().put(Family.META, k, key("aa")), true);
        assertThat(index().get(Family.META, k)).isEqualTo(key("aa"));
        index().write(new Batch().put(Family.META, k, key("bb")).put(Family.META, k, key("cc")), false);
        assertThat(index().get(Family.META, k)).isEqualTo(key("cc"));
        index().write(new Batch().put(Family.META, k, key("dd")).delete(Family.META, k), false);
        assertThat(index().get(Family.META, k)).isNull();
        index().write(new Batch().delete(Family.META, k), true);
        index().write(new Batch(), true);
    }

    @Test
    void emptyValuesAndLongKeysAreRows() {
        byte[] longKey = new byte[64 * 1024];
        Arrays.fill(longKey, (byte) 0xff);
        index().write(new Batch().put(Family.DOC, longKey, new byte[0]), true);
        assertThat(index().get(Family.DOC, longKey)).isEmpty();
    }

    @Test
    void familiesDoNotMix() {
        for (Family family : Family.values()) {
            index().write(new Batch().put(family, key("01"), family.label().getBytes(UTF_8)), false);
        }
        for (Family family : Family.values()) {
            assertThat(index().get(family, key("01"))).asString().isEqualTo(family.label());
            assertThat(scan(family, "")).containsExactly("01");
        }
    }

    @Test
    void scansGoByUnsignedBytesAndByPrefix() {
        Batch batch = new Batch();
        for (String k : List.of("ff", "00", "7f", "80", "8000", "80ff", "81", "ffff")) {
            batch.put(Family.DOC, key(k), key("00"));
        }
        index().write(batch, false);
        assertThat(scan(Family.DOC, "")).containsExactly("00", "7f", "80", "8000", "80ff", "81", "ff", "ffff");
        assertThat(scan(Family.DOC, "80")).containsExactly("80", "8000", "80ff");
        assertThat(scan(Family.DOC, "ff")).containsExactly("ff", "ffff");
        assertThat(scan(Family.DOC, "82")).isEmpty();
    }

    @Test
    void aScanStopsWhenItIsToldTo() {
        index().write(
                        new Batch()
                                .put(Family.DOC, key("01"), key("00"))
                                .put(Family.DOC, key("02"), key("00"))
                                .put(Family.DOC, key("03"), key("00")),
                        false);
        List<Byte> seen = new ArrayList<>();
        index().scan(Family.DOC, key(""), (k, v) -> {
            seen.add(k[0]);
            return k[0] < 2;
        });
        assertThat(seen).containsExactly((byte) 1, (byte) 2);
    }

    @Test
    void aScanShowsOneMoment() {
        index().write(new Batch().put(Family.DOC, key("01"), key("00")).put(Family.DOC, key("02"), key("00")), false);
        List<Byte> seen = new ArrayList<>();
        index().scan(Family.DOC, key(""), (k, v) -> {
            seen.add(k[0]);
            index().write(new Batch().delete(Family.DOC, key("02")).put(Family.DOC, key("03"), key("00")), false);
            return true;
        });
        assertThat(seen).containsExactly((byte) 1, (byte) 2);
        assertThat(scan(Family.DOC, "")).containsExactly("01", "03");
    }

    @Test
    void aSeriesEndsBeforeTheFirstRowThatIsNotThereAndShowsOneMoment() {
        index().write(
                        new Batch()
                                .put(Family.DOC, key("00"), key("aa"))
                                .put(Family.DOC, key("01"), key("bb"))
                                .put(Family.DOC, key("03"), key("cc")),
                        false);
        List<byte[]> values = index().series(Family.DOC, number -> {
            index().write(new Batch().delete(Family.DOC, key("01")).put(Family.DOC, key("02"), key("dd")), false);
            return new byte[] {(byte) number};
        });
        assertThat(values).containsExactly(key("aa"), key("bb"));
        assertThat(index().series(Family.DOC, number -> new byte[] {(byte) number}))
                .containsExactly(key("aa"));
        assertThat(index().series(Family.ENTRY, number -> new byte[] {(byte) number}))
                .isEmpty();
    }

    @Test
    void aRandomHistoryEndsAsAMapWould() {
        Random random = new Random(42);
        Map<String, String> expected = new TreeMap<>();
        for (int i = 0; i < 300; i++) {
            Batch batch = new Batch();
            for (int j = random.nextInt(5); j >= 0; j--) {
                byte[] k = new byte[1 + random.nextInt(2)];
                random.nextBytes(k);
                k[0] &= 0x0f;
                String hex = HexFormat.of().formatHex(k);
                if (random.nextInt(3) == 0) {
                    batch.delete(Family.ENTRY, k);
                    expected.remove(hex);
                } else {
                    byte[] v = new byte[random.nextInt(20)];
                    random.nextBytes(v);
                    batch.put(Family.ENTRY, k, v);
                    expected.put(hex, HexFormat.of().formatHex(v));
                }
            }
            index().write(batch, random.nextInt(20) == 0);
        }
        Map<String, String> found = new TreeMap<>();
        index().scan(Family.ENTRY, new byte[0], (k, v) -> {
            found.put(HexFormat.of().formatHex(k), HexFormat.of().formatHex(v));
            return true;
        });
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void onceClosedItSaysSo() {
        index().close();
        index().close();
        for (Runnable call : List.<Runnable>of(
                () -> index().get(Family.META, key("01")),
                () -> index().scan(Family.META, key(""), (k, v) -> true),
                () -> index().write(new Batch().put(Family.META, key("01"), key("01")), true))) {
            assertThatThrownBy(call::run)
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.SHUTTING_DOWN));
        }
    }

    @Test
    void closingWaitsForThoseWhoRead() throws InterruptedException {
        Batch batch = new Batch();
        for (int i = 0; i < 1000; i++) {
            batch.putEntry(new ArtifactKey("pypi", "k" + i), entry(i));
        }
        index().write(batch, false);
        List<Thread> readers = new ArrayList<>();
        CountDownLatch eachHasRead = new CountDownLatch(4);
        List<Throwable> wrong = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 4; i++) {
            readers.add(new Thread(() -> {
                try {
                    for (int n = 0; ; n++) {
                        index().scan(Family.ENTRY, new byte[0], (k, v) -> true);
                        index().write(new Batch().putEntry(new ArtifactKey("pypi", "x"), entry(1)), false);
                        if (n == 0) {
                            eachHasRead.countDown();
                        }
                    }
                } catch (StoreException e) {
                    if (e.kind() != FailureKind.SHUTTING_DOWN) {
                        wrong.add(e);
                    }
                } catch (RuntimeException e) {
                    wrong.add(e);
                }
            }));
        }
        readers.forEach(Thread::start);
        assertThat(eachHasRead.await(30, TimeUnit.SECONDS)).isTrue();
        index().close();
        for (Thread reader : readers) {
            reader.join();
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void entriesAreFoundByKeyAndByPrefixWithinTheirRepository() {
        index().write(
                        new Batch()
                                .putEntry(new ArtifactKey("pypi", "a/1"), entry(1))
                                .putEntry(new ArtifactKey("pypi", "a/2"), entry(2))
                                .putEntry(new ArtifactKey("pypi", "ab"), entry(3))
                                .putEntry(new ArtifactKey("pypi2", "a/1"), entry(4)),
                        true);
        Catalog catalog = new Catalog(index());
        assertThat(catalog.entry(new ArtifactKey("pypi", "a/1"))).contains(entry(1));
        assertThat(catalog.entry(new ArtifactKey("pypi", "a/"))).isEmpty();
        List<String> found = new ArrayList<>();
        catalog.entries("pypi", "a/", (k, e) -> found.add(k.toString()));
        assertThat(found).containsExactly("pypi:a/1", "pypi:a/2");
        found.clear();
        catalog.entries("pypi", "", (k, e) -> found.add(k.key()));
        assertThat(found).containsExactly("a/1", "a/2", "ab");
        found.clear();
        catalog.entries((k, e) -> found.add(k.toString()));
        assertThat(found).hasSize(4).endsWith("pypi2:a/1");
        index().write(new Batch().deleteEntry(new ArtifactKey("pypi", "a/1")), false);
        assertThat(catalog.entry(new ArtifactKey("pypi", "a/1"))).isEmpty();
    }

    @Test
    void theLongestKeyIsAKeyLikeAnother() {
        ArtifactKey key = new ArtifactKey("pypi", "\u20ac".repeat(ArtifactKey.KEY_CHARS_MAX));
        index().write(new Batch().putEntry(key, entry(1)), true);
        assertThat(new Catalog(index()).entry(key)).contains(entry(1));
    }

    @Test
    void documentsKeepTheirChunksInOrderAndApart() {
        DocKey numpy = new DocKey("pypi", "project", "numpy");
        DocKey numpy2 = new DocKey("pypi", "project", "numpy2");
        List<byte[]> chunks = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            chunks.add(new byte[] {(byte) i, (byte) (i >> 8)});
        }
        index().write(new Batch().putDoc(numpy2, List.of(key("09"))).putDoc(numpy, chunks), true);
        Catalog catalog = new Catalog(index());
        assertThat(catalog.doc(numpy)).containsExactlyElementsOf(chunks);
        assertThat(catalog.docHead(numpy).orElseThrow()).isEqualTo(chunks.get(0));
        assertThat(catalog.docChunks(numpy)).isEqualTo(300);
        assertThat(catalog.docChunks(numpy2)).isEqualTo(1);
        List<String> names = new ArrayList<>();
        catalog.docs("pypi", "project", (name, head) -> names.add(name));
        assertThat(names).containsExactly("numpy", "numpy2");
        index().write(new Batch().deleteDocChunks(numpy, 1, 300), false);
        assertThat(catalog.doc(numpy)).hasSize(1);
    }

    @Test
    void foldersAreNamedOnceWhateverIsInThem() {
        Batch batch = new Batch();
        for (String key : List.of("foo/a", "foo/b", "foo/c", "foo-bar/a", "foo0/a", "lone/a.part", "none", "z/a")) {
            batch.putEntry(new ArtifactKey("pypi", key), entry(1));
        }
        index().write(batch.putEntry(new ArtifactKey("pypi2", "other/a"), entry(1)), true);
        List<String> looked = new ArrayList<>();
        List<String> folders = new ArrayList<>();
        new Catalog(index())
                .folders(
                        "pypi",
                        key -> {
                            looked.add(key);
                            return !key.endsWith(".part");
                        },
                        folders::add);
        assertThat(folders).containsExactly("foo-bar", "foo", "foo0", "z");
        assertThat(looked).containsExactly("foo-bar/a", "foo/a", "foo0/a", "lone/a.part", "z/a");
    }

    @Test
    void foldersAreNamedFromBehindOneAndNoFurtherThanIsWanted() {
        Batch batch = new Batch();
        for (String key : List.of("a/1", "foo-bar/1", "foo/1", "foo/2", "foo0/1", "y/1", "z/1")) {
            batch.putEntry(new ArtifactKey("pypi", key), entry(1));
        }
        index().write(batch, true);
        List<String> looked = new ArrayList<>();
        List<String> folders = new ArrayList<>();
        new Catalog(index()).folders("pypi", "foo", looked::add, folder -> {
            folders.add(folder);
            return folders.size() < 2;
        });
        assertThat(folders).containsExactly("foo0", "y");
        assertThat(looked).containsExactly("foo0/1", "y/1");
        folders.clear();
        // there need not be such a folder any more
        new Catalog(index()).folders("pypi", "foo-c", key -> true, folders::add);
        assertThat(folders).containsExactly("foo", "foo0", "y", "z");
    }

    @Test
    void aWalkLeapsAndEndsWhereItIsTold() {
        Batch batch = new Batch();
        for (String key : List.of("0101", "0102", "0103", "0104", "0105", "02")) {
            batch.put(Family.META, key(key), key("ff" + key));
        }
        index().write(batch, true);
        List<String> seen = new ArrayList<>();
        index().walk(Family.META, key("01"), (row, value) -> {
            seen.add(HexFormat.of().formatHex(value.get()));
            return Arrays.equals(row, key("0101")) ? key("0103") : Arrays.equals(row, key("0104")) ? null : row;
        });
        assertThat(seen).containsExactly("ff0101", "ff0103", "ff0104");
        seen.clear();
        index().walk(Family.META, key("0104"), (row, value) -> {
            seen.add(HexFormat.of().formatHex(row));
            return key("03");
        });
        assertThat(seen).as("nothing beyond the prefix").containsExactly("0104");
    }

    @Test
    void eachWriteChangesTheNumberOfTheLastChange() {
        long before = index().lastChange();
        index().write(new Batch().put(Family.META, key("01"), key("aa")), false);
        assertThat(index().lastChange()).isNotEqualTo(before);
    }

    @Test
    void blobsPartialsAndTheMarkAreRead() {
        ArtifactKey key = new ArtifactKey("pypi", "a");
        Partial partial = new Partial("name", "http://u/", "\"e\"", 7, Instant.ofEpochMilli(5));
        BlobRecord record = new BlobRecord(
                3, Map.of(Algorithm.MD5, Digest.of(Algorithm.MD5, new byte[16])), Instant.ofEpochMilli(9));
        Catalog catalog = new Catalog(index());
        assertThat(catalog.whole()).isFalse();
        index().write(
                        new Batch()
                                .putPartial(key, partial)
                                .putBlob(DIGEST, record)
                                .markWhole(),
                        true);
        assertThat(catalog.whole()).isTrue();
        assertThat(catalog.partial(key)).contains(partial);
        assertThat(catalog.blob(DIGEST)).contains(record);
        List<Object> seen = new ArrayList<>();
        catalog.partials((k, p) -> seen.add(List.of(k, p)));
        catalog.blobs((d, r) -> seen.add(List.of(d, r)));
        assertThat(seen).containsExactly(List.of(key, partial), List.of(DIGEST, record));
        index().write(new Batch().deletePartial(key), false);
        assertThat(catalog.partial(key)).isEmpty();
    }
}
