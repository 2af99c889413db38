package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.Published;
import dev.permafrost.proxy.repo.Publishing;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.index.Family;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.index.RocksIndex;
import dev.permafrost.store.model.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot has what was published from folders, and says nowhere in which folders of the machine that lay. */
class SnapshotsDoNotTellWhereFilesLayTest {
    private static final String SECRET = "home-of-the-penguin";
    private static final TinyWheel TAKEN = TinyWheel.of("demo", "1.0");

    @TempDir
    Path folder;

    @Test
    void neitherInRowsNorInFiles() throws IOException {
        Path data = folder.resolve("data");
        Path dist = Files.createDirectories(folder.resolve(SECRET));
        Path taken = Files.write(dist.resolve(TAKEN.filename()), TAKEN.bytes());
        Path refused = Files.write(dist.resolve("demo-2.0-py3-none-any.whl"), new byte[100]);
        RepositoryConfig repository = RepositoryConfig.defaults("ours");
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data))) {
            PypiHosting hosting = PypiHosting.of(repository, store, Clock.systemUTC());
            assertThat(publish(hosting, taken).outcome()).isEqualTo(Published.Outcome.HERE);
            assertThat(publish(hosting, refused).outcome()).isEqualTo(Published.Outcome.REFUSED);
            store.freeze(new SnapshotId("sealed"));
            assertThat(hosting.published(dist)).as("remembered here").containsExactly(taken);
            assertThat(publish(hosting, taken).anew()).as("read again").isFalse();
        }
        Path sealed = data.resolve("snapshots/sealed");
        StringBuilder rows = new StringBuilder();
        try (Index index = RocksIndex.openReadOnly(sealed.resolve("index"), 1 << 20)) {
            for (Family family : Family.values()) {
                index.scan(family, new byte[0], (key, value) -> {
                    rows.append(new String(key, ISO_8859_1)).append(new String(value, ISO_8859_1));
                    return true;
                });
            }
        }
        assertThat(rows.toString()).contains(TAKEN.filename()).doesNotContain(SECRET, "published", refused.toString());
        assertThat(files(sealed))
                .allSatisfy(file -> assertThat(new String(Files.readAllBytes(file), ISO_8859_1))
                        .doesNotContain(SECRET));
    }

    private static Published publish(PypiHosting hosting, Path file) {
        return hosting.publish(
                file, new Publishing(file.resolveSibling(""), false, false), "the folder " + file.getParent());
    }

    private static List<Path> files(Path of) throws IOException {
        try (Stream<Path> all = Files.walk(of)) {
            return all.filter(Files::isRegularFile).toList();
        }
    }
}
