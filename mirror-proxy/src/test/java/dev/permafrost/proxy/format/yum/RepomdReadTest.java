package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a repomd.xml says, and which are not believed. */
class RepomdReadTest {
    private static final String SHA256 = "abababababababababababababababababababababababababababababababab";
    private static final String SHA1 = "cd".repeat(20);

    private static Repomd read(String xml) {
        return Repomd.read(xml.getBytes(UTF_8), "the list");
    }

    private static String document(String... data) {
        return "<?xml version=\"1.0\"?>\n<repomd xmlns=\"http://linux.duke.edu/metadata/repo\">" + String.join("", data)
                + "</repomd>";
    }

    private static String data(String type, String href, String more) {
        return "<data type=\"" + type + "\"><checksum type=\"sha256\">" + SHA256 + "</checksum><location href=\"" + href
                + "\"/>" + more + "</data>";
    }

    private static String primary(String more) {
        return data("primary", "repodata/primary.xml.gz", more);
    }

    private static void assertRefused(ThrowingCallable reading, String... words) {
        assertThatThrownBy(reading)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_INVALID))
                .hasMessageStartingWith("the list")
                .hasMessageContainingAll(words);
    }

    @Test
    void allThatItSays() {
        Repomd repomd = read(document(
                "<revision> 42 </revision><tags><content>binary-x86_64</content><repo>r</repo>"
                        + "<distro cpeid=\"cpe:/o:a\">Linux</distro><distro>B</distro></tags>",
                data(
                        "filelists_zck",
                        "repodata/f.zck",
                        "<open-checksum type=\"sha\">" + SHA1 + "</open-checksum><header-checksum type=\"sha1\">" + SHA1
                                + "</header-checksum><size>1</size><open-size>2</open-size><header-size>3</header-size>"
                                + "<timestamp>4.9</timestamp><database_version>10</database_version><other><x/></other>"),
                primary("<timestamp>3</timestamp>")));
        Digest sha1 = Digest.parse(Algorithm.SHA1, SHA1);
        assertThat(repomd.revision()).isEqualTo("42");
        assertThat(repomd.tags().content()).containsExactly("binary-x86_64");
        assertThat(repomd.tags().repos()).containsExactly("r");
        assertThat(repomd.tags().distros())
                .extracting(Repomd.Distro::cpeid, Repomd.Distro::name)
                .containsExactly(tuple("cpe:/o:a", "Linux"), tuple(null, "B"));
        assertThat(repomd.records()).extracting(Repomd.Data::type).containsExactly("filelists_zck", "primary");
        assertThat(repomd.record("filelists_zck"))
                .contains(new Repomd.Data(
                        "filelists_zck",
                        new Location("repodata/f.zck", "repodata/f.zck", null),
                        Digest.sha256(SHA256),
                        sha1,
                        sha1,
                        1,
                        2,
                        3,
                        4,
                        10));
        assertThat(repomd.primary().sizeBytes()).isEqualTo(-1);
        assertThat(repomd.newestTimestampSeconds()).hasValue(4);
        assertThat(repomd.warnings()).isEmpty();
    }

    @Test
    void prefixesAreTheWritersOwn() {
        assertThat(
                        read("\uFEFF<r:repomd xmlns:r=\"u\"><r:data type='primary'><r:location href='p' xml:base='http://h/x/'/>"
                                        + "<r:checksum type='md5'>" + "0".repeat(32)
                                        + "</r:checksum></r:data></r:repomd>")
                                .primary()
                                .location())
                .isEqualTo(new Location("p", "p", "http://h/x/"));
    }

    @Test
    void aFileMayHaveTwoTypesButNotTwoContents() {
        assertThat(read(document(primary(""), data("a", "x", ""), data("b", "x", "")))
                        .records())
                .hasSize(3);
        assertRefused(
                () -> read(document(
                        primary(""), data("a", "x", ""), data("b", "./x", "").replace(SHA256, "00".repeat(32)))),
                "'./x' twice");
    }

    @Test
    void aTypeMayBeRepeatedUnlessItIsPrimary() {
        Repomd repomd = read(document(primary(""), data("a", "x", ""), data("a", "y", "")));
        assertThat(repomd.record("a").orElseThrow().location().href()).isEqualTo("x");
        assertThat(repomd.warnings()).containsExactly("there are several records of type 'a'; clients take the first");
        assertRefused(() -> read(document(primary(""), data("primary", "y", ""))), "two records of type 'primary'");
    }

    @Test
    void aRecordWithoutATypeIsPassedOver() {
        Repomd repomd = read(document(primary(""), "<data><location href='../..'/></data>"));
        assertThat(repomd.records()).hasSize(1);
        assertThat(repomd.warnings()).containsExactly("record 2 does not say of which type it is");
    }

    @Test
    void whatEveryDocumentHasToHave() {
        assertRefused(() -> read(document(data("other", "x", ""))), "no record of type 'primary'");
        assertRefused(
                () -> read(document("<data type='primary'><location href='x'/></data>")), "'primary'", "no checksum");
        assertRefused(
                () -> read(document("<data type='a'><checksum type='sha256'>" + SHA256 + "</checksum></data>")),
                "'a'",
                "no location");
        assertRefused(() -> read("<html></html>"), "'<html>'", "repomd");
        assertRefused(() -> read(""), "no well-formed XML");
        assertRefused(() -> read(document(primary("")).replace("</repomd>", "")), "no well-formed XML");
        assertRefused(() -> read(document(primary("")) + "<x/>"), "no well-formed XML");
    }

    @ParameterizedTest
    @CsvSource({
        "sha255, 00, 'sha255'",
        "crc32, 00, md5",
        "'', 00, kind",
        "sha256, 00, 64 hexadecimal digits",
        "sha, " + SHA256 + ", 40 hexadecimal digits",
        "md5, zz00000000000000000000000000000000, hexadecimal",
        "md5, zz000000000000000000000000000000, 'zz000000000000000000000000000000'",
    })
    void unknownChecksumsAreRefused(String kind, String hex, String word) {
        assertRefused(
                () -> read(document("<data type='primary'><location href='x'/><checksum type='" + kind + "'>" + hex
                        + "</checksum></data>")),
                word);
        assertRefused(
                () -> read(document(primary("<open-checksum type='" + kind + "'>" + hex + "</open-checksum>"))), word);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "-1", "1e9", "0x10", "1234567890123456789", "1.x", ".5"})
    void numbersAreNumbers(String number) {
        assertRefused(() -> read(document(primary("<size>" + number + "</size>"))), "size", "'" + number + "'");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "/", "/etc/passwd", "//host/x", "http://host/x", "x/http://host/y", "..", "../x", "a/../../x",
                        "a/..",
                "a/%2e%2e/%2E./x", "%2e%2e%2fx", "a%5c..%5cx", "a\\\\x", "x%00", "x%0a", "x&#10;y", "x&#x85;", "x%zz",
                        "x%",
                "x%ff", "x?y", "x#y", "a/", "a/.", ".", "./", "%2fetc/passwd"
            })
    void locationsThatLeaveTheRepositoryAreRefused(String href) {
        assertRefused(() -> read(document(primary(""), data("a", href, ""))), "record 'a'", "location");
    }

    @ParameterizedTest
    @CsvSource({
        "Packages/a/a-1:2^b~c+d.rpm, Packages/a/a-1:2^b~c+d.rpm",
        "./x, x",
        "a/./b, a/b",
        "a%20b, a b",
        "a/..b/c.., a/..b/c..",
        "%C3%A4, ä",
        "a//b, a//b",
    })
    void locationsAreWhatIsAskedForByThem(String href, String path) {
        assertThat(read(document(data("primary", href, ""))).primary().location())
                .isEqualTo(new Location(href, path, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://h/",
                "media://1#2",
                "h/",
                "/srv",
                "http:///x",
                "http://u:secret@h/",
                "http://h/?x",
                "file:///"
            })
    void basesOfOtherKindsAreRefused(String base) {
        assertThatThrownBy(() -> read(document(primary("").replace("href=", "xml:base=\"" + base + "\" href="))))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("the base")
                .hasMessageNotContaining("secret");
    }

    @Test
    void whatIsTooMuchIsRefused() {
        String many = "<data type='a'><location href='x'/><checksum type='sha256'>" + SHA256 + "</checksum></data>";
        assertThatThrownBy(() -> read(document(many.repeat(Repomd.RECORDS_MAX + 1))))
                .hasMessageContaining("more than 1000 files");
        assertThatThrownBy(() -> read(document("<x/>".repeat(100_000)))).hasMessageContaining("more elements");
        assertThatThrownBy(() -> Repomd.read(new byte[Repomd.DOCUMENT_BYTES_MAX + 1], "the list"))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_TOO_LARGE))
                .hasMessageContaining("4194305");
        assertThatThrownBy(() -> read(document("<revision>" + "x".repeat(100_000) + "</revision>")))
                .hasMessageContaining("longer than 65536");
        assertThatThrownBy(() -> read(document(primary("")).replace("primary.xml", "x".repeat(5000))))
                .hasMessageContaining("longer than 4096");
    }

    @Test
    void realOnesAreRead() throws IOException {
        assertThat(RpmData.endingWith("/repomd.xml")).hasSizeGreaterThan(30).allSatisfy(RepomdReadTest::assertReads);
    }

    private static void assertReads(Path file) throws IOException {
        byte[] document = Files.readAllBytes(file);
        Repomd repomd = Repomd.read(document, file.toString());
        String text = new String(document, UTF_8);
        assertThat(repomd.records()).hasSize(text.split("<data type", -1).length - 1);
        assertThat(repomd.warnings()).isEmpty();
        assertThat(repomd.newestTimestampSeconds()).isPresent();
        assertThat(repomd.records())
                .extracting(record -> record.location().path())
                .allSatisfy(path -> assertThat(text).contains("href=\"" + path + "\""));
        for (Repomd.Data record : repomd.records()) {
            assertIsSo(
                    record, file.resolveSibling("..").resolve(record.location().path()), text);
        }
    }

    /** Where the file is part of the data, it is what is said of it, packed and unpacked. */
    private static void assertIsSo(Repomd.Data record, Path file, String text) throws IOException {
        // the data holds some repositories with files that were changed or left out on purpose
        boolean isWhole = Files.exists(file) && (record.sizeBytes() < 0 || Files.size(file) == record.sizeBytes());
        if (!isWhole || record.type().endsWith("_zck") || record.openSizeBytes() < 0) {
            return;
        }
        try (InputStream open = Decompressed.open(Files.newInputStream(file), file.toString(), 1 << 30)) {
            assertThat(open.readAllBytes()).as(file + " " + text.length()).hasSize((int) record.openSizeBytes());
        }
    }

    @Test
    void oneOfEveryEra() throws IOException {
        Repomd old =
                Repomd.read(RpmData.bytes("libzypp-testdata/zypp/tests/zypp/data/Delta/repodata/repomd.xml"), "old");
        assertThat(old.primary().checksum())
                .isEqualTo(Digest.parse(Algorithm.SHA1, "28a6aae0cd873e1df286d4a07fc7e54263fec79d"));
        assertThat(old.revision()).isEmpty();
        assertThat(old.primary().sizeBytes()).isEqualTo(-1);
        Repomd tagged = Repomd.read(RpmData.bytes("librepo-testdata/repo_yum_02/repodata/repomd.xml"), "tagged");
        assertThat(tagged.tags().distros()).containsExactly(new Repomd.Distro("cpe:/o:fedoraproject:fedora:17", "r"));
        assertThat(tagged.newestTimestampSeconds()).hasValue(1355393568);
        assertThat(tagged.record("primary_db").orElseThrow().databaseVersion()).isEqualTo(10);
        Repomd chunked = Repomd.read(RpmData.bytes("repo-staker-el9-zck-signed/x86_64/repodata/repomd.xml"), "chunked");
        assertThat(chunked.record("primary_zck").orElseThrow().headerSizeBytes())
                .isEqualTo(1016);
        assertThat(chunked.records())
                .extracting(Repomd.Data::type)
                .containsAll(Set.of("primary", "primary_db", "primary_zck", "other_zck"));
        assertThat(Repomd.read(
                                RpmData.bytes("createrepo_c-testdata/modified_repo_files/missing_type-repomd.xml"),
                                "odd")
                        .warnings())
                .hasSize(1);
    }
}
