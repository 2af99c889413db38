package dev.permafrost.store.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The list that is gone through without being proved is the one that was written; what is no such list is refused. */
class BlobListIsReadQuicklyTest {
    private static final String A = "0a".repeat(32);
    private static final String B = "f9".repeat(32);

    @TempDir
    Path dir;

    @Test
    void whatWasWrittenIsRead() throws Exception {
        TreeMap<Digest, Long> blobs = new TreeMap<>();
        Random random = new Random(1);
        for (int i = 0; i < 3000; i++) {
            byte[] digest = new byte[32];
            random.nextBytes(digest);
            long size = i == 0 ? 999_999_999_999_999_999L : random.nextInt(1 << random.nextInt(31));
            blobs.put(Digest.of(Algorithm.SHA256, digest), size);
        }
        Path file = dir.resolve("blobs.lst");
        StringBuilder lines = new StringBuilder();
        blobs.forEach((digest, size) ->
                lines.append(digest.hex()).append(' ').append(size).append('\n'));
        Files.writeString(file, lines);
        TreeMap<Digest, Long> read = new TreeMap<>();
        try (BlobListReader reader = BlobListReader.open(file)) {
            while (reader.next()) {
                read.put(Digest.of(Algorithm.SHA256, reader.digest()), reader.sizeBytes());
            }
        }
        assertThat(read).isEqualTo(blobs);
        assertThat(BlobListReader.digestOf(file)).isEqualTo(BlobList.read(file, (digest, size) -> {}));
    }

    @Test
    void whatIsNoListIsRefused() throws Exception {
        for (String bad : new String[] {
            A + " 5",
            A + " \n",
            A + " -5\n",
            A + "  5\n",
            A + " 1234567890123456789\n",
            A.substring(1) + " 5\n",
            A.toUpperCase(Locale.ROOT) + " 5\n",
            A + " 5\r\n",
            "\n",
            B + " 5\n" + A + " 5\n",
            A + " 5\n" + A + " 5\n",
            A + " 5\n" + B.substring(3)
        }) {
            Path file = Files.writeString(dir.resolve("bad.lst"), bad);
            try (BlobListReader reader = BlobListReader.open(file)) {
                assertThatThrownBy(() -> {
                            while (reader.next()) {}
                        })
                        .as(bad)
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("bad.lst");
            }
        }
        assertThatThrownBy(() -> BlobListReader.open(dir.resolve("none"))).hasMessageContaining("there is no");
    }
}
