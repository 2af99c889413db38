package dev.permafrost.store.check;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What is named, asked for in ascending order: so each of the lists is gone through once, whatever is in it, and nothing is kept in memory.
 * One thread. Blocks.
 */
final class Marks implements AutoCloseable {
    /** What is done with what was named and not asked for: the digest and the size that it is said to have. */
    private final BiConsumer<Digest, Long> passedOver;

    private final List<BlobCursor> cursors;
    /** Of those that have not come to their end. */
    private final List<BlobCursor> open = new ArrayList<>();

    private byte[] passed = new byte[0];
    private long sizeBytes;

    /** Those of these lists, each of which is at its beginning; they are closed with this. */
    Marks(List<BlobCursor> cursors, BiConsumer<Digest, Long> passedOver) {
        this.cursors = List.copyOf(cursors);
        this.passedOver = passedOver;
        for (BlobCursor cursor : cursors) {
            if (cursor.next()) {
                open.add(cursor);
            }
        }
    }

    /** Whether any of the lists names a blob; must be behind the one that was asked for before. */
    boolean has(Digest digest) {
        byte[] wanted = digest.bytes();
        passOver(wanted);
        boolean found = false;
        for (int i = open.size() - 1; i >= 0; i--) {
            BlobCursor cursor = open.get(i);
            if (Arrays.equals(cursor.digest(), wanted)) {
                found = true;
                sizeBytes = cursor.sizeBytes();
                if (!cursor.next()) {
                    open.remove(i);
                }
            }
        }
        return found;
    }

    /** The size that the last one which was found is said to have. */
    long sizeBytes() {
        return sizeBytes;
    }

    /** Goes on to the end of all lists. */
    void finish() {
        passOver(null);
    }

    /** Passes over all that comes before; null for all. The smallest first, so that each is told of once. */
    private void passOver(byte @Nullable [] end) {
        while (true) {
            int smallest = -1;
            for (int i = 0; i < open.size(); i++) {
                if ((end == null || Arrays.compareUnsigned(open.get(i).digest(), end) < 0)
                        && (smallest < 0
                                || Arrays.compareUnsigned(
                                                open.get(i).digest(),
                                                open.get(smallest).digest())
                                        < 0)) {
                    smallest = i;
                }
            }
            if (smallest < 0) {
                return;
            }
            BlobCursor cursor = open.get(smallest);
            if (!Arrays.equals(cursor.digest(), passed)) {
                passed = cursor.digest().clone();
                passedOver.accept(Digest.of(Algorithm.SHA256, passed), cursor.sizeBytes());
            }
            if (!cursor.next()) {
                open.remove(smallest);
            }
        }
    }

    @Override
    public void close() {
        cursors.forEach(BlobCursor::close);
    }
}
