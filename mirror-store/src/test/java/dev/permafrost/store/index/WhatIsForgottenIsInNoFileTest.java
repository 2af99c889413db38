package dev.permafrost.store.index;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileReader;
import org.rocksdb.SstFileReaderIterator;

/** Of documents of a kind that a copy of an index is to forget, none of its files has anything left, and all else is as it was. */
class WhatIsForgottenIsInNoFileTest {
    private static final long CACHE_BYTES = 1 << 20;
    private static final String SECRET = "/home/penguin/dist/";

    @TempDir
    Path folder;

    private Path copy;

    @BeforeEach
    void copy() {
        copy = folder.resolve("copy");
    }

    private static DocKey doc(String repository, String kind, String key) {
        return new DocKey(repository, kind, key);
    }

    /** Much of it, in several layers, secret rows the last of their files. */
    private void copyOf(boolean withSecrets) {
        try (RocksIndex index = RocksIndex.open(folder.resolve("live"), CACHE_BYTES)) {
            for (int round = 0; round < 3; round++) {
                Batch batch = new Batch();
                for (String repository : List.of("a", "b", "ours")) {
                    for (int i = 0; i < 500; i++) {
                        if (withSecrets) {
                            batch.putDoc(
                                    doc(repository, "published", SECRET + i + "/" + round),
                                    List.of(("secret" + i).getBytes(UTF_8)));
                        }
                        batch.putDoc(doc(repository, "project", "p" + i), List.of(new byte[] {1}, new byte[] {2}));
                        if (!repository.equals("ours")) {
                            batch.putDoc(doc(repository, "publishes", "p" + i), List.of(new byte[] {3}));
                        }
                    }
                }
                index.write(batch, true);
                index.checkpoint(folder.resolve("flushed" + round));
            }
            index.checkpoint(copy);
            try (RocksIndex before = RocksIndex.openReadOnly(copy, CACHE_BYTES)) {
                assertThat(rows(before)).isEqualTo(rows(index));
            }
            Excision.forget(copy, "published", CACHE_BYTES);
            if (withSecrets) {
                assertThat(rows(index).keySet()).as("the live one").anyMatch(key -> key.contains(SECRET));
            }
            Map<String, String> kept = rows(index);
            kept.keySet().removeIf(key -> key.contains(SECRET));
            try (RocksIndex after = RocksIndex.openReadOnly(copy, CACHE_BYTES)) {
                assertThat(rows(after)).isEqualTo(kept).hasSize(4000);
            }
        }
    }

    private static Map<String, String> rows(Index index) {
        Map<String, String> rows = new TreeMap<>();
        for (Family family : Family.values()) {
            index.scan(family, new byte[0], (key, value) -> {
                rows.put(family + " " + new String(key, ISO_8859_1), new String(value, ISO_8859_1));
                return true;
            });
        }
        return rows;
    }

    private List<Path> files() {
        try (Stream<Path> files = Files.list(copy)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a file says, packed rows unpacked, whether or not any table of contents leads to them. */
    private static String said(Path file) throws IOException, RocksDBException {
        if (!file.toString().endsWith(".sst")) {
            return new String(Files.readAllBytes(file), ISO_8859_1);
        }
        StringBuilder said = new StringBuilder(new String(Files.readAllBytes(file), ISO_8859_1));
        try (Options options = new Options();
                SstFileReader reader = new SstFileReader(options);
                ReadOptions read = new ReadOptions()) {
            reader.open(file.toString());
            try (SstFileReaderIterator rows = reader.newIterator(read)) {
                for (rows.seekToFirst(); rows.isValid(); rows.next()) {
                    said.append(new String(rows.key(), ISO_8859_1)).append(new String(rows.value(), ISO_8859_1));
                }
            }
        }
        return said.toString();
    }

    @Test
    void neitherInRowsNorInTheListOfFiles() throws Exception {
        copyOf(true);
        for (Path file : files()) {
            assertThat(said(file)).as(file.toString()).doesNotContain(SECRET, "secret");
        }
    }

    @Test
    void whereThereIsNothingToForgetNothingIsWritten() throws Exception {
        copyOf(false);
        List<String> names = new ArrayList<>();
        try (Stream<Path> before = Files.list(folder.resolve("flushed2"))) {
            before.forEach(file -> names.add(String.valueOf(file.getFileName())));
        }
        assertThat(files().stream().filter(file -> file.toString().endsWith(".sst")))
                .isNotEmpty()
                .allMatch(file -> names.contains(String.valueOf(file.getFileName())));
        assertThat(files()).noneMatch(file -> file.endsWith("LOCK"));
    }
}
