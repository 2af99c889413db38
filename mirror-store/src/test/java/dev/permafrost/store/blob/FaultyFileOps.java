package dev.permafrost.store.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * File operations of which one, chosen by its number, fails in a chosen way; the others are passed on. For several threads.
 */
public final class FaultyFileOps implements FileOps {
    /** The kinds of operation, as the faults choose them. */
    public enum Kind {
        CREATE,
        APPEND,
        WRITE,
        SYNC,
        CLOSE,
        RENAME,
        DELETE,
        CREATE_DIRECTORY,
        SYNC_DIRECTORY,
        SHARE
    }

    /** How an operation fails. */
    public enum Fault {
        /** The disk is full; nothing happens. */
        NO_SPACE("No space left on device"),
        /** The disk fails; nothing happens. */
        IO_ERROR("Input/output error"),
        /** Half of a write arrives before the disk is full; a rename or the like happens and then says that it did not. */
        SHORT("No space left on device");

        private final String reason;

        Fault(String reason) {
            this.reason = reason;
        }

        /** What the file system says. */
        public String reason() {
            return reason;
        }
    }

    /** An operation that was asked for. */
    public record Operation(Kind kind, Path file) {}

    private final FileOps real;
    private final List<Operation> asked = new ArrayList<>();
    private Predicate<Operation> chosen = operation -> false;
    private Fault fault = Fault.IO_ERROR;
    private int pass;
    private int failures;
    private boolean lasting;
    private @Nullable Operation failed;

    /** Operations of the real file system, none of which fails yet. */
    public FaultyFileOps() {
        this(FileOps.system());
    }

    /** Operations passed on to these, none of which fails yet. */
    public FaultyFileOps(FileOps real) {
        this.real = real;
    }

    /** Makes the n-th operation from now on fail, counted from 0, of those of one kind, or of any without one. */
    public synchronized void failAt(int n, @Nullable Kind kind, Fault how) {
        arm(n, operation -> kind == null || operation.kind() == kind, how, false);
    }

    /** Makes the n-th operation from now on that the predicate chooses fail, counted from 0. */
    public synchronized void failAt(int n, Predicate<Operation> which, Fault how) {
        arm(n, which, how, false);
    }

    /** Makes every operation that the predicate chooses fail, until {@link #heal}. */
    public synchronized void failAll(Predicate<Operation> which, Fault how) {
        arm(0, which, how, true);
    }

    /** Lifts the fault. */
    public synchronized void heal() {
        chosen = operation -> false;
    }

    /** How many operations have been made to fail. */
    public synchronized int failures() {
        return failures;
    }

    /** The operation that failed last. */
    public synchronized @Nullable Operation failed() {
        return failed;
    }

    /** The operations asked for since the last call. */
    public synchronized List<Operation> takeAsked() {
        List<Operation> all = List.copyOf(asked);
        asked.clear();
        return all;
    }

    private void arm(int n, Predicate<Operation> which, Fault how, boolean forGood) {
        chosen = which;
        fault = how;
        pass = n;
        lasting = forGood;
    }

    private synchronized @Nullable Fault ask(Kind kind, Path file) {
        Operation operation = new Operation(kind, file);
        asked.add(operation);
        if (!chosen.test(operation)) {
            return null;
        }
        if (pass > 0) {
            pass--;
            return null;
        }
        if (!lasting) {
            chosen = any -> false;
        }
        failures++;
        failed = operation;
        return fault;
    }

    private void run(Kind kind, Path file, Action action) throws IOException {
        Fault now = ask(kind, file);
        if (now == null) {
            action.run();
            return;
        }
        if (now == Fault.SHORT) {
            action.run();
        }
        throw failure(file, now);
    }

    private static FileSystemException failure(Path file, Fault now) {
        return new FileSystemException(file.toString(), null, now.reason());
    }

    @Override
    public WritableFile create(Path file) throws IOException {
        Fault now = ask(Kind.CREATE, file);
        if (now == null) {
            return new FaultyFile(file, real.create(file));
        }
        throw failure(file, now);
    }

    @Override
    public WritableFile append(Path file, long lengthBytes) throws IOException {
        Fault now = ask(Kind.APPEND, file);
        if (now == null) {
            return new FaultyFile(file, real.append(file, lengthBytes));
        }
        throw failure(file, now);
    }

    @Override
    public void rename(Path from, Path to) throws IOException {
        run(Kind.RENAME, from, () -> real.rename(from, to));
    }

    @Override
    public void delete(Path file) throws IOException {
        run(Kind.DELETE, file, () -> real.delete(file));
    }

    @Override
    public void createDirectory(Path directory) throws IOException {
        run(Kind.CREATE_DIRECTORY, directory, () -> real.createDirectory(directory));
    }

    @Override
    public void syncDirectory(Path directory) throws IOException {
        run(Kind.SYNC_DIRECTORY, directory, () -> real.syncDirectory(directory));
    }

    @Override
    public boolean share(Path file, Path ours, Taking how) throws IOException {
        boolean[] shared = {false};
        run(Kind.SHARE, ours, () -> shared[0] = real.share(file, ours, how));
        return shared[0];
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private final class FaultyFile implements WritableFile {
        private final Path file;
        private final WritableFile out;

        FaultyFile(Path file, WritableFile out) {
            this.file = file;
            this.out = out;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            Fault now = ask(Kind.WRITE, file);
            if (now == null) {
                out.write(bytes);
                return;
            }
            if (now == Fault.SHORT) {
                int limit = bytes.limit();
                out.write(bytes.limit(bytes.position() + bytes.remaining() / 2));
                bytes.limit(limit);
            }
            throw failure(file, now);
        }

        @Override
        public void sync() throws IOException {
            // A failed fsync may have thrown the bytes away all the same: nothing is passed on.
            Fault now = ask(Kind.SYNC, file);
            if (now != null) {
                throw failure(file, now);
            }
            out.sync();
        }

        @Override
        public void close() throws IOException {
            Fault now = ask(Kind.CLOSE, file);
            out.close();
            if (now != null) {
                throw failure(file, now);
            }
        }
    }
}
