package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import dev.permafrost.proxy.pgp.OwnKey;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;

/** yum 3 of CentOS 7, which unpacks no zstd, is given what is frozen in a form that it reads, at the same URLs; all others as it is. */
final class YumThreeReadsWhatZstdHasPackedTest extends YumThreeBesideOthers {
    private String seal() {
        return String.join("\n", new YumSealing("yum", mirror.store(), ownKey()).seal());
    }

    private void freeze() {
        mirror.store().freeze(new SnapshotId("then"));
        restart(builder().frozen());
    }

    private String frozen() {
        String told = seal();
        freeze();
        return told;
    }

    @Test
    void frozenItIsGivenTheSameListsByGzipAndInSqlite() throws Exception {
        RpmTree tree = held(
                tree().signed()
                        .naming("other", "xml.zst", Packed.ZSTD.pack(RpmTree.bytes("<otherdata packages=\"0\"/>")))
                        .naming("group", "xml.xz", Packed.XZ.pack(RpmTree.bytes("groups")))
                        .naming("updateinfo", "xml.zst", Packed.ZSTD.pack(RpmTree.bytes("advisories")))
                        .naming("modules", "yaml.zst", Packed.ZSTD.pack(RpmTree.bytes("modules")))
                        .naming("productid", "txt", RpmTree.bytes("product")),
                "a.rpm",
                "b.rpm");
        assertThat(frozen()).contains("is whole", "; yum 3, which can't read that, is given the same lists by gzip");
        Repomd repomd = oldRepomd();
        assertThat(repomd.records())
                .extracting(Repomd.Data::type)
                .containsExactly(
                        "primary",
                        "filelists",
                        "other",
                        "group",
                        "updateinfo",
                        "productid",
                        "primary_db",
                        "filelists_db",
                        "other_db");
        assertThat(packages(repomd)).containsExactly("a.rpm", "b.rpm");
        assertThat(opened(repomd, "group")).asString().isEqualTo("groups");
        assertThat(opened(repomd, "updateinfo")).asString().isEqualTo("advisories");
        assertThat(opened(repomd, "filelists_db")).asString(UTF_8).startsWith("SQLite format 3");
        assertThat(opened(repomd, "other_db")).asString(UTF_8).startsWith("SQLite format 3");
        assertThat(repomd.record("other_db").orElseThrow().databaseVersion()).isEqualTo(10);
        assertThat(old(repomd.record("productid").orElseThrow().location().path())
                        .body()
                        .text())
                .isEqualTo("product");
        assertThat(old("a.rpm").body().text()).isEqualTo("a");
        signedByUs();
        // all others are given what upstream has, though they are at the same address
        tree.metadata()
                .forEach((path, bytes) ->
                        assertThat(dnf(path).body().bytes()).as(path).isEqualTo(bytes));
        for (String path : List.of(REPOMD, SIGNATURE, KEY)) {
            assertThat(dnf(path).header("Vary")).as(path).isEqualTo("User-Agent");
            assertThat(old(path).header("Vary")).as(path).isEqualTo("User-Agent");
        }
        assertThat(dnf(REPOMD).header("ETag")).isNotEqualTo(old(REPOMD).header("ETag"));
        signedByUs();
    }

    @Test
    void aMetalinkHasTheChecksumsOfWhatItIsGiven() {
        held(tree(), "a.rpm", "b.rpm");
        frozen();
        assertThat(old("metalink").body().text()).contains(old(REPOMD).body().sha256());
        assertThat(dnf("metalink").body().text()).contains(dnf(REPOMD).body().sha256());
        assertThat(old(REPOMD).body().sha256()).isNotEqualTo(dnf(REPOMD).body().sha256());
        assertThat(old("metalink").header("Vary")).isEqualTo("User-Agent");
        assertThat(dnf("metalink").header("Vary")).isEqualTo("User-Agent");
        assertThat(old("mirrorlist").header("Vary")).isNull();
    }

