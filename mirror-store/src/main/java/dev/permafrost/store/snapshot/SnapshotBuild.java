package dev.permafrost.store.snapshot;

import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.index.Catalog;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.Excision;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.Verification;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

/** Writes what makes a snapshot into a folder, durably. Blocks. */
final class SnapshotBuild {
    static final String INDEX = "index";
    static final String MANIFEST = "manifest.json";

    private static final long SCAN_CACHE_BYTES = 8L << 20;

    private final Path folder;
    private final FileOps ops;
    private final SnapshotScope scope;

    /** Into a folder that is not there yet. */
    SnapshotBuild(Path folder, FileOps ops, SnapshotScope scope) {
        this.folder = folder;
        this.ops = ops;
        this.scope = scope;
    }

    /** Makes it of an index as it is at this moment. */
    SnapshotManifest of(SnapshotId id, Index index, Instant now) throws IOException {
        scope.phases().begin("checkpoint");
        ops.createDirectory(folder);
        Path checkpoint = folder.resolve(INDEX);
        index.checkpoint(checkpoint);
        scope.phases().begin("leaving out");
        Excision.forget(checkpoint, DocKey.OF_THIS_MACHINE, SCAN_CACHE_BYTES);
        if (!scope.isWhole()) {
            Excision.keepRepositories(checkpoint, scope.repositories(), SCAN_CACHE_BYTES);
        }
        scope.phases().begin("list of blobs");
        SnapshotManifest manifest = describe(id, checkpoint, now);
        if (!scope.isWhole()) {
            scope.phases().begin("rows of blobs");
            Excision.addBlobs(
                    checkpoint,
                    index,
                    digests -> BlobList.read(
                            folder.resolve(BlobList.FILE_NAME), (digest, sizeBytes) -> digests.accept(digest)),
                    SCAN_CACHE_BYTES);
        }
        scope.phases().begin("to the disk");
        Snapshots.writeDurably(folder.resolve(MANIFEST), ManifestJson.write(manifest), ops);
        syncFiles(checkpoint);
        ops.syncDirectory(checkpoint);
        ops.syncDirectory(folder);
        return manifest;
    }

    private SnapshotManifest describe(SnapshotId id, Path checkpoint, Instant now) throws IOException {
        BlobSorter blobs = new BlobSorter(folder, ops, BlobSorter.IN_MEMORY_MAX);
        long[] counts = new long[2];
        try (Index sealed = RocksIndex.openReadOnly(checkpoint, SCAN_CACHE_BYTES)) {
            new Catalog(sealed).named((blob, sizeBytes, how) -> {
                counts[0]++;
                if (how == Verification.LENGTH || how == Verification.NONE) {
                    counts[1]++;
                }
                add(blobs, blob, sizeBytes);
            });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        BlobList.Written list = BlobList.write(blobs, folder.resolve(BlobList.FILE_NAME), ops);
        return new SnapshotManifest(
                id,
                Instant.ofEpochMilli(now.toEpochMilli()),
                counts[0],
                list.blobs(),
                list.bytes(),
                counts[1],
                list.digest().hex());
    }

    private static void add(BlobSorter blobs, Digest blob, long sizeBytes) {
        try {
            blobs.add(blob, sizeBytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void syncFiles(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                    channel.force(true);
                }
            }
        }
    }
}
