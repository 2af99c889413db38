package dev.permafrost.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.index.EntryRecord;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.model.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The log of entries: whole records come back in order, and damage costs no more than what it hit. */
class EntryJournalTest {
    private static final int HEADER_BYTES = 8;

    @TempDir
    Path root;

    private static EntryRecord record(int n) {
        Digest digest = Digest.of(Algorithm.SHA256, new byte[32]);
        return new EntryRecord(
                new ArtifactKey("pypi", "k" + n),
                new Entry(digest, n, Verification.DIGEST, Instant.ofEpochMilli(n), "http://upstream/" + n));
    }

    private Path write(int from, int to) throws IOException {
        try (EntryJournal journal = EntryJournal.open(root, FileOps.system())) {
            for (int i = from; i < to; i++) {
                journal.append(record(i));
            }
        }
        List<Path> files = files();
        return files.get(files.size() - 1);
    }

    private List<Path> files() throws IOException {
        try (var files = Files.list(root.resolve("journal"))) {
            return files.sorted().toList();
        }
    }

    private List<Integer> replay() throws IOException {
        List<Integer> numbers = new ArrayList<>();
        EntryJournal.replay(root, bytes -> {
            EntryRecord record = EntryRecord.decode(bytes);
            assertThat(record).isEqualTo(record((int)
                    Objects.requireNonNull(record.entry()).sizeBytes()));
            numbers.add((int) record.entry().sizeBytes());
        });
        return numbers;
    }

    private static List<Integer> range(int from, int to) {
        List<Integer> all = new ArrayList<>();
        for (int i = from; i < to; i++) {
            all.add(i);
        }
        return all;
    }

    @Test
    void severalFilesAreReplayedInTheirOrder() throws IOException {
        assertThat(EntryJournal.exists(root)).isFalse();
        write(0, 3);
        write(3, 600);
        write(600, 600);
        write(600, 601);
        Files.writeString(root.resolve("journal/notes.log"), "not ours");
        assertThat(EntryJournal.exists(root)).isTrue();
        assertThat(replay()).isEqualTo(range(0, 601));
    }

    @Test
    void anyTornEndCostsTheRecordsItHitAndNoOther() throws IOException {
        Path file = write(0, 5);
        byte[] whole = Files.readAllBytes(file);
        write(5, 7);
        List<Integer> atLeast = new ArrayList<>();
        for (int length = 0; length <= whole.length; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            List<Integer> replayed = replay();
            assertThat(replayed).endsWith(5, 6).containsAll(atLeast);
            atLeast = replayed;
            Files.write(file, Arrays.copyOf(Arrays.copyOf(whole, length), whole.length + 100));
            assertThat(replay()).as("zeros after %s bytes", length).isEqualTo(replayed);
        }
        assertThat(atLeast).isEqualTo(range(0, 7));
    }

    @Test
    void aDamagedRecordIsPassedOver() throws IOException {
        Path file = write(0, 5);
        byte[] bytes = Files.readAllBytes(file);
        int record = (bytes.length - HEADER_BYTES) / 5;
        bytes[HEADER_BYTES + 2 * record + 20] ^= 1;
        Files.write(file, bytes);
        assertThat(replay()).containsExactly(0, 1, 3, 4);
    }

    @Test
    void randomDamageNeverGivesAWrongRecord() throws IOException {
        Path file = write(0, 20);
        byte[] whole = Files.readAllBytes(file);
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            byte[] bytes = whole.clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes[HEADER_BYTES + random.nextInt(bytes.length - HEADER_BYTES)] = (byte) random.nextInt();
            }
            Files.write(file, bytes);
            assertThat(range(0, 20)).as("seed %s", seed).containsAll(replay());
        }
    }

    @Test
    void aFileOfAnotherKindIsCorruptAndOneOfALaterVersionTooNew() throws IOException {
        Path file = write(0, 1);
        byte[] bytes = Files.readAllBytes(file);
        bytes[7] = 4;
        Files.write(file, bytes);
        assertThatThrownBy(this::replay)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_TOO_NEW));
        Files.writeString(file, "something else");
        assertThatThrownBy(this::replay)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORE_CORRUPT));
    }

    @Test
    void theLongestRecordComesBack() throws IOException {
        EntryRecord longest = new EntryRecord(
                new ArtifactKey("\u20ac".repeat(4096), "\u20ac".repeat(4096)),
                new Entry(
                        Digest.of(Algorithm.SHA256, new byte[32]),
                        1,
                        Verification.NONE,
                        Instant.EPOCH,
                        "\u20ac".repeat(Entry.ORIGIN_CHARS_MAX)));
        try (EntryJournal journal = EntryJournal.open(root, FileOps.system())) {
            journal.append(longest);
        }
        List<EntryRecord> found = new ArrayList<>();
        EntryJournal.replay(root, bytes -> found.add(EntryRecord.decode(bytes)));
        assertThat(found).containsExactly(longest);
    }
}
