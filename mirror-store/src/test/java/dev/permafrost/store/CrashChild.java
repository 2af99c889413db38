package dev.permafrost.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.check.CheckProgress;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A process that works on a store until it is killed, and says what was acknowledged: {@code C key digest} after a commit,
 * {@code F name} after a freeze, {@code X name} before that snapshot is dropped, {@code D key number} after a document. {@code READY} comes first.
 */
final class CrashChild {
    private static final int THREADS = 4;
    private static final int CONTENTS = 64;
    private static final int BLOB_BYTES_MAX = 100_000;
    private static final int WRITE_BYTES = 8192;

    private final MirrorStore store;
    private final PrintStream out;
    private final long run;
    private final Queue<SnapshotId> frozen = new ConcurrentLinkedQueue<>();

    private CrashChild(MirrorStore store, PrintStream out, long run) {
        this.store = store;
        this.out = out;
        this.run = run;
    }

    /** Arguments: the store's folder, a number that no earlier run had. */
    public static void main(String[] args) throws InterruptedException {
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, UTF_8);
        MirrorStore store = Stores.open(Path.of(args[0]));
        CrashChild child = new CrashChild(store, out, Long.parseLong(args[1]));
        child.say("READY");
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            new Thread(() -> child.work(number)).start();
        }
        Thread.currentThread().join();
    }

    private void work(int thread) {
        try {
            Random random = new Random(run * THREADS + thread);
            for (int i = 0; ; i++) {
                step(random, run + "/" + thread + "/" + i);
            }
        } catch (RuntimeException | Error e) {
            say("FAILED " + e);
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    private void dropOrRollBack(boolean drops) {
        SnapshotId id = drops ? frozen.poll() : frozen.peek();
        if (id == null) {
            return;
        }
        try {
            if (drops) {
                say("X " + id);
                store.snapshots().drop(id);
            } else {
                store.snapshots().rollTo(id);
            }
        } catch (StoreException e) {
            // it is the current one, or another thread was quicker
            if (e.kind() != FailureKind.BAD_REQUEST
                    && e.kind() != FailureKind.STORE_MISSING
                    && e.kind() != FailureKind.STORE_LOCKED) {
                throw e;
            }
        }
    }

    private void step(Random random, String name) {
        // Few contents, so that several threads commit the same digest at once.
        byte[] content = Stores.random(random.nextInt(CONTENTS) + run * CONTENTS / 2, BLOB_BYTES_MAX);
        int lot = random.nextInt(1000);
        if (lot < 12) {
            SnapshotId id = new SnapshotId(name.replace('/', '-'));
            store.freeze(id);
            say("F " + id);
            frozen.add(id);
        } else if (lot < 20) {
            dropOrRollBack(lot < 16);
        } else if (lot < 28) {
            deleteWhatNothingNames();
        } else if (lot < 60) {
            // Two chunks, so that a torn replacement would show.
            byte[] chunk = name.getBytes(UTF_8);
            store.putDoc(new DocKey("pypi", "page", name), List.of(chunk, chunk));
            say("D " + name);
        } else if (lot < 250) {
            breakOffAndGoOn(name, content, random.nextInt(4));
        } else {
            Incoming incoming = store.begin(Stores.key(lot < 400 ? "replaced" : name), Set.of());
            write(incoming, ByteBuffer.wrap(content));
            if (lot < 300) {
                incoming.discard();
            } else if (lot < 400) {
                // what this names is named no more when it is committed again
                incoming.commit(Expectation.NOTHING, "");
            } else {
                commit(incoming, name);
            }
        }
    }

    private void deleteWhatNothingNames() {
        try {
            store.collectGarbage(false, Duration.ZERO, CheckProgress.NONE);
        } catch (StoreException e) {
            if (e.kind() != FailureKind.OVERLOADED) {
                throw e;
            }
        }
    }

    private void breakOffAndGoOn(String name, byte[] content, int how) {
        int half = content.length / 2;
        Incoming incoming = store.begin(Stores.key(name), Set.of());
        write(incoming, ByteBuffer.wrap(content, 0, half));
        incoming.suspend("http://upstream/" + name, "\"v\"");
        if (how == 0) {
            return;
        }
        Incoming again = store.resume(Stores.key(name), Set.of()).orElseThrow();
        write(again, ByteBuffer.wrap(content, half, content.length - half));
        if (how == 1) {
            again.discard();
        } else {
            commit(again, name);
        }
    }

    private static void write(Incoming incoming, ByteBuffer bytes) {
        int end = bytes.limit();
        while (bytes.position() < end) {
            bytes.limit(Math.min(end, bytes.position() + WRITE_BYTES));
            incoming.staged().write(bytes);
        }
    }

    private void commit(Incoming incoming, String name) {
        Entry entry = incoming.commit(Expectation.NOTHING, "http://upstream/" + name);
        say("C " + name + " " + entry.digest().hex());
    }

    private void say(String line) {
        synchronized (out) {
            out.print(line + "\n");
            out.flush();
        }
    }
}
