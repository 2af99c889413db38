package dev.permafrost.store;

import dev.permafrost.store.blob.DurableFolders;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileOps;
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
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * An append-only log of entries, from which a lost index is rebuilt. Each process writes a file of its own,
 * {@code journal/<number>.log}: eight bytes of header, then records of length, CRC-32C and payload. Synced in groups: it is
 * the second copy, the index's own log is what acknowledges.
 */
final class EntryJournal implements AutoCloseable {
    private static final long HEADER = 0x50464a4f_00000001L; // "PFJO", version 1
    private static final int RECORD_BYTES_MAX = 1 << 20;
    private static final int GROUP_RECORDS = 256;
    private static final long GROUP_NANOS = 1_000_000_000L;

    private final Path file;
    private final FileOps.WritableFile out;
    private int unsynced;
    private long lastSyncNanos = System.nanoTime();

    private EntryJournal(Path file, FileOps.WritableFile out) {
        this.file = file;
        this.out = out;
    }

    /** Starts a new file after those that are there. Blocks. */
    static EntryJournal open(Path root, FileOps ops) throws IOException {
        Path folder = new DurableFolders(ops).ensure(root, "journal");
        List<Path> there = files(root);
        long next = there.isEmpty() ? 1 : number(there.get(there.size() - 1)) + 1;
        Path file = folder.resolve(String.format("%010d.log", next));
        FileOps.WritableFile out = ops.create(file);
        out.write(ByteBuffer.allocate(Long.BYTES).putLong(HEADER).flip());
        out.sync();
        ops.syncDirectory(folder);
        return new EntryJournal(file, out);
    }

    /** Whether there is anything to rebuild from. */
    static boolean exists(Path root) throws IOException {
        return !files(root).isEmpty();
    }

    /** Shows every whole record, oldest first; a torn end of a file is passed over. Blocks. */
    static void replay(Path root, Consumer<EntryRecord> visitor) throws IOException {
        for (Path file : files(root)) {
            try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
                if (in.readLong() != HEADER) {
                    throw new StoreException(
                            FailureKind.STORE_CORRUPT, file + " is not a journal that this program can read");
                }
                while (replayOne(in, visitor)) {}
            } catch (EOFException tornHeader) {
                // the process died before its first record
            }
        }
    }

    private static boolean replayOne(DataInputStream in, Consumer<EntryRecord> visitor) throws IOException {
        byte[] payload;
        int crc;
        try {
            int length = in.readInt();
            if (length <= 0 || length > RECORD_BYTES_MAX) {
                return false;
            }
            crc = in.readInt();
            payload = new byte[length];
            in.readFully(payload);
        } catch (EOFException torn) {
            return false;
        }
        if (crc(payload) != crc) {
            return false;
        }
        visitor.accept(EntryRecord.decode(payload));
        return true;
    }

    /** Appends a record; durable at the latest with the next one after a second. Blocks. */
    synchronized void append(EntryRecord record) {
        byte[] payload = record.encode();
        ByteBuffer bytes = ByteBuffer.allocate(2 * Integer.BYTES + payload.length)
                .putInt(payload.length)
                .putInt(crc(payload))
                .put(payload)
                .flip();
        try {
            out.write(bytes);
            unsynced++;
            if (unsynced >= GROUP_RECORDS || System.nanoTime() - lastSyncNanos > GROUP_NANOS) {
                sync();
            }
        } catch (IOException e) {
            throw Failures.of("writing", file, e);
        }
    }

    @Override
    public synchronized void close() {
        try {
            sync();
            out.close();
        } catch (IOException e) {
            throw Failures.of("closing", file, e);
        }
    }

    private void sync() throws IOException {
        out.sync();
        unsynced = 0;
        lastSyncNanos = System.nanoTime();
    }

    private static int crc(byte[] payload) {
        CRC32C crc = new CRC32C();
        crc.update(payload);
        return (int) crc.getValue();
    }

    private static List<Path> files(Path root) throws IOException {
        Path folder = root.resolve("journal");
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(path -> path.toString().endsWith(".log"))
                    .sorted()
                    .toList();
        }
    }

    private static long number(Path file) {
        String name = String.valueOf(file.getFileName());
        return Long.parseLong(name.substring(0, name.length() - ".log".length()));
    }
}
