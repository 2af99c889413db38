package dev.permafrost.store.blob;

import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that no blob is deleted that somebody wants again meanwhile.
 *
 * <p>A blob's file is there before the row that names it. Who commits one therefore opens a {@link Naming} before the file gets its name
 * and closes it when the row is written; who seals a snapshot opens one before the rows are copied and closes it when the snapshot has its
 * name. A {@link Pass} deletes blobs that nothing names, as it sees it, in this order:
 *
 * <ol>
 *   <li>{@link #begin}: from now on each digest that is committed, be it new or held already, is noted as wanted;
 *   <li>{@link Pass#settle}: those that had begun to name blobs before that have ended, so that their rows can be seen;
 *   <li>the caller looks at all rows, as they are at one moment;
 *   <li>{@link Pass#settle} again: those snapshots that had begun to be sealed, of older rows, are there, or never will be;
 *   <li>the caller looks at all snapshots;
 *   <li>{@link Pass#delete}: of each blob that it has found no name of, unless it has been noted since. Noting and deleting hold the same
 *       lock: what is noted first stays, and what is deleted first is not found held by who commits it, and gets its file anew.
 * </ol>
 *
 * <p>So a row that the caller did not see was written by somebody who noted the digest, and a snapshot that it did not see was taken of
 * rows that it did see, or of such. Nobody who commits waits for a pass, but for the deletion of one file at the most.
 */
public final class Deletions {
    /** Most digests that are noted: beyond, a pass deletes nothing more. About 150 MB. */
    static final int WANTED_MAX = 1 << 20;

    private static final int STRIPES = 256;
    private static final long SETTLE_SECONDS_MAX = 600;

    private final Lock[] stripes = new Lock[STRIPES];
    private final Set<Naming> namings = ConcurrentHashMap.newKeySet();
    /** Blobs whose bytes are not trusted, by how many doubt them. */
    private final Map<Digest, Integer> doubted = new ConcurrentHashMap<>();

    private final AtomicInteger keepers = new AtomicInteger();
    private final AtomicReference<@Nullable Pass> current = new AtomicReference<>();

    /** Nothing is under way. */
    public Deletions() {
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new ReentrantLock();
        }
    }

    /** Something done with a file. */
    @FunctionalInterface
    interface FileWork {
        /** Does it. */
        void run() throws IOException;
    }

    /** The time from before a blob gets its file, or rows are copied, until something names it that can be seen. */
    public final class Naming implements AutoCloseable {
        private final CountDownLatch ended = new CountDownLatch(1);

        private Naming() {}

        /** Says that it can be seen, or never will be. */
        @Override
        public void close() {
            namings.remove(this);
            ended.countDown();
        }
    }

    /** The time in which nothing is deleted. */
    public final class Keeping implements AutoCloseable {
        private boolean ended;

        private Keeping() {}

        /** Lets blobs be deleted again. */
        @Override
        public synchronized void close() {
            if (!ended) {
                ended = true;
                keepers.decrementAndGet();
            }
        }
    }

    /** Begins to commit blobs that a row will name, or to seal a snapshot; the caller closes it. */
    public Naming naming() {
        Naming naming = new Naming();
        namings.add(naming);
        return naming;
    }

    /**
     * Has nothing deleted until it is closed: for whoever counts on blobs being there that no row names, such as what is carried in bit by
     * bit. A pass that is under way ends. Waits for the deletion of one file at the most.
     */
    public Keeping keepAll() {
        keepers.incrementAndGet();
        for (Lock stripe : stripes) {
            awaitDeletion(stripe);
        }
        return new Keeping();
    }

    /** Whoever is deleting under that lock has not seen who keeps everything; the next one will. */
    private static void awaitDeletion(Lock stripe) {
        stripe.lock();
        try {
            // nothing to be done
        } finally {
            stripe.unlock();
        }
    }

    /**
     * Begins a pass; the caller closes it.
     *
     * @throws StoreException OVERLOADED if there is one already, or nothing may be deleted at the moment
     */
    public Pass begin() {
        if (keepers.get() > 0) {
            throw new StoreException(
                    FailureKind.OVERLOADED,
                    "something is being carried in or out that counts on blobs which nothing names yet; try again when it is over");
        }
        Pass pass = new Pass();
        if (!current.compareAndSet(null, pass)) {
            throw new StoreException(
                    FailureKind.OVERLOADED,
                    "blobs that nothing names are being deleted already; try again when that is over");
        }
        return pass;
    }

    /** Gives a blob its file, or finds that it has one, while nobody deletes it; from here on it is wanted. */
    void publish(Digest digest, FileWork work) throws IOException {
        Lock stripe = stripe(digest);
        stripe.lock();
        try {
            Pass pass = current.get();
            if (pass != null) {
                pass.note(digest);
            }
            work.run();
        } finally {
            stripe.unlock();
        }
    }

    /** Does something to a blob's file while nobody commits it. */
    void alone(Digest digest, FileWork work) throws IOException {
        Lock stripe = stripe(digest);
        stripe.lock();
        try {
            work.run();
        } finally {
            stripe.unlock();
        }
    }

    /**
     * Has the commits of a blob from now on put their bytes in the place of those that are there, since these may be damaged. Waits for one
     * that is just finding it held.
     */
    void doubt(Digest digest) {
        Lock stripe = stripe(digest);
        stripe.lock();
        try {
            doubted.merge(digest, 1, Integer::sum);
        } finally {
            stripe.unlock();
        }
    }

    /** Has a blob trusted again, by one of those who doubted it. */
    void trust(Digest digest) {
        doubted.computeIfPresent(digest, (doubtful, by) -> by == 1 ? null : by - 1);
    }

    boolean isDoubted(Digest digest) {
        return doubted.containsKey(digest);
    }

    private Lock stripe(Digest digest) {
        return stripes[Math.floorMod(digest.hashCode(), STRIPES)];
    }

    /** One deletion of all that nothing names. One thread. */
    public final class Pass implements AutoCloseable {
        private final Set<Digest> wanted = ConcurrentHashMap.newKeySet();
        private volatile boolean full;

        private Pass() {}

        private void note(Digest digest) {
            if (wanted.size() < WANTED_MAX) {
                wanted.add(digest);
            } else {
                full = true;
            }
        }

        /**
         * Waits for those who have begun to name blobs by now. Blocks.
         *
         * @throws StoreException OVERLOADED if one of them does not end
         */
        public void settle() {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SETTLE_SECONDS_MAX);
            try {
                for (Naming naming : Set.copyOf(namings)) {
                    if (!naming.ended.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                        throw new StoreException(
                                FailureKind.OVERLOADED,
                                "a file or a snapshot has been on its way into the store for more than "
                                        + SETTLE_SECONDS_MAX + " s; does the disk hang? Nothing was deleted");
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoreException(FailureKind.SHUTTING_DOWN, "the store is being closed", e);
            }
        }

        /** Why nothing more is deleted in this pass; null where it goes on. */
        public @Nullable String stopped() {
            if (keepers.get() > 0) {
                return "something is being carried in or out";
            }
            return full ? "more than " + WANTED_MAX + " files have been committed meanwhile" : null;
        }

        /** Whether a blob has been committed since it began. */
        public boolean isWanted(Digest digest) {
            return full || wanted.contains(digest);
        }

        /**
         * Does away with a blob, or what is known of it, unless it is wanted again; nobody commits it meanwhile. Blocks.
         *
         * @param deletion how; must not commit anything
         * @return whether it was done
         */
        public boolean delete(Digest digest, Runnable deletion) {
            Lock stripe = stripe(digest);
            stripe.lock();
            try {
                if (stopped() != null || isWanted(digest)) {
                    return false;
                }
                deletion.run();
                return true;
            } finally {
                stripe.unlock();
            }
        }

        /** Ends it. */
        @Override
        public void close() {
            current.compareAndSet(this, null);
        }
    }
}
