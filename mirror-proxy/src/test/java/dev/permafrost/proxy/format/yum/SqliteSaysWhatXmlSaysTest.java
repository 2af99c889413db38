package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The SQLite files that are made of lists are those that createrepo_c makes of the same packages. */
final class SqliteSaysWhatXmlSaysTest {
    private static final Map<DatabaseKind, List<String>> TABLES = Map.of(
            DatabaseKind.PRIMARY,
            List.of(
                    "files",
                    "requires",
                    "provides",
                    "conflicts",
                    "obsoletes",
                    "suggests",
                    "enhances",
                    "recommends",
                    "supplements"),
            DatabaseKind.FILELISTS,
            List.of("filelist"),
            DatabaseKind.OTHER,
            List.of("changelog"));

    @TempDir
    Path folder;

    private Path written(DatabaseKind kind, String list) throws IOException {
        Path file = folder.resolve("made.sqlite");
        Files.deleteIfExists(file);
        return Sqlite.written(kind, list.getBytes(UTF_8), "abc", file);
    }

    private static List<String> schema(Path file) throws SQLException {
        return Sqlite.rows(file, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").stream()
                .map(row -> row.replaceAll("\\s+", " ").replace("( ", "(").replaceAll(" ([,)])", "$1"))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void ofRealPackagesTheyAreThoseOfCreaterepo(DatabaseKind kind) throws Exception {
        List<Path> packages = RpmData.endingWith(".rpm");
        assumeTrue(Subprocess.onPath("createrepo_c").isPresent(), "no createrepo_c here");
        Path tree = Files.createDirectory(folder.resolve("tree"));
        for (int i = 0; i < packages.size(); i++) {
            Files.copy(packages.get(i), tree.resolve(i + ".rpm"));
        }
        Subprocess.command("createrepo_c", "--quiet", "--database", tree.toString())
                .run(Duration.ofMinutes(2));
        Repomd repomd = Repomd.read(Files.readAllBytes(tree.resolve("repodata/repomd.xml")), "createrepo's");
        Repomd.Data list = repomd.record(kind.list()).orElseThrow();
        Path theirs = Files.write(
                folder.resolve("theirs.sqlite"),
                opened(tree, repomd.record(kind.list() + "_db").orElseThrow()));
        Path ours = Sqlite.written(kind, opened(tree, list), list.checksum().hex(), folder.resolve("ours.sqlite"));

        assertThat(schema(ours)).isEqualTo(schema(theirs));
        assertThat(Sqlite.rows(ours, "SELECT * FROM db_info")).isEqualTo(Sqlite.rows(theirs, "SELECT * FROM db_info"));
        List<String> known = Sqlite.rows(theirs, "SELECT * FROM packages ORDER BY pkgKey");
        assertThat(known).hasSizeGreaterThan(200);
        assertThat(Sqlite.rows(ours, "SELECT * FROM packages ORDER BY pkgKey")).isEqualTo(known);
        for (String table : TABLES.getOrDefault(kind, List.of())) {
            String all = "SELECT * FROM " + table;
            assertThat(Sqlite.rows(ours, all)).as(table).containsExactlyInAnyOrderElementsOf(Sqlite.rows(theirs, all));
        }
        assertThat(Sqlite.rows(ours, "PRAGMA integrity_check")).containsExactly("ok");
    }

    private static byte[] opened(Path tree, Repomd.Data data) throws IOException {
        byte[] packed = Files.readAllBytes(tree.resolve(data.location().path()));
        return Decompressed.open(new ByteArrayInputStream(packed), "it", 1 << 30)
                .readAllBytes();
    }

    @Test
    void everythingThatAPackageSaysIsInItsRows() throws Exception {
        Path file = written(DatabaseKind.PRIMARY, """
                <metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="r" packages="1">
                <package type="rpm"><name>it's "odd"; DROP TABLE packages;--</name><arch>noarch</arch>
                <version epoch="1" ver="2" rel="3"/><checksum type="sha" pkgid="YES">0123</checksum>
                <summary>a &lt; b ünd 🐘</summary><description>  two
                lines </description><packager/><url></url><time file="5" build="6"/>
                <size package="5000000000" installed="8" archive="no number"/>
                <location xml:base="https://elsewhere/" href="p/a.rpm"/>
                <format><rpm:license>GPL</rpm:license><rpm:vendor/><rpm:group>G</rpm:group><rpm:buildhost>h</rpm:buildhost>
                <rpm:sourcerpm>s.src.rpm</rpm:sourcerpm><rpm:header-range start="9" end="10"/>
                <rpm:requires><rpm:entry name="a" flags="GE" epoch="0" ver="1" rel="2" pre="1"/><rpm:entry name="(a if b)"/></rpm:requires>
                <rpm:provides><rpm:entry name="q" flags="EQ" epoch="0" ver="1"/></rpm:provides>
                <file>/usr/bin/x</file><file type="dir">/etc/x</file><file type="ghost">/usr/sbin/y</file><file>/opt/none</file>
                </format></package></metadata>""");
        assertThat(Sqlite.rows(file, "SELECT * FROM packages"))
                .containsExactly(
                        "#1|0123|it's \"odd\"; DROP TABLE packages;--|noarch|2|1|3|a < b ünd 🐘|  two\nlines |null|#5|#6"
                                + "|GPL||G|h|s.src.rpm|#9|#10|null|#5000000000|#8|#0|p/a.rpm|https://elsewhere/|sha");
        assertThat(Sqlite.rows(file, "SELECT * FROM requires"))
                .containsExactly("a|GE|0|1|2|#1|TRUE", "(a if b)|null|null|null|null|#1|FALSE");
        assertThat(Sqlite.rows(file, "SELECT * FROM provides")).containsExactly("q|EQ|0|1|null|#1");
        assertThat(Sqlite.rows(file, "SELECT * FROM files"))
                .containsExactly("/usr/bin/x|file|#1", "/etc/x|dir|#1", "/usr/sbin/y|ghost|#1");
        assertThat(Sqlite.rows(file, "SELECT * FROM db_info")).containsExactly("#10|abc");
    }

    @Test
    void namesAreJoinedByFolder() throws Exception {
        Path file = written(DatabaseKind.FILELISTS, """
                <filelists><package pkgid="0123" name="a" arch="noarch"><version epoch="0" ver="1" rel="1"/>
                <file type="dir">/usr</file><file>/usr/b</file><file type="dir">/</file><file type="ghost">/usr//c</file>
                <file>/usr/d</file><file>none</file><file type="strange">/usr/it's</file></package>
                <package pkgid="4567" name="b" arch="noarch"/></filelists>""");
        assertThat(Sqlite.rows(file, "SELECT * FROM packages")).containsExactly("#1|0123", "#2|4567");
        assertThat(Sqlite.rows(file, "SELECT * FROM filelist"))
                .containsExactly("#1|/|usr//|dd", "#1|/usr|b/d/it's|fff", "#1|/usr|c|g", "#1|.|none|f");
    }

    @Test
    void changesKeepTheirLines() throws Exception {
        Path file = written(DatabaseKind.OTHER, """
                <otherdata><package pkgid="0123" name="a" arch="noarch"><version epoch="0" ver="1" rel="1"/>
                <changelog author="A &lt;a@b&gt; - 1" date="1400000000">- one
                - two</changelog><changelog author="B" date="3000000000"/></package></otherdata>""");
        assertThat(Sqlite.rows(file, "SELECT * FROM changelog"))
                .containsExactly("#1|A <a@b> - 1|#1400000000|- one\n- two", "#1|B|#3000000000|");
    }

    @Test
    void aPackageOfVeryManyFilesIsARow() throws Exception {
        int count = 300_000;
        String files = IntStream.range(0, count)
                .mapToObj(i -> "<file>/srv/some/where/" + i + "</file>")
                .collect(Collectors.joining());
        Path file =
                written(DatabaseKind.FILELISTS, "<filelists><package pkgid=\"0\">" + files + "</package></filelists>");
        assertThat(Sqlite.rows(file, "SELECT length(filetypes), dirname FROM filelist"))
                .containsExactly("#" + count + "|/srv/some/where");
    }

    private void tooLarge(String files) {
        assertThatThrownBy(() -> written(
                        DatabaseKind.FILELISTS, "<filelists><package pkgid=\"0\">" + files + "</package></filelists>"))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_TOO_LARGE));
    }

