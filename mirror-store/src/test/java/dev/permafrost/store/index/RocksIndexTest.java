package dev.permafrost.store.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The index in RocksDB: what it keeps, what it writes, what it says when its files are damaged. */
class RocksIndexTest extends IndexContract {
    private static final long CACHE_BYTES = 1 << 20;
    private static final byte[] KEY = {1};

    @TempDir
    Path dir;

    private Index index = new MemoryIndex();

    @BeforeEach
    void open() {
        index = RocksIndex.open(dir.resolve("index"), CACHE_BYTES);
    }

    @Override
    Index index() {
        return index;
    }

    @Test
    void rowsAreThereAfterReopening() {
        index.write(new Batch().put(Family.META, KEY, KEY), true);
        index.close();
        open();
        assertThat(index.get(Family.META, KEY)).isEqualTo(KEY);
    }

    @Test
    void aCheckpointIsOneMomentAndOpensReadOnlyWithoutAWrite() throws IOException {
        index.write(new Batch().put(Family.META, KEY, KEY), false);
        Path checkpoint = dir.resolve("checkpoint");
        index.checkpoint(checkpoint);
        index.write(new Batch().delete(Family.META, KEY), false);
        List<String> before = files(checkpoint);
        try (Index sealed = RocksIndex.openReadOnly(checkpoint, CACHE_BYTES)) {
            assertThat(sealed.get(Family.META, KEY)).isEqualTo(KEY);
            assertThatThrownBy(() -> sealed.write(new Batch().put(Family.META, KEY, KEY), false))
                    .isInstanceOf(StoreException.class);
        }
        assertThat(files(checkpoint)).isEqualTo(before);
        assertThatThrownBy(() -> index.checkpoint(checkpoint)).hasMessageContaining(checkpoint.toString());
    }

    @Test
    void aSecondOpenOfTheSameFolderIsRefused() {
        assertThatThrownBy(() -> RocksIndex.open(dir.resolve("index"), CACHE_BYTES))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(dir.resolve("index").toString());
    }

    @Test
    void aFolderWithoutAnIndexCannotBeOpenedForReading() {
        assertThatThrownBy(() -> RocksIndex.openReadOnly(dir.resolve("nothing"), CACHE_BYTES))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("nothing");
        assertThat(dir.resolve("nothing")).doesNotExist();
    }

    @Test
    void damagedFilesAreSaidToBeCorrupt() throws IOException {
        index.write(new Batch().put(Family.META, KEY, KEY), true);
        index.checkpoint(dir.resolve("checkpoint"));
        int tried = 0;
        for (String name : files(dir.resolve("checkpoint"))) {
            Path file = dir.resolve("checkpoint").resolve(name.substring(0, name.indexOf(' ')));
            if (Files.size(file) == 0 || file.getFileName().toString().startsWith("OPTIONS")) {
                continue;
            }
            tried++;
            byte[] good = Files.readAllBytes(file);
            for (byte[] bad :
                    List.of("rubbish".getBytes(StandardCharsets.US_ASCII), new byte[good.length], new byte[0])) {
                Files.write(file, bad, StandardOpenOption.TRUNCATE_EXISTING);
                assertThatThrownBy(() -> {
                            try (Index sealed = RocksIndex.openReadOnly(dir.resolve("checkpoint"), CACHE_BYTES)) {
                                if (sealed.get(Family.META, KEY) == null) {
                                    throw new StoreException(FailureKind.STORE_CORRUPT, "the row is gone");
                                }
                            }
                        })
                        .as(file.toString())
                        .isInstanceOfSatisfying(
                                StoreException.class,
                                e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(FailureKind.STORE_CORRUPT));
            }
            Files.write(file, good);
        }
        assertThat(tried).isGreaterThanOrEqualTo(3);
    }

    private static List<String> files(Path folder) throws IOException {
        List<String> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                all.add(file.getFileName() + " " + Files.size(file) + " " + Files.getLastModifiedTime(file));
            }
        }
        return all;
    }
}
