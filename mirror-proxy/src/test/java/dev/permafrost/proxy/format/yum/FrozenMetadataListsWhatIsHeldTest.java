package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.StoreRepositories;
import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.pgp.DetachedSignature;
import dev.permafrost.proxy.pgp.PublicKeys;
import dev.permafrost.proxy.repo.Sealing;
import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.Records;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.YumRepositories;
import dev.permafrost.store.model.SnapshotId;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where nothing is fetched, metadata lists exactly what can be had. */
final class FrozenMetadataListsWhatIsHeldTest {
    private static final String AT = "/el/7/";
    private static final String REPOMD = "repodata/repomd.xml";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private RunningMirror mirror;

    @BeforeEach
    void start() {
        mirror = builder().start();
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    private RunningMirror.Builder builder() {
        return RunningMirror.in(folder.resolve("data")).beside(YumRepositories.from(upstream, AT));
    }

    private RawHttp.Response get(String path) {
        return mirror.get("/yum/" + path);
    }

    private Repomd repomd() {
        RawHttp.Response response = get(REPOMD);
        assertThat(response.status()).as(response.body().text()).isEqualTo(200);
        return Repomd.read(response.body().bytes(), "what is served");
    }

    private void fill(String... packages) {
        Eventually.is(
                PATIENCE,
                "a whole generation",
                () -> String.valueOf(get(REPOMD).header("Cache-Status")).contains("304"));
        for (String path : packages) {
            assertThat(get(path).body().complete()).isTrue();
        }
    }

    private List<String> seal() {
        return new YumSealing("yum", mirror.store(), folder.resolve("keys/own.asc")).seal();
    }

    private void freeze() {
        mirror.store().freeze(new SnapshotId("then"));
        mirror.close();
        mirror = builder().frozen().start();
    }

    private List<String> listed(String type) throws IOException {
        Repomd.Data data = repomd().record(type).orElseThrow();
        RawHttp.Response response = get(data.location().path());
        assertThat(response.status()).isEqualTo(200);
        byte[] bytes = response.body().bytes();
        assertThat(RpmTree.sha256(bytes)).isEqualTo(data.checksum().hex());
        assertThat(bytes).hasSize((int) data.sizeBytes());
        byte[] open = Decompressed.open(new ByteArrayInputStream(bytes), "it", 1 << 30)
                .readAllBytes();
        assertThat(data.openChecksum()).isNotNull();
        assertThat(RpmTree.sha256(open))
                .isEqualTo(String.valueOf(data.openChecksum()).replaceAll(".*:", ""));
        List<String> all = new ArrayList<>();
        PrimaryReader.read(
                new ByteArrayInputStream(open),
                "it",
                one -> all.add(one.location().path()));
        return all;
    }

    @Test
    void aWholeRepositoryIsUpstreamsByteForByte() {
        RpmTree tree = new RpmTree()
                .signed()
                .with("a.rpm", RpmTree.bytes("a"))
                .with("b.rpm", RpmTree.bytes("b"))
                .at(upstream, AT);
        fill("a.rpm", "b.rpm");
        assertThat(seal()).singleElement().asString().contains("all of its 2 packages are held");
        freeze();
        tree.metadata()
                .forEach((path, bytes) ->
                        assertThat(get(path).body().bytes()).as(path).isEqualTo(bytes));
        assertThat(get("a.rpm").body().text()).isEqualTo("a");
    }

    private void signedByUs() throws IOException {
        byte[] document = get(REPOMD).body().bytes();
        PublicKeys keys = PublicKeys.read(get(REPOMD + ".key").body().bytes(), "our key");
        assertThat(DetachedSignature.check(
                        new ByteArrayInputStream(document),
                        get(REPOMD + ".asc").body().bytes(),
                        keys,
                        Instant.now()))
                .isInstanceOf(DetachedSignature.Good.class);
    }

    @Test
    void aWholeRepositoryThatNobodyHasSignedIsSignedByUs() throws IOException {
        RpmTree tree = new RpmTree().with("a.rpm", RpmTree.bytes("a")).at(upstream, AT);
        fill("a.rpm");
        assertThat(get(REPOMD + ".asc").status()).isEqualTo(404);
        assertThat(seal())
                .singleElement()
                .asString()
                .contains("all of its 1 packages are held, and its metadata is upstream's, signed by ");
        freeze();
        tree.metadata()
                .forEach((path, bytes) ->
                        assertThat(get(path).body().bytes()).as(path).isEqualTo(bytes));
        signedByUs();
    }

    private static byte[] deltas(String... paths) {
        StringBuilder list = new StringBuilder("<prestodelta>");
        for (String path : paths) {
            byte[] bytes = RpmTree.bytes("delta " + path);
            list.append("<newpackage name=\"a\"><delta><filename>" + path + "</filename><size>" + bytes.length
                    + "</size><checksum type=\"sha256\">" + RpmTree.sha256(bytes) + "</checksum></delta></newpackage>");
        }
        return RpmTree.bytes(list.append("</prestodelta>").toString());
    }

    private RpmTree withDeltas(String... paths) {
        for (String path : paths) {
            upstream.on(AT + path).reply(Answer.ok(RpmTree.bytes("delta " + path)));
        }
        return new RpmTree()
                .signed()
                .naming("prestodelta", deltas(paths))
                .naming("prestodelta_zck", RpmTree.bytes("the same by zchunk"))
                .naming("primary_db", RpmTree.bytes("sqlite"))
                .with("a.rpm", RpmTree.bytes("a"))
                .at(upstream, AT);
    }

    @Test
    void aWholeRepositoryWithAllItsDeltasIsUpstreamsByteForByte() {
        RpmTree tree = withDeltas("drpms/a.drpm", "drpms/b.drpm");
        fill("a.rpm", "drpms/a.drpm", "drpms/b.drpm");
        assertThat(seal()).singleElement().asString().endsWith("and its metadata is upstream's");
        freeze();
        tree.metadata()
                .forEach((path, bytes) ->
                        assertThat(get(path).body().bytes()).as(path).isEqualTo(bytes));
        assertThat(get("drpms/b.drpm").body().text()).isEqualTo("delta drpms/b.drpm");
    }

    /** What is listed can be had, and clients take whole packages where no deltas are listed. */
    @Test
    void deltasThatAreNotAllHeldAreNotListedThoughThePackagesAre() throws IOException {
        RpmTree tree = withDeltas("drpms/a.drpm", "drpms/b.drpm");
        fill("a.rpm", "drpms/a.drpm");
        assertThat(seal())
                .singleElement()
                .asString()
                .contains(
                        "all of its 1 packages are held",
                        "but for the list of its delta RPMs, not all of which are held, signed by ");
        freeze();
        assertThat(repomd().records())
                .extracting(Repomd.Data::type)
                .containsExactly("primary", "filelists", "primary_db");
        signedByUs();
        for (Repomd.Data data : repomd().records()) {
            String path = data.location().path();
            assertThat(get(path).body().bytes())
                    .as(path)
                    .isEqualTo(tree.metadata().get(path));
        }
        assertThat(get("drpms/a.drpm").status()).isEqualTo(404);
        assertThat(get("a.rpm").body().text()).isEqualTo("a");
    }

    @Test
    void aListOfDeltasThatNobodyUnderstandsIsNotServed() {
        new RpmTree()
                .naming("prestodelta", RpmTree.bytes("<prestodelta>"))
                .with("a.rpm", RpmTree.bytes("a"))
                .at(upstream, AT);
        fill("a.rpm");
        try (CapturedLog log = CapturedLog.open()) {
            assertThat(seal())
                    .singleElement()
                    .asString()
                    .contains("the list of its delta RPMs, which can't be read (the held prestodelta of /");
            log.await(PATIENCE, "yum: the prestodelta of / can't be read");
        }
        freeze();
        assertThat(repomd().records()).extracting(Repomd.Data::type).containsExactly("primary", "filelists");
    }

    /** As a freeze without the configuration of the server does. */
    @Test
    void aRepositoryThatNoConfigurationNamesIsSealedToo() {
        MirrorConfig bare = Records.with(MirrorConfig.defaults(), "data", folder.resolve("data"));
        List<Sealing> before = StoreRepositories.seals(bare, mirror.store());
        new RpmTree()
                .with("a.rpm", RpmTree.bytes("a"))
                .with("b.rpm", RpmTree.bytes("b"))
                .at(upstream, AT);
        fill("a.rpm");
        for (List<Sealing> sealings : List.of(before, StoreRepositories.seals(bare, mirror.store()))) {
            assertThat(sealings.stream().flatMap(one -> one.seal().stream()))
                    .singleElement()
                    .asString()
                    .contains("lists the 1 of upstream's 2");
        }
    }

    @Test
    void ofAnotherOneWhatIsHeldIsListedAndSigned() throws IOException {
        new RpmTree()
                .signed()
                .naming("group", RpmTree.bytes("groups"))
                .naming("primary_db", RpmTree.bytes("sqlite"))
                .naming("primary_zck", RpmTree.bytes("zchunk"))
                .naming("prestodelta", RpmTree.bytes("deltas"))
                .with("a.rpm", RpmTree.bytes("a"))
                .with("b.rpm", RpmTree.bytes("b"))
                .with("c.rpm", RpmTree.bytes("c"))
                .at(upstream, AT);
        fill("a.rpm", "c.rpm");
        assertThat(seal()).singleElement().asString().contains("lists the 2 of upstream's 3 packages");
        freeze();
        assertThat(repomd().records())
                .extracting(Repomd.Data::type)
                .containsExactly("primary", "filelists", "group", "primary_db");
        assertThat(listed("primary")).containsExactly("a.rpm", "c.rpm");
        assertThat(get("b.rpm").status()).isEqualTo(404);
        signedByUs();
        assertThat(repomd().newestTimestampSeconds()).hasValue(1700000000);
    }

    private Path database(String type) throws IOException {
        Repomd.Data data = repomd().record(type).orElseThrow();
        assertThat(data.databaseVersion()).isEqualTo(10);
        byte[] packed = get(data.location().path()).body().bytes();
        assertThat(RpmTree.sha256(packed)).isEqualTo(data.checksum().hex());
        byte[] open = new GZIPInputStream(new ByteArrayInputStream(packed)).readAllBytes();
        assertThat(RpmTree.sha256(open))
                .isEqualTo(Objects.requireNonNull(data.openChecksum()).hex());
        assertThat(open).hasSize((int) data.openSizeBytes());
        return Files.write(folder.resolve(type), open);
    }

    @Test
    void sqliteIsMadeAnewWhereUpstreamHasSome() throws Exception {
        new RpmTree()
                .naming("primary_db", "sqlite.bz2", RpmTree.bytes("upstream's"))
                .naming("filelists_db", "sqlite.bz2", RpmTree.bytes("upstream's"))
                .with("a.rpm", RpmTree.bytes("a"))
                .with("b.rpm", RpmTree.bytes("b"))
                .at(upstream, AT);
        fill("b.rpm");
        seal();
        List<String> again = seal();
        assertThat(again).singleElement().asString().doesNotContain("SQLite");
        freeze();
        assertThat(repomd().records())
                .extracting(Repomd.Data::type)
                .containsExactly("primary", "filelists", "primary_db", "filelists_db");
        assertThat(Sqlite.rows(database("primary_db"), "SELECT pkgId, location_href FROM packages"))
                .containsExactly(RpmTree.sha256(RpmTree.bytes("b")) + "|b.rpm");
        assertThat(Sqlite.rows(database("primary_db"), "SELECT checksum FROM db_info"))
                .containsExactly(repomd().primary().checksum().hex());
        assertThat(Sqlite.rows(database("filelists_db"), "SELECT count(*) FROM packages"))
                .containsExactly("#0");
        assertThat(repomd().newestTimestampSeconds()).hasValue(1700000000);
        signedByUs();
    }

    @Test
    void whereItCannotBeMadeXmlHasToDo() throws IOException {
        byte[] odd = Packed.GZIP.pack(RpmTree.bytes("<otherdata packages=\"1\"><package pkgid=\""
                + RpmTree.sha256(RpmTree.bytes("a")) + "\"><changelog date=\"1\">"
                + "x".repeat(YumXml.TEXT_CHARS_MAX + 1) + "</changelog></package></otherdata>"));
        new RpmTree()
                .naming("other", odd)
                .naming("other_db", RpmTree.bytes("upstream's"))
                .naming("primary_db", RpmTree.bytes("upstream's"))
                .with("a.rpm", RpmTree.bytes("a"))
                .with("b.rpm", RpmTree.bytes("b"))
                .at(upstream, AT);
        fill("a.rpm");
        assertThat(seal()).singleElement().asString().contains("; other has no SQLite: ", "longer than");
        freeze();
        assertThat(repomd().records())
                .extracting(Repomd.Data::type)
                .containsExactly("primary", "filelists", "other", "primary_db");
    }

    /** yum 3 of EL7 unpacks neither zstd nor groups that xz has packed, and takes no repomd.xml beyond 112,640 bytes. */
    @Test
    void whatIsFilteredCanBeReadByOldClients() throws IOException {
        new RpmTree()
                .naming("group", "xml.xz", Packed.XZ.pack(RpmTree.bytes("groups")))
                .naming("updateinfo", "xml.zst", Packed.ZSTD.pack(RpmTree.bytes("advisories")))
                .naming("modules", "yaml.zst", Packed.ZSTD.pack(RpmTree.bytes("modules")))
                .naming("productid", "zst", Packed.ZSTD.pack(RpmTree.bytes("product")))
                .naming("appstream", "xml.xz", Packed.XZ.pack(RpmTree.bytes("icons")))
                .with("a.rpm", RpmTree.bytes("a"))
                .with("b.rpm", RpmTree.bytes("b"))
                .at(upstream, AT);
        fill("a.rpm");
        seal();
        freeze();
        assertThat(get(REPOMD).body().bytes().length).isLessThan(112_640);
        Map<String, String> wanted =
                Map.of("group", "groups", "updateinfo", "advisories", "modules", "modules", "productid", "product");
        for (Map.Entry<String, String> one : wanted.entrySet()) {
            Repomd.Data data = repomd().record(one.getKey()).orElseThrow();
            byte[] bytes = get(data.location().path()).body().bytes();
            assertThat(RpmTree.sha256(bytes)).isEqualTo(data.checksum().hex());
            assertThat(new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes())
                    .asString()
                    .isEqualTo(one.getValue());
        }
        assertThat(repomd().record("modules").orElseThrow().location().path()).endsWith("-modules.yaml.gz");
        assertThat(repomd().record("productid").orElseThrow().location().path()).endsWith("-productid.gz");
        assertThat(repomd().record("appstream").orElseThrow().location().path()).endsWith("-appstream.xml.xz");
    }

    @Test
    void ofADirectoryThatCannotBeReadNothingIsServed() throws IOException {
        RpmTree tree = new RpmTree()
                .with("a.rpm", RpmTree.bytes("a"))
                .with("b.rpm", RpmTree.bytes("b"))
                .at(upstream, AT);
        fill("a.rpm");
        String filelists = tree.metadata().keySet().stream()
                .filter(path -> path.contains("filelists"))
                .findFirst()
                .orElseThrow();
        String digest = RpmTree.sha256(tree.metadata().getOrDefault(filelists, new byte[0]));
        Files.delete(folder.resolve(
                "data/blobs/sha256/" + digest.substring(0, 2) + "/" + digest.substring(2, 4) + "/" + digest));
        assertThat(seal()).singleElement().asString().contains("is left out");
        freeze();
        assertThat(get(REPOMD).status()).isEqualTo(404);
    }

    @Test
    void theLiveRepositoryGoesOnAsUpstreamHasIt() {
        RpmTree tree = new RpmTree()
                .with("a.rpm", RpmTree.bytes("a"))
                .with("b.rpm", RpmTree.bytes("b"))
                .at(upstream, AT);
        fill("a.rpm");
        seal();
        assertThat(get(REPOMD).body().bytes()).isEqualTo(tree.metadata().get(REPOMD));
        assertThat(get("b.rpm").body().text()).isEqualTo("b");
        // and the next sealing finds it whole
        assertThat(seal()).singleElement().asString().contains("all of its 2 packages are held");
        freeze();
        assertThat(get(REPOMD).body().bytes()).isEqualTo(tree.metadata().get(REPOMD));
    }

    @Test
    void offlineItIsSealedAtTheStart() throws IOException {
        new RpmTree()
                .with("a.rpm", RpmTree.bytes("a"))
                .with("b.rpm", RpmTree.bytes("b"))
                .at(upstream, AT);
        fill("b.rpm");
        mirror.close();
        mirror = builder().offline().start();
        assertThat(listed("primary")).containsExactly("b.rpm");
        assertThat(get("b.rpm").body().text()).isEqualTo("b");
        assertThat(get("a.rpm").status()).isEqualTo(404);
    }

    @Test
    void realElementsAreThoseOfUpstreamByteForByte() throws IOException {
        for (String name : List.of("repo-rpmsphere-noarch-zst", "repo-staker-el9-zck-signed/x86_64")) {
            Path from = RpmData.path(name);
            try (Stream<Path> files = Files.walk(from)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    byte[] bytes = Files.readAllBytes(file);
                    upstream.on(AT + name.replace('/', '-') + "/"
                                    + from.relativize(file).toString().replace("+", "%2B"))
                            .file(bytes, '"' + RpmTree.sha256(bytes) + '"');
                }
            }
            String dir = name.replace('/', '-') + "/";
            Eventually.is(
                    PATIENCE,
                    "a whole generation",
                    () -> String.valueOf(get(dir + REPOMD).header("Cache-Status"))
                            .contains("304"));
            List<Path> held;
            try (Stream<Path> files = Files.walk(from)) {
                held = files.filter(file -> file.toString().endsWith(".rpm"))
                        .limit(3)
                        .toList();
            }
            for (Path file : held) {
                assertThat(get(dir + from.relativize(file)).status()).isEqualTo(200);
            }
        }
        assertThat(seal()).hasSize(2).allSatisfy(line -> assertThat(line).contains("lists the 3 of upstream's"));
        freeze();
        assumeTrue(Subprocess.onPath("dnf").isPresent(), "no dnf here");
        for (String dir : List.of("repo-rpmsphere-noarch-zst", "repo-staker-el9-zck-signed-x86_64")) {
            Subprocess.Result listed = Subprocess.command(
                            "dnf",
                            "-y",
                            "--setopt=reposdir=/dev/null",
                            "--setopt=cachedir=" + folder.resolve("cache-" + dir),
                            "--installroot=" + folder.resolve("root-" + dir),
                            "--releasever=9",
                            "--forcearch=x86_64",
                            "--repofrompath=m,http://127.0.0.1:" + mirror.port() + "/yum/" + dir + "/",
                            "--repo=m",
                            "--setopt=m.repo_gpgcheck=1",
                            "--setopt=m.gpgkey=http://127.0.0.1:" + mirror.port() + "/yum/" + dir
                                    + "/repodata/repomd.xml.key",
                            "download",
                            "--destdir=" + folder.resolve("got-" + dir),
                            "*")
                    .env("LANG", "C.UTF-8")
                    .run(Duration.ofMinutes(2))
                    .orFail();
            assertThat(listed.exit()).isZero();
            try (Stream<Path> got = Files.list(folder.resolve("got-" + dir))) {
                assertThat(got.count()).isPositive();
            }
        }
    }
}
