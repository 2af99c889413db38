package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.pgp.DetachedSignature;
import dev.permafrost.proxy.pgp.OwnKey;
import dev.permafrost.proxy.pgp.PublicKeys;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A mirror that yum 3 asks, and others. Its key is there already, since it takes seconds to make one. */
abstract class YumThreeBesideOthers extends MirroredRpms {
    @TempDir
    static Path keys;

    @BeforeAll
    static void makeKey() {
        OwnKey.of(ownKey());
    }

    @BeforeEach
    void putKey() throws IOException {
        Files.createDirectories(keyFile().getParent());
        Files.write(keyFile(), Files.readAllBytes(ownKey()));
    }

    /** A key that is there. */
    static Path ownKey() {
        return keys.resolve("own.asc");
    }

    /** Where the mirror looks for its key. */
    Path keyFile() {
        return data.resolve("keys/metadata.asc");
    }

    static final String SIGNATURE = REPOMD + ".asc";
    static final String KEY = REPOMD + ".key";

    /** Asks as urlgrabber does. */
    RawHttp.Response old(String path) {
        return mirror.get("/yum/" + path, "User-Agent: urlgrabber/3.10 yum/3.4.3", "Accept: */*");
    }

    RawHttp.Response dnf(String path) {
        return mirror.get("/yum/" + path, "User-Agent: libdnf (Rocky Linux 9.4; generic; Linux.x86_64)", "Accept: */*");
    }

    Repomd oldRepomd() {
        RawHttp.Response response = old(REPOMD);
        assertThat(response.status()).as(response.body().text()).isEqualTo(200);
        assertThat(response.header("Vary")).isEqualTo("User-Agent");
        assertThat(response.body().bytes().length).isLessThanOrEqualTo(112_640);
        return Repomd.read(response.body().bytes(), "what yum 3 is given");
    }

    /** What a record unpacks to, its checksums and sizes looked at. */
    byte[] opened(Repomd repomd, String type) throws IOException {
        Repomd.Data data = repomd.record(type).orElseThrow();
        assertThat(data.location().path()).endsWith(".gz");
        RawHttp.Response response = old(data.location().path());
        assertThat(response.status()).as(data.location().path()).isEqualTo(200);
        assertThat(response.header("Vary")).isNull();
        byte[] packed = response.body().bytes();
        assertThat(RpmTree.sha256(packed)).isEqualTo(data.checksum().hex());
        assertThat((long) packed.length).isEqualTo(data.sizeBytes());
        byte[] open = new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes();
        assertThat(RpmTree.sha256(open))
                .isEqualTo(Objects.requireNonNull(data.openChecksum()).hex());
        assertThat((long) open.length).isEqualTo(data.openSizeBytes());
        return open;
    }

    /** The packages that its SQLite lists, which are those that its XML lists. */
    List<String> packages(Repomd repomd) throws Exception {
        Path file = Files.write(data.resolve("primary.sqlite"), opened(repomd, "primary_db"));
        assertThat(Sqlite.rows(file, "SELECT dbversion, checksum FROM db_info"))
                .containsExactly("#10|" + repomd.primary().checksum().hex());
        List<String> all = Sqlite.rows(file, "SELECT location_href FROM packages ORDER BY pkgKey");
        assertThat(new String(opened(repomd, "primary"), UTF_8))
                .contains("packages=\"" + all.size() + '"')
                .contains(all.stream().map(one -> "href=\"" + one + '"').toList());
        return all;
    }

    void signedByUs() throws IOException {
        assertThat(DetachedSignature.check(
                        new ByteArrayInputStream(old(REPOMD).body().bytes()),
                        old(SIGNATURE).body().bytes(),
                        PublicKeys.read(old(KEY).body().bytes(), "our key"),
                        Instant.now()))
                .isInstanceOf(DetachedSignature.Good.class);
    }

    /** One that yum 3 can't read. */
    static RpmTree tree() {
        return new RpmTree().zstd().with("a.rpm", RpmTree.bytes("a")).with("b.rpm", RpmTree.bytes("b"));
    }

    /** Has upstream's newest metadata, and these packages. */
    RpmTree held(RpmTree tree, String... packages) {
        tree.at(upstream, AT);
        String newest = RpmTree.sha256(upstreams(tree));
        Eventually.is(
                PATIENCE,
                "a whole generation",
                () -> get(REPOMD).body().sha256().equals(newest)
                        && String.valueOf(get(REPOMD).header("Cache-Status")).contains("304"));
        for (String one : packages) {
            ok(one);
        }
        return tree;
    }

    static byte[] upstreams(RpmTree tree) {
        return Objects.requireNonNull(tree.metadata().get(REPOMD));
    }

    List<Generation> twins() {
        return new GenerationDocs("yum", mirror.store()).twins(mirror.store().view(), "");
    }

    boolean isHeld(Generation twin) {
        return new GenerationDocs("yum", mirror.store()).isHeld("", twin);
    }
}
