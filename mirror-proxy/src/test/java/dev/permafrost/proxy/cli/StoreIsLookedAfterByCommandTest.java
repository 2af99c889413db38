package dev.permafrost.proxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code gc} and {@code verify}, where no server runs. */
class StoreIsLookedAfterByCommandTest {
    @TempDir
    Path dir;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... args) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine line = Main.line();
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(Stream.concat(Stream.of(args), Stream.of("--data", dir.toString()))
                .toArray(String[]::new));
    }

    private static Digest put(MirrorStore store, String name, String content) {
        Incoming incoming = store.begin(new ArtifactKey("pypi", name), Set.of());
        incoming.staged().write(ByteBuffer.wrap(content.getBytes(UTF_8)));
        return incoming.commit(Expectation.NOTHING, "https://upstream.example/" + name)
                .digest();
    }

    private Path file(Digest digest) {
        return dir.resolve(FileBlobStore.relativePath(digest));
    }

    @Test
    void whatNothingNamesIsToldAndDeleted() {
        Digest old;
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(dir))) {
            old = put(store, "demo/demo-1.0.tar.gz", "old bytes");
            put(store, "demo/demo-1.0.tar.gz", "new bytes");
        }
        assertThat(run("gc")).isZero();
        assertThat(out.toString()).contains("Deleted: 0 files", "younger than 24h: 1 files, 9 bytes");
        assertThat(run("gc", "--keep", "0", "--dry-run")).isZero();
        assertThat(out.toString()).contains("Would be deleted: 1 files", "9 bytes", "0 snapshots: 1 files");
        assertThat(file(old)).exists();
        assertThat(run("gc", "--keep", "0", "--json")).isZero();
        assertThat(out.toString()).contains("\"deleted\" : 1", "\"missing\" : 0");
        assertThat(file(old)).doesNotExist();
    }

    @Test
    void aTimeThatIsNoneIsRefusedWithTheRemedy() {
        assertThat(run("gc", "--keep", "soon")).isEqualTo(2);
        assertThat(err.toString()).contains("--keep is no time: 'soon'", "24h");
        assertThat(run("verify", "--limit-rate", "fast")).isEqualTo(2);
        assertThat(err.toString()).contains("--limit-rate is no rate");
        assertThat(run("gc")).isEqualTo(1);
        assertThat(err.toString()).contains("there is no store in");
    }

    @Test
    void aDamagedFileIsToldMovedAwayAndThenMissing() throws IOException {
        Digest damaged;
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(dir))) {
            damaged = put(store, "demo/demo-1.0.tar.gz", "some bytes");
            put(store, "demo/demo-2.0.tar.gz", "others");
        }
        assertThat(run("verify", "--threads", "100")).isEqualTo(2);
        assertThat(run("verify")).isZero();
        assertThat(out.toString()).contains("Read: 2 files, 16 bytes", "All are what they are to be");
        Files.writeString(file(damaged), "same bytes");
        assertThat(run("verify", "--limit-rate", "20M")).isEqualTo(3);
        assertThat(out.toString())
                .contains(damaged.hex() + "  damaged", "demo/demo-1.0.tar.gz", "https://upstream.example", "--repair");
        assertThat(run("verify", "--repair", "--json")).isEqualTo(3);
        assertThat(out.toString()).contains("\"moved-away\" : true", "fetches it again when it is asked for");
        assertThat(dir.resolve("quarantine").resolve(damaged.hex())).hasContent("same bytes");
        assertThat(run("verify")).isEqualTo(3);
        assertThat(out.toString()).contains(damaged.hex() + "  missing");
    }
}
