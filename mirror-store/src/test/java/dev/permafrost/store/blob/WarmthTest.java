package dev.permafrost.store.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmthTest {
    private static final int BLOCK = Warmth.BLOCK_BYTES_MIN;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void aBlockIsWarmForTenSecondsAfterItWasLastRead() {
        Warmth warmth = new Warmth(10L * BLOCK);
        assertThat(warmth.until(0, BLOCK, 0)).isZero();
        warmth.note(0, 0);
        assertThat(warmth.until(0, BLOCK, 9 * SECOND)).isEqualTo(BLOCK);
        assertThat(warmth.until(0, BLOCK, 18 * SECOND)).isEqualTo(BLOCK);
        assertThat(warmth.until(0, BLOCK, 29 * SECOND)).isZero();
    }

    @Test
    void aRunOfBlocksEndsAtTheFirstThatIsCold() {
        Warmth warmth = new Warmth(10L * BLOCK);
        warmth.note(1, -5);
        warmth.note(2, -5);
        warmth.note(4, -5);
        assertThat(warmth.until(BLOCK + 7, 10L * BLOCK, 0)).isEqualTo(3L * BLOCK);
        assertThat(warmth.until(BLOCK + 7, 2L * BLOCK + 1, 0)).isEqualTo(2L * BLOCK + 1);
        assertThat(warmth.until(3L * BLOCK + 7, 10L * BLOCK, 0)).isEqualTo(3L * BLOCK + 7);
    }

    @Test
    void theLastBlockMayBeShortAndOneOfAHugeFileLong() {
        Warmth warmth = new Warmth(BLOCK + 1);
        warmth.note(1, 1);
        assertThat(warmth.until(BLOCK, BLOCK + 1, 1)).isEqualTo(BLOCK + 1);
        Warmth huge = new Warmth(1L << 40);
        assertThat(huge.block(1L << 40)).isLessThanOrEqualTo(4096);
        huge.note(huge.block((1L << 40) - 1), 1);
        assertThat(huge.until((1L << 40) - 1, 1L << 40, 1)).isEqualTo(1L << 40);
    }

    @Test
    void whatHasBeenReadIsWarm(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("file"), new byte[3 * BLOCK + 1]);
        OpenBlob blob = new OpenBlob(Digest.of(Algorithm.SHA256, new byte[32]), FileChannel.open(file), 3L * BLOCK + 1);
        try (blob) {
            blob.warm(BLOCK + 1, BLOCK + 2, ByteBuffer.allocate(1000));
            assertThat(blob.warmUntil(BLOCK, blob.sizeBytes(), System.nanoTime()))
                    .isEqualTo(2L * BLOCK);
            assertThat(blob.warmUntil(0, blob.sizeBytes(), System.nanoTime())).isZero();
            blob.warm(0, blob.sizeBytes(), ByteBuffer.allocate(1000));
            assertThat(blob.warmUntil(0, blob.sizeBytes(), System.nanoTime())).isEqualTo(blob.sizeBytes());
        }
    }

    @Test
    void whatIsNotThereIsNot(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("file"), new byte[BLOCK + 1]);
        OpenBlob blob = new OpenBlob(Digest.of(Algorithm.SHA256, new byte[32]), FileChannel.open(file), 2L * BLOCK);
        try (blob) {
            assertThatThrownBy(() -> blob.warm(0, 2L * BLOCK, ByteBuffer.allocate(BLOCK)))
                    .isInstanceOf(EOFException.class)
                    .hasMessage("it ends after 262145 of 524288 bytes");
            assertThat(blob.warmUntil(0, 2L * BLOCK, System.nanoTime())).isEqualTo(BLOCK);
        }
    }
}
