package dev.permafrost.proxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.model.ArtifactKey;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What is exported by the command line at one site is imported by it at another. */
class CarryVerbsTest {
    @TempDir
    Path folder;

    private StringWriter out = new StringWriter();
    private StringWriter err = new StringWriter();

    @BeforeEach
    void makeKeys() {
        ok("key", "new", "--data", at("outside"));
        ok("key", "trust", "outside", at("outside/keys/own.pub"), "--data", at("inside"));
    }

    private String at(String name) {
        return folder.resolve(name).toString();
    }

    private int run(String... args) {
        out = new StringWriter();
        err = new StringWriter();
        CommandLine line = Main.line();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        return line.execute(args);
    }

    private String ok(String... args) {
        assertThat(run(args)).as(() -> err.toString()).isZero();
        return out.toString();
    }

    private void put(String store, String key, String content) {
        try (MirrorStore filling = MirrorStore.open(MirrorStore.Options.of(folder.resolve(store)))) {
            Incoming incoming = filling.begin(new ArtifactKey("pypi", key), Set.of());
            incoming.staged().write(ByteBuffer.wrap(content.getBytes(UTF_8)));
            incoming.commit(Expectation.NOTHING, "http://upstream/" + key);
        }
    }

    @Test
    void threeCommandsOnEachSide() throws Exception {
        put("outside", "a", "a bytes");
        ok("freeze", "--name", "one", "--data", at("outside"));
        assertThat(ok("export", "--dry-run", "--to", at("disk"), "--data", at("outside")))
                .contains("Would export: snapshot 'one', of pypi", "1 files, 7 bytes");
        assertThat(folder.resolve("disk")).doesNotExist();
        assertThat(ok("export", "--to", at("disk"), "--data", at("outside")))
                .contains("Exported: snapshot 'one'", "permafrost import --from " + at("disk"));
        assertThat(ok("import", "--dry-run", "--from", at("disk"), "--data", at("inside")))
                .contains("Found right, and not taken in: snapshot 'one'", "signed by outside (");
        assertThat(ok("import", "--from", at("disk"), "--data", at("inside")))
                .contains("Imported: snapshot 'one'", "1 files new or changed, 0 gone; 1 were not here, 7 bytes")
                .contains("permafrost serve --data " + at("inside"));
        assertThat(ok("import", "--from", at("disk"), "--data", at("inside")))
                .contains("There already: snapshot 'one'");
        put("outside", "b", "b bytes");
        ok("freeze", "--name", "two", "--data", at("outside"));
        ok("inventory", "--to", at("inside.json"), "--data", at("inside"));
        assertThat(ok("export", "--dry-run", "--to", at("stick"), "--since", "one", "--data", at("outside")))
                .contains("beyond 'one'");
        ok("export", "--for", at("inside.json"), "--to", at("stick"), "--data", at("outside"));
        assertThat(ok("import", "--from", at("stick"), "--data", at("inside")))
                .contains("1 files new or changed, 0 gone, beyond 'one'");
        assertThat(ok("status", "--data", at("inside"))).contains("two");
    }

    @Test
    void aStoreThatFillsTakesBundlesTooButNotFromAPipe() {
        put("outside", "a", "a bytes");
        ok("freeze", "--name", "one", "--data", at("outside"));
        ok("export", "--to", at("disk"), "--data", at("outside"));
        put("inside", "own", "own bytes");
        assertThat(ok("import", "--no-current", "--from", at("disk"), "--data", at("inside")))
                .contains("Imported: snapshot 'one'", "'current' names another snapshot, as before");
        assertThat(run("import", "--from", "-", "--data", at("inside"))).isEqualTo(2);
        assertThat(err.toString()).contains("tar -x -C DIR");
    }

    @Test
    void whatIsWrongIsSaidInWords() throws Exception {
        assertThat(run("export", "--to", at("disk"), "--data", at("outside"))).isEqualTo(1);
        assertThat(err.toString()).contains("permafrost freeze");
        put("outside", "a", "a bytes");
        ok("freeze", "--name", "one", "--data", at("outside"));
        assertThat(run("export", "--volume-size", "lots", "--to", at("disk"), "--data", at("outside")))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--volume-size is 'lots'");
        assertThat(run("export", "--volume-size", "1K", "--to", at("disk"), "--data", at("outside")))
                .isEqualTo(2);
        assertThat(err.toString()).contains("--volume-size is 1024 bytes");
        Files.writeString(folder.resolve("no.json"), "{");
        assertThat(run("export", "--for", at("no.json"), "--to", at("disk"), "--data", at("outside")))
                .isEqualTo(2);
        assertThat(err.toString()).contains("is no inventory");
        assertThat(run("import", "--from", at("nowhere"), "--data", at("inside")))
                .isEqualTo(1);
        assertThat(err.toString()).contains("there is no bundle in " + at("nowhere"));
        ok("export", "--to", at("disk"), "--data", at("outside"));
        byte[] pack = Files.readAllBytes(folder.resolve("disk/packs/0001.pack"));
        pack[pack.length - 1] ^= 1;
        Files.write(folder.resolve("disk/packs/0001.pack"), pack);
        assertThat(run("import", "--from", at("disk"), "--data", at("inside"))).isEqualTo(1);
        assertThat(err.toString()).contains("is damaged", "sha256sum -c SHA256SUMS");
    }
}
