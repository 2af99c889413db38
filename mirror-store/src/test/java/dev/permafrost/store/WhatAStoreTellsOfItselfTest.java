package dev.permafrost.store;

import static dev.permafrost.store.Stores.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.BlobRecord;
import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.IndexFigures;
import dev.permafrost.store.index.MemoryIndex;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.Verification;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** How large a store is, how its index is doing, and why nothing can be added to it. */
class WhatAStoreTellsOfItselfTest {
    private static final int ROWS = 5000;

    @TempDir
    Path dir;

    @RegisterExtension
    final Mount mount = new Mount();

    @Test
    void itsSizeIsThatOfItsStatus() {
        Path root = dir.resolve("data");
        try (MirrorStore store = Stores.open(root)) {
            assertThat(store.size()).contains(new StoreSize(Map.of(), 0, 0));
            put(store, "one", "hello");
            put(store, "same", "hello");
            put(store, "two", "world!");
            assertSame(store);
            assertThat(store.size()).contains(new StoreSize(Map.of(Verification.NONE, 3L), 2, 11));
            store.freeze(new SnapshotId("sealed"));
            put(store, "three", "later");
            assertSame(store);
        }
        try (MirrorStore frozen = MirrorStore.openFrozen(MirrorStore.Options.of(root), Optional.empty())) {
            assertSame(frozen);
            assertThat(frozen.size().orElseThrow().blobs()).isEqualTo(2);
            assertThat(frozen.unwritable()).isEmpty();
            assertThat(frozen.indexFigures().tableBytes()).isPositive();
            assertThat(frozen.indexFigures().writeStopped()).isFalse();
        }
    }

    private static void assertSame(MirrorStore store) {
        StoreStatus status = store.status();
        assertThat(store.size()).contains(new StoreSize(status.entries(), status.blobs(), status.blobBytes()));
    }

    @Test
    void countingEndsSoonWhenTheStoreIsClosed() {
        Index index = new MemoryIndex();
        Batch batch = new Batch();
        for (int i = 0; i < ROWS; i++) {
            batch.putBlob(Digest.sha256("%064x".formatted(i)), new BlobRecord(1, Map.of(), Instant.EPOCH));
        }
        index.write(batch, false);
        long[] counted = {0};
        Catalog catalog = new Catalog(index);
        assertThat(catalog.sizes(bytes -> counted[0] += bytes, how -> {}, () -> false))
                .isFalse();
        assertThat(counted[0]).isPositive().isLessThan(ROWS);
        counted[0] = 0;
        assertThat(catalog.sizes(bytes -> counted[0] += bytes, how -> {}, () -> true))
                .isTrue();
        assertThat(counted[0]).isEqualTo(ROWS);
    }

    @Test
    void itsIndexTellsHowItIsDoing() {
        try (MirrorStore store = Stores.open(dir.resolve("data"))) {
            put(store, "one", "hello");
            IndexFigures figures = store.indexFigures();
            assertThat(figures.memtableBytes()).isPositive();
            assertThat(figures.estimatedRows()).isPositive();
            assertThat(figures.backgroundErrors()).isZero();
            assertThat(figures.writeStopped()).isFalse();
        }
    }

    @Test
    void itSaysThatItsDiskIsFullUntilThereIsSpaceAgain() throws Exception {
        Path disk = mount.tmpfs(dir.resolve("disk"), FullDiskTest.DISK_MEBIBYTES);
        try (MirrorStore store = Stores.open(disk.resolve("store"))) {
            assertThat(store.unwritable()).isEmpty();
            Path ballast = disk.resolve("ballast");
            Files.write(ballast, new byte[(FullDiskTest.DISK_MEBIBYTES - 30) << 20]);
            assertThat(store.unwritable().orElseThrow())
                    .contains("the store's disk is full", "MiB are free at", "32 MiB are needed");
            Files.delete(ballast);
            assertThat(store.unwritable()).isEmpty();
        }
    }

    @Test
    void aClosedOneCountsNothingAndTakesNothing() {
        MirrorStore store = Stores.open(dir.resolve("data"));
        store.close();
        assertThat(store.size()).isEmpty();
        assertThat(store.unwritable()).contains("the store is closed");
    }
}