    @Test
    void whatItReadsAnywayIsOfUpstreamForItToo() {
        RpmTree tree = held(new RpmTree().with("a.rpm", RpmTree.bytes("a")), "a.rpm");
        assertThat(frozen()).contains("is whole").doesNotContain("yum 3");
        assertThat(old(REPOMD).body().bytes()).isEqualTo(upstreams(tree));
        assertThat(old(REPOMD).header("Vary")).isNull();
        assertThat(dnf(REPOMD).header("Vary")).isNull();
    }

    @Test
    void sqliteOfUpstreamsIsEnough() {
        RpmTree tree = held(
                tree().naming("primary_db", "sqlite.bz2", RpmTree.bytes("b"))
                        .naming("filelists_db", "sqlite.xz", RpmTree.bytes("c")),
                "a.rpm",
                "b.rpm");
        assertThat(frozen()).doesNotContain("yum 3");
        assertThat(old(REPOMD).body().bytes()).isEqualTo(upstreams(tree));
    }

    @Test
    void whatIsFilteredIsForAll() {
        held(tree(), "b.rpm");
        assertThat(frozen()).contains("lists the 1 of upstream's 2").doesNotContain("yum 3");
        assertThat(old(REPOMD).status()).isEqualTo(200);
        assertThat(old(REPOMD).body().bytes()).isEqualTo(dnf(REPOMD).body().bytes());
    }

    /** What is served frozen may be ours already; then what yum 3 is given is the twin of that. */
    @Test
    void aListOfDeltasThatIsLeftOutIsLeftOutForItToo() throws Exception {
        held(
                tree().naming("prestodelta", Packed.GZIP.pack(RpmTree.bytes("""
                                <prestodelta><newpackage name="a" epoch="0" version="1" release="1" arch="noarch">
                                <delta oldepoch="0" oldversion="0" oldrelease="1"><filename>drpms/a.drpm</filename>
                                <sequence>a-1-2</sequence><size>1</size>
                                <checksum type="sha256">%s</checksum></delta></newpackage></prestodelta>
                                """.formatted(
                                RpmTree.sha256(RpmTree.bytes("d")))))),
                "a.rpm",
                "b.rpm");
        assertThat(frozen()).contains("but for the list of its delta RPMs", "; yum 3, which can't read that");
        assertThat(dnf(REPOMD).body().text()).contains("primary.xml.zst").doesNotContain("prestodelta");
        Repomd repomd = oldRepomd();
        assertThat(repomd.record("prestodelta")).isEmpty();
        assertThat(packages(repomd)).containsExactly("a.rpm", "b.rpm");
        signedByUs();
    }

    /** yum 3 refuses what is older than what it has, and what is left out for it may have been the newest. */
    @Test
    void itIsNoOlderThanWhatAllOthersAreGiven() {
        held(
                tree().naming("modules", "yaml.zst", Packed.ZSTD.pack(RpmTree.bytes("modules")))
                        .madeAt("modules", 1_700_000_123),
                "a.rpm",
                "b.rpm");
        frozen();
        assertThat(oldRepomd().record("modules")).isEmpty();
        assertThat(oldRepomd().newestTimestampSeconds()).hasValue(1_700_000_123);
    }

    @Test
    void frozenAgainItIsTheSameAndNotMadeAnew() throws Exception {
        held(tree(), "a.rpm", "b.rpm");
        seal();
        Generation first = twins().get(0);
        assertThat(first.header().records()).extracting(Generation.Item::type).contains("filelists_db");
        String blob = mirror.store()
                .view()
                .lookup(new GenerationDocs("yum", mirror.store())
                        .recordKey("", first.header().records().get(0)))
                .orElseThrow()
                .toString();
        seal();
        assertThat(twins()).hasSize(1);
        assertThat(twins().get(0).repomd()).isEqualTo(first.repomd());
        // the entry of a file that is made anew would have been written anew
        assertThat(mirror.store()
                        .view()
                        .lookup(new GenerationDocs("yum", mirror.store())
                                .recordKey("", first.header().records().get(0)))
                        .orElseThrow()
                        .toString())
                .isEqualTo(blob);
        freeze();
        assertThat(packages(oldRepomd())).containsExactly("a.rpm", "b.rpm");
        signedByUs();
    }