    @Test
    void aPackageOfMoreFoldersThanAreKeptInMemoryIsRefused() {
        tooLarge(IntStream.rangeClosed(0, FilelistsRows.FOLDERS_MAX)
                .mapToObj(i -> "<file>/" + i + "/a</file>")
                .collect(Collectors.joining()));
    }

    @Test
    void aPackageOfMorePathsThanAreKeptInMemoryIsRefused() {
        String path = "/srv/" + "x".repeat(60_000);
        tooLarge(("<file>" + path + "</file>").repeat(FilelistsRows.PATH_CHARS_MAX / path.length() + 1));
    }

    @Test
    void whatIsNoXmlOrTooLongIsRefused() {
        for (String bad : List.of("a\0b", "<unclosed>", "&entity;")) {
            assertThatThrownBy(() -> written(
                            DatabaseKind.PRIMARY, "<metadata><package><name>" + bad + "</name></package></metadata>"))
                    .isInstanceOfSatisfying(
                            StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_INVALID));
        }
        String longer = "x".repeat(YumXml.TEXT_CHARS_MAX + 1);
        assertThatThrownBy(() -> written(
                        DatabaseKind.PRIMARY,
                        "<metadata><package><description>" + longer + "</description></package></metadata>"))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_TOO_LARGE));
    }

    @Test
    void theSameListIsTheSameFile() throws Exception {
        String list =
                "<otherdata><package pkgid=\"0123\"><changelog author=\"a\" date=\"1\">b</changelog></package></otherdata>";
        byte[] first = Files.readAllBytes(written(DatabaseKind.OTHER, list));
        assertThat(RpmTree.sha256(Files.readAllBytes(written(DatabaseKind.OTHER, list))))
                .isEqualTo(RpmTree.sha256(first));
    }

    @Test
    void aFolderThatTheDriverMistakesIsTold() {
        assertThatThrownBy(() -> Sqlite.written(
                        DatabaseKind.OTHER,
                        new byte[0],
                        "",
                        folder.resolve("a?b").resolve("it")))
                .hasMessageContaining("have it in a folder without one");
    }
}
