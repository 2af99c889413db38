package dev.permafrost.store.blob;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.model.Verification;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link BlobStore} promises. */
abstract class BlobStoreContract {
    private static final String HELLO = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    private static final String HELLO_MD5 = "5d41402abc4b2a76b9719d911017c592";
    private static final String EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    abstract BlobStore store();

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    static String read(FileChannel channel) throws IOException {
        ByteBuffer all = ByteBuffer.allocate((int) channel.size());
        while (all.hasRemaining() && channel.read(all, all.position()) >= 0) {}
        return new String(all.array(), 0, all.position(), UTF_8);
    }

    private CommittedBlob put(String text, Expectation expectation) {
        StagedBlob staged = store().stage(expectation.algorithms());
        staged.write(bytes(text));
        return staged.commit(expectation);
    }

    private static void assertKind(FailureKind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }

    @Test
    void theBytesOfAFileAreTakenAndTheFileStays(@TempDir Path elsewhere) throws IOException {
        Path file = Files.writeString(elsewhere.resolve("file"), "hello");
        for (Taking most : Taking.values()) {
            StagedBlob staged = store().stage(EnumSet.of(Algorithm.MD5));
            staged.take(file, most);
            assertThat(staged.writtenBytes()).isEqualTo(5);
            try (FileChannel channel = staged.inspect()) {
                assertThat(read(channel)).isEqualTo("hello");
            }
            CommittedBlob blob = staged.commit(Expectation.NOTHING);
            assertThat(blob.digests().get(Algorithm.SHA256)).isEqualTo(Digest.sha256(HELLO));
            assertThat(blob.digests().get(Algorithm.MD5)).hasToString("md5:" + HELLO_MD5);
            try (OpenBlob open = store().open(blob.digest())) {
                assertThat(read(open.channel())).isEqualTo("hello");
                assertThat(open.isSound()).isTrue();
            }
            assertThat(file).hasContent("hello");
            store().delete(blob.digest());
        }
    }

    @Test
    void whatIsCommittedCanBeOpened() throws IOException {
        CommittedBlob blob = put("hello", new Expectation(5, Map.of()));
        assertThat(blob.digest()).isEqualTo(Digest.sha256(HELLO));
        assertThat(blob.sizeBytes()).isEqualTo(5);
        assertThat(blob.verification()).isEqualTo(Verification.LENGTH);
        assertThat(store().size(blob.digest())).hasValue(5);
        try (OpenBlob open = store().open(blob.digest())) {
            assertThat(open.sizeBytes()).isEqualTo(5);
            assertThat(read(open.channel())).isEqualTo("hello");
        }
    }

    @Test
    void noBytesAreABlobToo() {
        assertThat(store().stage(Set.of()).commit(Expectation.NOTHING).digest()).isEqualTo(Digest.sha256(EMPTY));
        assertThat(store().size(Digest.sha256(EMPTY))).hasValue(0);
    }

    @Test
    void everyAlgorithmIsComputedInOnePass() {
        StagedBlob staged = store().stage(EnumSet.allOf(Algorithm.class));
        staged.write(bytes("hel"));
        staged.write(ByteBuffer.allocateDirect(2).put(bytes("lo")).flip());
        CommittedBlob blob = staged.commit(Expectation.of(Digest.parse(Algorithm.MD5, HELLO_MD5)));
        assertThat(blob.digests()).containsOnlyKeys(Algorithm.values());
        assertThat(blob.digests().get(Algorithm.SHA256)).isEqualTo(blob.digest());
        assertThat(blob.verification()).isEqualTo(Verification.DIGEST);
    }

    @Test
    void wrongBytesAreNotKept() {
        assertKind(FailureKind.DIGEST_MISMATCH, () -> put("hellO", Expectation.of(Digest.sha256(HELLO))));
        assertKind(FailureKind.LENGTH_MISMATCH, () -> put("hello", new Expectation(6, Map.of())));
        assertThat(list()).isEmpty();
        assertThat(store().sweep(name -> false)).isZero();
    }