    /** New generations, and drafts that come to nothing, drop what nothing names; a twin is named while its generation is. */
    @Test
    void itsFilesAreKeptAsLongAsWhatItIsOf() {
        held(tree(), "a.rpm", "b.rpm");
        seal();
        Generation twin = twins().get(0);
        new GenerationDocs("yum", mirror.store()).tidy("", List.of());
        assertThat(isHeld(twin)).isTrue();
        held(tree().revision("2").with("c.rpm", RpmTree.bytes("c")));
        assertThat(isHeld(twin)).isTrue();
        ok("c.rpm");
        seal();
        assertThat(twins()).hasSize(2).allMatch(this::isHeld);
        for (int i = 3; i < 3 + Kept.GENERATIONS_MAX; i++) {
            held(tree().revision(Integer.toString(i)));
        }
        assertThat(isHeld(twin)).isFalse();
        assertThat(twins()).noneMatch(one -> one.id().equals(twin.id()));
    }

    @Test
    void oneThatWouldBeTooLongForItIsToldOfAndKeepsNothingFromOthers() {
        RpmTree tree = tree();
        for (int i = 0; i < 8; i++) {
            tree.tag("x".repeat(15_000));
        }
        held(tree, "a.rpm", "b.rpm");
        assertThat(frozen()).contains("yum 3 takes no more than 112640", "what it could read can't be made");
        assertThat(dnf(REPOMD).body().bytes()).isEqualTo(upstreams(tree));
        assertThat(old(REPOMD).body().bytes()).isEqualTo(upstreams(tree));
    }

    @Test
    void aListThatCannotBeReadIsToldOfAndKeepsNothingFromOthers() {
        RpmTree tree = held(
                tree().naming("other", "xml.zst", new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd, 1}),
                "a.rpm",
                "b.rpm");
        assertThat(frozen()).contains("is whole", "; yum 3 can't read that, and what it could read can't be made: ");
        assertThat(dnf(REPOMD).body().bytes()).isEqualTo(upstreams(tree));
    }

    @Test
    void realListsSayTheSameInEachForm() throws Exception {
        Path from = RpmData.path("repo-rpmsphere-noarch-zst");
        try (Stream<Path> files = Files.walk(from.resolve("repodata"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                upstream.on(AT + from.relativize(file)).file(bytes, '"' + RpmTree.sha256(bytes) + '"');
            }
        }
        Eventually.is(
                PATIENCE,
                "a whole generation",
                () -> String.valueOf(get(REPOMD).header("Cache-Status")).contains("304"));
        GenerationDocs docs = new GenerationDocs("yum", mirror.store());
        RecordWriter records = new RecordWriter(mirror.store(), docs);
        Generation newest = docs.kept(mirror.store().view(), "").orElseThrow().newest();
        assertThat(OldYum.reads(newest)).isFalse();
        TwinWriter.Made made = new TwinWriter(records).made("", newest, OwnKey.of(ownKey()));
        assertThat(made.faults()).isEmpty();
        assertThat(OldYum.reads(made.twin())).isTrue();
        for (DatabaseKind kind : DatabaseKind.values()) {
            Path file = data.resolve(kind.list() + ".sqlite");
            Files.write(file, unpacked(records, made.twin(), OldYum.database(kind)));
            assertThat(Sqlite.rows(file, "SELECT count(*) FROM packages")).containsExactly("#1055");
            assertThat(new String(unpacked(records, made.twin(), kind.list()), UTF_8))
                    .contains("packages=\"1055\"");
        }
    }

    private static byte[] unpacked(RecordWriter records, Generation of, String type) throws IOException {
        Generation.Item item = of.header().records().stream()
                .filter(one -> one.type().equals(type))
                .findFirst()
                .orElseThrow();
        try (OpenBlob blob = records.open("", item)) {
            return new GZIPInputStream(new BlobInput(blob.channel())).readAllBytes();
        }
    }

    @Test
    void aServerThatIsOfflineGivesItToItToo() throws Exception {
        held(tree(), "a.rpm", "b.rpm");
        restart(builder().offline());
        assertThat(packages(oldRepomd())).containsExactly("a.rpm", "b.rpm");
        signedByUs();
    }
}
