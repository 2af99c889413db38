package dev.permafrost.proxy.format.yum.createrepo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.cli.CreaterepoRun;
import dev.permafrost.proxy.format.yum.Decompressed;
import dev.permafrost.proxy.format.yum.Repomd;
import dev.permafrost.proxy.format.yum.Sqlite;
import dev.permafrost.proxy.testing.CreaterepoC;
import dev.permafrost.proxy.testing.RpmBuilder;
import dev.permafrost.proxy.testing.RpmData;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code createrepo --database} writes the SQLite files that createrepo_c writes of the same folder. */
class SqliteOfAFolderTest {
    private static final List<String> KINDS = List.of("primary", "filelists", "other");

    @TempDir
    Path temp;

    private Path rpms;
    private Path ours;
    private Path theirs;

    @BeforeEach
    void somePackages() throws IOException {
        rpms = Files.createDirectory(temp.resolve("rpms"));
        ours = temp.resolve("ours");
        theirs = temp.resolve("theirs");
        for (String name : List.of("tool", "odd'name", "libä")) {
            new RpmBuilder(name, "1.2", "3", "noarch")
                    .files(
                            List.of(("/usr/bin/" + name).getBytes(UTF_8), "/usr/share/doc".getBytes(UTF_8)),
                            new int[] {0100755, 0040755},
                            new int[2])
                    .strings(1047, List.of(name.getBytes(UTF_8)))
                    .ints(1112, 8)
                    .strings(1113, List.of("1.2-3".getBytes(UTF_8)))
                    .ints(1080, 2_000_000)
                    .strings(1081, List.of("A <a@b>".getBytes(UTF_8)))
                    .strings(1082, List.of("- new".getBytes(UTF_8)))
                    .write(rpms.resolve(name + ".rpm"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--compress-type xz",
                "--general-compress-type gz",
                "--xz",
                "--checksum sha512",
                "--repomd-checksum sha1 --simple-md-filenames"
            })
    void theyAreThoseOfCreaterepoC(String options) throws Exception {
        String[] words = ("--database " + options).strip().split(" ", -1);
        CreaterepoC.run(rpms, theirs, words);
        made(words);
        assertSame(3);
    }

    @Test
    void ofRealPackagesToo() throws Exception {
        List<Path> packages = RpmData.endingWith(".rpm");
        for (int i = 0; i < packages.size(); i++) {
            Files.copy(packages.get(i), rpms.resolve(i + ".rpm"));
        }
        CreaterepoC.run(rpms, theirs, "--database");
        CreaterepoRun.of(rpms, ours, "--database");
        assertSame(packages.size() / 2);
    }

    @Test
    void anUpdateMakesThemAnewOrLeavesThemOut() throws Exception {
        made("--database");
        Files.delete(rpms.resolve("tool.rpm"));
        made("--database", "--update");
        CreaterepoC.run(rpms, theirs, "--database");
        assertSame(2);
        made("--update");
        assertThat(types(ours)).containsExactly("primary", "filelists", "other");
        assertThat(files(ours)).hasSize(4);
    }

    @Test
    void theSameFolderMakesTheSameFiles() throws Exception {
        made("--database", "--revision", "1", "--set-timestamp-to-revision");
        List<String> first = files(ours);
        made("--database", "--revision", "1", "--set-timestamp-to-revision");
        assertThat(files(ours)).isEqualTo(first).hasSize(7);
    }

    @Test
    void whereTheyCantBeMadeWhatWasThereStays() throws Exception {
        Path odd = Files.createDirectory(temp.resolve("what?"));
        CreaterepoRun.of(rpms, odd);
        List<String> before = files(odd);
        CreaterepoRun run = CreaterepoRun.of(rpms, odd, "--database");
        assertThat(run.status()).isEqualTo(1);
        assertThat(run.err()).contains("SQLite of primary can't be made", "question mark", "without --database");
        assertThat(files(odd)).isEqualTo(before);
        assertThat(odd.resolve(".repodata")).doesNotExist();
    }

    private void made(String... options) {
        CreaterepoRun run = CreaterepoRun.of(rpms, ours, options);
        assertThat(run.status()).as(run.err()).isZero();
    }

    private void assertSame(int packages) throws IOException, SQLException {
        assertThat(types(ours)).isEqualTo(types(theirs)).hasSize(6);
        Repomd repomd = repomd(ours);
        Repomd wanted = repomd(theirs);
        for (String kind : KINDS) {
            Repomd.Data record = repomd.record(kind + "_db").orElseThrow();
            Repomd.Data their = wanted.record(kind + "_db").orElseThrow();
            assertThat(record.location().path().replaceFirst("[0-9a-f]{32,}", ""))
                    .isEqualTo(their.location().path().replaceFirst("[0-9a-f]{32,}", ""));
            assertThat(record.databaseVersion()).isEqualTo(their.databaseVersion());
            assertThat(record.checksum().algorithm()).isEqualTo(their.checksum().algorithm());
            Path one = opened(ours, record);
            Path other = opened(theirs, their);
            List<String> tables =
                    Sqlite.rows(other, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name");
            assertThat(Sqlite.rows(one, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"))
                    .isEqualTo(tables);
            for (String table : tables) {
                List<String> rows = Sqlite.rows(other, "SELECT * FROM " + table);
                if (table.equals("db_info")) {
                    // lists of the same bytes when opened may be other ones when packed
                    assertThat(Sqlite.rows(one, "SELECT * FROM db_info"))
                            .containsExactly("#10|"
                                    + repomd.record(kind)
                                            .orElseThrow()
                                            .checksum()
                                            .hex());
                } else {
                    assertThat(Sqlite.rows(one, "SELECT * FROM " + table))
                            .as(kind + " " + table)
                            .containsExactlyInAnyOrderElementsOf(rows);
                }
                if (table.equals("packages")) {
                    assertThat(rows).hasSizeGreaterThanOrEqualTo(packages);
                }
            }
        }
    }

    private Path opened(Path folder, Repomd.Data record) throws IOException {
        byte[] packed = Files.readAllBytes(folder.resolve(record.location().path()));
        byte[] open = Decompressed.open(new ByteArrayInputStream(packed), "it", 1 << 30)
                .readAllBytes();
        assertThat(open).hasSize((int) record.openSizeBytes());
        return Files.write(Files.createTempFile(temp, "open", ".sqlite"), open);
    }

    private static Repomd repomd(Path folder) throws IOException {
        return Repomd.read(Files.readAllBytes(folder.resolve("repodata/repomd.xml")), folder.toString());
    }

    private static List<String> types(Path folder) throws IOException {
        return repomd(folder).records().stream().map(Repomd.Data::type).toList();
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("repodata"))) {
            return files.map(each -> String.valueOf(each.getFileName()))
                    .sorted()
                    .toList();
        }
    }
}
