package dev.permafrost.store;

import dev.permafrost.store.blob.DurableFolders;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.EntryRecord;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An append-only log of entries and amendments, from which a lost index is rebuilt. Each process writes a file of its own,
 * {@code journal/<number>.log}: eight bytes of header, then records of length, CRC-32C and payload. Synced in groups: it is
 * the second copy, the index's own log is what acknowledges.
 *
 * <p>A file in which a write or a sync failed is never written to again, since nobody knows what of it is on the disk: the
 * next record begins a new file, with a copy of those that were not synced yet.
 */
final class EntryJournal implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EntryJournal.class);
    private static final long HEADER = 0x50464a4f_00000003L; // "PFJO", version 3: 1 had no deletions, 2 no batches
    /** Far beyond the page of the largest project. */
    static final int RECORD_BYTES_MAX = 64 << 20;

    private static final int GROUP_RECORDS = 256;
    private static final long GROUP_NANOS = 1_000_000_000L;
    private static final Pattern FILE_NAME = Pattern.compile("[0-9]{10}\\.log");

    private final Path root;
    private final FileOps ops;
    private final DurableFolders folders;
    /** The framed records that are written and not synced yet. */
    private final List<byte[]> unsynced = new ArrayList<>();

    private Path file;
    private FileOps.@Nullable WritableFile out;
    private long lastSyncNanos;
    private boolean closed;

    private EntryJournal(Path root, FileOps ops) {
        this.root = root;
        this.ops = ops;
        this.folders = new DurableFolders(ops);
        this.file = folder(root);
    }

    /** Starts a new file after those that are there. Blocks. */
    static EntryJournal open(Path root, FileOps ops) throws IOException {
        EntryJournal journal = new EntryJournal(root, ops);
        try {
            journal.startFile();
            return journal;
        } catch (IOException e) {
            journal.abandonFile();
            throw e;
        }
    }

    /** Whether there is anything to rebuild from. */
    static boolean exists(Path root) throws IOException {
        return !files(root).isEmpty();
    }

    /** Shows every whole record, oldest first; damaged records and the torn end of a file are passed over. Blocks. */
    static void replay(Path root, Consumer<byte[]> visitor) throws IOException {
        for (Path file : files(root)) {
            long damaged = 0;
            try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
                if (!readHeader(file, in)) {
                    continue;
                }
                for (int length = in.readInt(); length > 0 && length <= RECORD_BYTES_MAX; length = in.readInt()) {
                    int crc = in.readInt();
                    byte[] payload = new byte[length];
                    in.readFully(payload);
                    if (crc(payload) == crc) {
                        visitor.accept(payload);
                    } else {
                        damaged++;
                    }
                }
            } catch (EOFException end) {
                // Either the end, or the process died before its last record was whole.
            }
            if (damaged > 0) {
                log.warn("{} has {} damaged records, which are passed over", file, damaged);
            }
        }
    }

    /** Whether there is a header; a part of one, and zeros, is what a power cut leaves of a file's first moments. */
    private static boolean readHeader(Path file, DataInputStream in) throws IOException {
        long header = in.readLong();
        for (int bytes = 0; bytes < Long.BYTES; bytes++) {
            long mask = bytes == 0 ? 0 : -1L << (Long.SIZE - Byte.SIZE * bytes);
            if (header == (HEADER & mask)) {
                return false;
            }
        }
        if (header >>> Integer.SIZE != HEADER >>> Integer.SIZE || (int) header < 1) {
            throw new StoreException(
                    FailureKind.STORE_CORRUPT,
                    file + " is not a journal; move it away if the index is to be rebuilt from the others");
        }
        if ((int) header > (int) HEADER) {
            throw new StoreException(
                    FailureKind.STORE_TOO_NEW,
                    file + " is a journal of version " + (int) header + ", and this program knows up to " + (int) HEADER
                            + "; use the program that wrote it, or a newer one");
        }
        return true;
    }

    /** Appends what became of an entry; durable at the latest with the next one after a second. Blocks. */
    void append(EntryRecord record) {
        append(record.encode(), false);
    }

    /** Appends the {@linkplain Batch#logged rows} of an amendment, durably. Blocks. */
    void append(byte[] batch) {
        append(batch, true);
    }

    private synchronized void append(byte[] record, boolean durably) {
        if (closed) {
            throw new StoreException(FailureKind.SHUTTING_DOWN, "the store " + root + " is closed");
        }
        byte[] bytes = frame(record);
        try {
            FileOps.WritableFile writing = out == null ? startFile() : out;
            writing.write(ByteBuffer.wrap(bytes));
            unsynced.add(bytes);
            if (durably || unsynced.size() >= GROUP_RECORDS || System.nanoTime() - lastSyncNanos > GROUP_NANOS) {
                sync(writing);
            }
        } catch (IOException e) {
            abandonFile();
            // Its commit is reported as failed; those before it were acknowledged.
            unsynced.remove(bytes);
            throw Failures.of("writing", file, e);
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (out == null && !unsynced.isEmpty()) {
                startFile();
            }
            if (out != null) {
                sync(out);
            }
        } catch (IOException e) {
            throw Failures.of("closing", file, e);
        } finally {
            abandonFile();
        }
    }

    private FileOps.WritableFile startFile() throws IOException {
        Path folder = folders.ensure(root, "journal");
        List<Path> there = files(root);
        long next = there.isEmpty() ? 1 : number(there.get(there.size() - 1)) + 1;
        file = folder.resolve(String.format(Locale.ROOT, "%010d.log", next));
        FileOps.WritableFile started = ops.create(file);
        out = started;
        started.write(ByteBuffer.allocate(Long.BYTES).putLong(HEADER).flip());
        for (byte[] record : unsynced) {
            started.write(ByteBuffer.wrap(record));
        }
        sync(started);
        ops.syncDirectory(folder);
        return started;
    }

    private void sync(FileOps.WritableFile writing) throws IOException {
        writing.sync();
        unsynced.clear();
        lastSyncNanos = System.nanoTime();
    }

    private void abandonFile() {
        FileOps.WritableFile abandoned = out;
        out = null;
        if (abandoned != null) {
            try {
                abandoned.close();
            } catch (IOException e) {
                log.warn("closing {}: {}", file, e.toString());
            }
        }
    }

    private static byte[] frame(byte[] payload) {
        return ByteBuffer.allocate(2 * Integer.BYTES + payload.length)
                .putInt(payload.length)
                .putInt(crc(payload))
                .put(payload)
                .array();
    }

    private static int crc(byte[] payload) {
        CRC32C crc = new CRC32C();
        crc.update(payload);
        return (int) crc.getValue();
    }

    private static Path folder(Path root) {
        return root.resolve("journal");
    }

    private static List<Path> files(Path root) throws IOException {
        Path folder = folder(root);
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(path ->
                            FILE_NAME.matcher(path.getFileName().toString()).matches())
                    .sorted()
                    .toList();
        }
    }

    private static long number(Path file) {
        String name = String.valueOf(file.getFileName());
        return Long.parseLong(name.substring(0, name.length() - ".log".length()));
    }
}