    @Test
    void aDigestThatWasNotAskedForCannotBeChecked() {
        StagedBlob staged = store().stage(Set.of());
        staged.write(bytes("hello"));
        assertThatThrownBy(() -> staged.commit(Expectation.of(Digest.parse(Algorithm.MD5, HELLO_MD5))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("asked for");
        assertThat(list()).isEmpty();
    }

    @Test
    void anEndedBlobTakesNothingMore() {
        StagedBlob staged = store().stage(Set.of());
        staged.commit(Expectation.NOTHING);
        staged.discard();
        assertThatThrownBy(() -> staged.write(bytes("x"))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> staged.commit(Expectation.NOTHING)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(staged::suspend).isInstanceOf(IllegalStateException.class);
        assertThat(list()).containsExactly(Digest.sha256(EMPTY));
    }

    @Test
    void whatIsDiscardedIsForgotten() {
        StagedBlob staged = store().stage(Set.of());
        staged.write(bytes("hello"));
        staged.discard();
        staged.discard();
        assertThat(list()).isEmpty();
        assertThat(store().sweep(name -> false)).isZero();
    }

    @Test
    void theSameBytesTwiceAreOneBlob() {
        assertThat(put("hello", Expectation.NOTHING).digest())
                .isEqualTo(put("hello", Expectation.NOTHING).digest());
        assertThat(list()).hasSize(1);
        assertThat(store().sweep(name -> false)).isZero();
    }

    @Test
    void manyCommitTheSameBytesAtOnce() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try {
            for (int round = 0; round < 20; round++) {
                String text = "round " + round;
                List<Future<CommittedBlob>> all = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    all.add(pool.submit(() -> put(text, Expectation.NOTHING)));
                }
                for (Future<CommittedBlob> one : all) {
                    try (OpenBlob open = store().open(one.get().digest())) {
                        assertThat(read(open.channel())).isEqualTo(text);
                    }
                }
            }
        } finally {
            pool.shutdownNow();
        }
        assertThat(list()).hasSize(20);
        assertThat(store().sweep(name -> false)).isZero();
    }

    @Test
    void aSuspendedBlobGoesOnFromAnyOffset() {
        for (int offset = 0; offset <= 3; offset++) {
            StagedBlob staged = store().stage(Set.of());
            staged.write(bytes("hel"));
            String name = staged.suspend();
            StagedBlob again = store().resume(name, offset, Set.of(Algorithm.MD5));
            assertThat(again.writtenBytes()).isEqualTo(offset);
            again.write(bytes("hello".substring(offset)));
            CommittedBlob blob = again.commit(Expectation.of(Digest.sha256(HELLO)));
            assertThat(blob.digests()).containsEntry(Algorithm.MD5, Digest.parse(Algorithm.MD5, HELLO_MD5));
        }
    }

    @Test
    void whatIsSuspendedAndShorterOrGoneIsMissing() {
        StagedBlob staged = store().stage(Set.of());
        staged.write(bytes("hel"));
        String name = staged.suspend();
        assertKind(FailureKind.STORE_MISSING, () -> store().resume(name, 4, Set.of()));
        assertKind(FailureKind.STORE_MISSING, () -> store().resume("no-such-name", 0, Set.of()));
        assertThat(store().resume(name, 3, Set.of()).writtenBytes()).isEqualTo(3);
    }

    @Test
    void sweepingKeepsWhatItIsToldToKeep() {
        StagedBlob kept = store().stage(Set.of());
        String keep = kept.suspend();
        store().stage(Set.of()).suspend();
        store().stage(Set.of()); // as a crash would leave it
        assertThat(store().sweep(keep::equals)).isEqualTo(2);
        assertThat(store().resume(keep, 0, Set.of()).writtenBytes()).isZero();
    }

    @Test
    void whatIsNotHeldIsSaidToBe() {
        Digest digest = Digest.sha256(HELLO);
        assertThat(store().size(digest)).isEmpty();
        assertKind(FailureKind.STORE_CORRUPT, () -> store().open(digest));
        store().delete(digest);
        put("hello", Expectation.NOTHING);
        store().delete(digest);
        assertThat(store().size(digest)).isEmpty();
    }

    @Test
    void onlyASha256NamesABlob() {
        Digest md5 = Digest.parse(Algorithm.MD5, HELLO_MD5);
        assertThatThrownBy(() -> store().size(md5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store().open(md5)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void growingBytesCanBeReadUpToTheLastWrittenAndAfterTheCommit() throws IOException {
        Random random = new Random(7);
        StagedBlob staged = store().stage(Set.of());
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            String next = Integer.toString(random.nextInt(), 36).repeat(random.nextInt(100));
            staged.write(bytes(next));
            all.append(next);
            assertThat(staged.writtenBytes()).isEqualTo(all.length());
            try (FileChannel channel = staged.inspect()) {
                assertThat(channel.size()).isEqualTo(staged.writtenBytes());
                assertThat(read(channel)).isEqualTo(all.toString());
            }
        }
        try (FileChannel channel = staged.inspect()) {
            assertThatThrownBy(() -> channel.write(bytes("x"))).isInstanceOf(NonWritableChannelException.class);
            staged.commit(Expectation.NOTHING);
            assertThat(read(channel)).isEqualTo(all.toString());
        }
        StagedBlob dropped = store().stage(Set.of());
        dropped.write(bytes("hello"));
        try (FileChannel channel = dropped.inspect()) {
            dropped.discard();
            assertThat(read(channel)).isEqualTo("hello");
        }
    }

    final List<Digest> list() {
        List<Digest> all = new ArrayList<>();
        store().list(all::add);
        return all;
    }
}
