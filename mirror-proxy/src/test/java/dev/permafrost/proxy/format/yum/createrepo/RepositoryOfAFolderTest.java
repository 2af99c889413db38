package dev.permafrost.proxy.format.yum.createrepo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.cli.CreaterepoRun;
import dev.permafrost.proxy.format.yum.Decompressed;
import dev.permafrost.proxy.testing.CreaterepoC;
import dev.permafrost.proxy.testing.RpmBuilder;
import dev.permafrost.proxy.testing.RpmTree;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code permafrost createrepo} makes of a folder what createrepo_c makes of it, and leaves what was there until that is whole. */
class RepositoryOfAFolderTest {
    private static final long SECONDS = 1_700_000_000;

    @TempDir
    Path temp;

    private Path rpms;
    private Path out;

    @BeforeEach
    void somePackages() throws IOException {
        rpms = Files.createDirectories(temp.resolve("rpms"));
        out = temp.resolve("out");
        Files.createDirectories(rpms.resolve("b/sub"));
        Files.createDirectories(rpms.resolve("a.rpm"));
        rpm("b/sub/alpha-1-1.noarch.rpm", "alpha");
        rpm("beta-1-1.noarch.rpm", "beta");
        rpm("b/gamma-1-1.noarch.rpm", "gamma");
        rpm("b/beta-1-1.noarch.rpm", "beta");
        Files.writeString(rpms.resolve("README"), "no package");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--excludes b/*",
                "--excludes *gamma* --excludes beta-?-1*",
                "--location-prefix pool/ --baseurl http://a.example/x",
                "--checksum sha1",
                "--checksum sha512 --simple-md-filenames",
                "--skip-symlinks",
                "--changelog-limit 1",
                "--changelog-limit -1",
                "--cut-dirs 1",
                "--cut-dirs 5 --location-prefix pool",
                "--repomd-checksum sha512"
            })
    void theListsAreThoseOfCreaterepoC(String options) throws IOException {
        Files.createSymbolicLink(rpms.resolve("link-1-1.noarch.rpm"), Path.of("b/gamma-1-1.noarch.rpm"));
        String[] words = options.isEmpty() ? new String[0] : options.split(" ", -1);
        CreaterepoC.run(rpms, temp.resolve("theirs"), words);
        made(0, words);
        for (String list : List.of("primary", "filelists", "other")) {
            assertThat(CreaterepoC.document(out, list)).isEqualTo(CreaterepoC.document(temp.resolve("theirs"), list));
        }
    }

    @Test
    void aListOfPackagesIsFollowed() throws IOException {
        Path list = Files.writeString(temp.resolve("list"), "b/gamma-1-1.noarch.rpm\n\nbeta-1-1.noarch.rpm\n");
        made(0, "--pkglist", list.toString());
        assertThat(CreaterepoC.read(out).keySet()).containsExactly("b/gamma-1-1.noarch.rpm", "beta-1-1.noarch.rpm");
    }

    @Test
    void whatIsNoPackageIsNamedAndLeftOut() throws IOException {
        Files.writeString(rpms.resolve("page.rpm"), "<html>not found</html>");
        byte[] whole = Files.readAllBytes(rpms.resolve("beta-1-1.noarch.rpm"));
        Files.write(rpms.resolve("cut.rpm"), Arrays.copyOf(whole, 300));
        Files.createSymbolicLink(rpms.resolve("gone.rpm"), Path.of("nowhere"));
        CreaterepoRun run = made(1);
        assertThat(run.err())
                .contains(
                        "page.rpm is no usable RPM: it does not begin with",
                        "cut.rpm is no usable RPM: it is cut off",
                        "gone.rpm")
                .doesNotContain("Exception", "\tat ");
        assertThat(run.out()).contains("4 packages; 3 files left out");
        assertThat(CreaterepoC.read(out)).hasSize(4);
        assertThat(CreaterepoC.document(out, "primary")).contains(" packages=\"4\">");
        assertThat(CreaterepoC.document(out, "other")).contains(" packages=\"4\">");
    }

    @Test
    void anUpdateReadsWhatHasChangedAlone() throws IOException {
        made(0);
        rpm("new-1-1.noarch.rpm", "new");
        Files.delete(rpms.resolve("b/gamma-1-1.noarch.rpm"));
        rpm("beta-1-1.noarch.rpm", "better");
        // the same size and time, and other bytes: taken for unchanged
        Path alpha = rpms.resolve("b/sub/alpha-1-1.noarch.rpm");
        byte[] bytes = Files.readAllBytes(alpha);
        bytes[bytes.length - 1]++;
        Files.write(alpha, bytes);
        Files.setLastModifiedTime(alpha, FileTime.fromMillis(1000 * SECONDS));
        String before = primary("b/sub/alpha-1-1.noarch.rpm");
        assertThat(made(0, "--update").out()).contains("4 packages, 2 of them as they were");
        Map<String, CreaterepoC.Elements> after = CreaterepoC.read(out);
        assertThat(after.keySet())
                .containsExactly(
                        "b/beta-1-1.noarch.rpm",
                        "b/sub/alpha-1-1.noarch.rpm",
                        "beta-1-1.noarch.rpm",
                        "new-1-1.noarch.rpm");
        assertThat(primary("beta-1-1.noarch.rpm")).contains("<name>better</name>");
        assertThat(primary("b/sub/alpha-1-1.noarch.rpm")).isEqualTo(before);
        assertThat(files(out.resolve("repodata"))).hasSize(4);
    }

    @Test
    void anUpdateOfNothingChangesNothing() throws IOException {
        made(0, "--revision", "7");
        Map<String, String> before = documents();
        assertThat(made(0, "--revision", "7", "--update").out()).contains("4 of them as they were");
        assertThat(documents()).isEqualTo(before);
    }

    @Test
    void anUpdateOfCreaterepoCsMetadata() throws IOException {
        CreaterepoC.run(rpms, out);
        Map<String, String> before = documents();
        assertThat(made(0, "--update").out()).contains("4 of them as they were");
        assertThat(documents()).isEqualTo(before);
    }

    /** Which a parser of XML has to read. */
    @ParameterizedTest
    @ValueSource(strings = {"", "http://mirror.test/?a=1&b=2", "http://mirror.test/a/"})
    void anUpdateOfNamesWithEntitiesReadsNothing(String base) throws IOException {
        rpm("a&b-1-1.noarch.rpm", "a");
        rpm("c'd \"e<f>-1-1.noarch.rpm", "c");
        List<String> options = new ArrayList<>(List.of("--revision", "7"));
        if (!base.isEmpty()) {
            options.addAll(List.of("--baseurl", base));
        }
        made(0, options.toArray(String[]::new));
        Map<String, String> before = documents();
        options.add("--update");
        assertThat(made(0, options.toArray(String[]::new)).out()).contains("6 of them as they were");
        assertThat(documents()).isEqualTo(before);
    }

    /** As other programs may write it. */
    @Test
    void anUpdateOfMetadataInAnotherStyleReadsNothing() throws IOException {
        made(0, "--simple-md-filenames");
        Path primary = out.resolve("repodata/primary.xml.gz");
        Path repomd = out.resolve("repodata/repomd.xml");
        String text = Objects.requireNonNull(documents().get("primary"));
        String other =
                text.replace("<checksum ", "<checksum\n\tnote='>' ").replace("<location ", "<location\n note='&#97;' ");
        assertThat(other).hasSizeGreaterThan(text.length() + 50);
        String before = RpmTree.sha256(Files.readAllBytes(primary));
        Files.writeString(primary, other);
        Files.writeString(
                repomd, Files.readString(repomd).replace(before, RpmTree.sha256(Files.readAllBytes(primary))));
        assertThat(made(0, "--simple-md-filenames", "--update").out()).contains("4 of them as they were");
    }

    @Test
    void anUpdateOfBrokenMetadataReadsAll() throws IOException {
        made(0);
        Map<String, String> before = documents();
        for (Path file : files(out.resolve("repodata"))) {
            if (file.toString().endsWith("filelists.xml.gz")) {
                byte[] bytes = Files.readAllBytes(file);
                bytes[bytes.length / 2] ^= 1;
                Files.write(file, bytes);
            }
        }
        CreaterepoRun run = made(0, "--update");
        assertThat(run.err()).contains("can't be used, and all packages are read");
        assertThat(run.out()).contains("0 of them as they were");
        assertThat(documents()).isEqualTo(before);
        assertThat(files(out.resolve("repodata"))).hasSize(4);
    }

    @Test
    void anUpdateOfARepomdThatCantBeReadFails() throws IOException {
        made(0);
        Path repomd = out.resolve("repodata/repomd.xml");
        Files.writeString(repomd, "<repomd>");
        assertThat(made(2, "--update").err()).contains("groups, modules and the like", "without --update");
        assertThat(repomd).hasContent("<repomd>");
        assertThat(made(0).err()).contains("the metadata before can't be read");
    }

    @Test
    void whatAnUpdateDropsIsSaid() throws IOException {
        made(0, "--simple-md-filenames");
        Path repomd = out.resolve("repodata/repomd.xml");
        String text = Files.readString(repomd);
        int end = text.indexOf("</data>") + 7;
        String record = text.substring(text.indexOf("  <data"), end);
        String odd = (text.substring(0, end)
                + record.replace("type=\"primary\"", "type=\"prestodelta\"")
                + record.replace("type=\"primary\"", "type=\"own\"").replace("primary.xml.gz", "repomd.xml")
                + text.substring(end));
        Files.writeString(repomd, odd);
        made(0);
        assertThat(repomd).as("it is no old list").exists();
        Files.writeString(repomd, odd);
        assertThat(made(0, "--update").err()).contains("delta RPMs, of the type prestodelta, is not named any more");
        assertThat(repomd).exists();
        assertThat(Files.readString(repomd)).doesNotContain("prestodelta");
    }

    @Test
    void namesThatNoClientCanAskForAreLeftOut() throws IOException {
        rpm("line\nfeed.rpm", "odd");
        rpm("bell\u0007.rpm", "odd");
        Files.writeString(rpms.resolve("list"), "x");
        assertThat(made(1).err())
                .contains("'line\\u000afeed.rpm' is not listed", "'bell\\u0007.rpm' is not listed", "rename it");
        assertThat(CreaterepoC.read(out)).hasSize(4);
        assertThat(made(2, "--baseurl", "http://a.example/\ufffd").err()).contains("--baseurl: ");
        assertThat(made(2, "--location-prefix", "a\nb").err()).contains("--location-prefix: 'a\\u000ab'");
    }

    @Test
    void packagesThatAreNamedAreBelowTheFolder() throws IOException {
        rpm("../outside.rpm", "outside");
        assertThat(made(2, "-n", "../outside.rpm").err()).contains("is no package below");
        assertThat(made(2, "-n", temp.resolve("outside.rpm").toString()).err()).contains("is no package below");
        made(
                0,
                "-n",
                "b/../beta-1-1.noarch.rpm",
                "-n",
                "./beta-1-1.noarch.rpm",
                "-n",
                rpms.resolve("beta-1-1.noarch.rpm").toAbsolutePath().toString());
        assertThat(CreaterepoC.document(out, "primary"))
                .contains(" packages=\"1\">")
                .contains("href=\"beta-1-1.noarch.rpm\"");
        Path list = Files.writeString(temp.resolve("list"), "a\0b.rpm\n");
        assertThat(made(2, "--pkglist", list.toString()).err()).contains("'a\\u0000b.rpm' is no path");
    }

    @ParameterizedTest
    @ValueSource(strings = {"sha", "sha1"})
    void sha1IsCalledAsItWasAskedFor(String kind) throws IOException {
        CreaterepoC.run(rpms, temp.resolve("theirs"), "--checksum", kind);
        made(0, "--checksum", kind);
        assertThat(CreaterepoC.document(out, "primary"))
                .isEqualTo(CreaterepoC.document(temp.resolve("theirs"), "primary"));
        String wanted = "<checksum type=\"" + kind + "\">";
        assertThat(Files.readString(temp.resolve("theirs/repodata/repomd.xml"))).contains(wanted);
        assertThat(Files.readString(out.resolve("repodata/repomd.xml"))).contains(wanted);
        assertThat(made(0, "--update", "--checksum", kind.equals("sha") ? "sha1" : "sha")
                        .out())
                .contains("4 of them as they were");
    }

    @Test
    void aLockWhoseFileWasTakenAwayIsNone() throws IOException {
        Path file = temp.resolve("lock");
        try (FileChannel open = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            assertThat(RepodataFolder.isStill(file, open)).isTrue();
            Files.delete(file);
            assertThat(RepodataFolder.isStill(file, open)).isFalse();
            Files.createFile(file);
            assertThat(RepodataFolder.isStill(file, open)).isFalse();
        }
    }

    @Test
    void groupsModulesAndAdvisories() throws IOException {
        Path groups = Files.writeString(temp.resolve("comps.xml"), "<comps/>\n");
        Files.writeString(rpms.resolve("modules.yaml"), "document: modulemd\n");
        Files.writeString(rpms.resolve("updateinfo.xml"), "<updates/>\n");
        made(0, "--groupfile", groups.toString());
        String repomd = Files.readString(out.resolve("repodata/repomd.xml"));
        assertThat(repomd)
                .contains(
                        "type=\"group\"",
                        "-comps.xml\"",
                        "type=\"group_gz\"",
                        "type=\"modules\"",
                        "type=\"updateinfo\"");
        Files.delete(rpms.resolve("modules.yaml"));
        made(0, "--update");
        assertThat(Files.readString(out.resolve("repodata/repomd.xml")))
                .contains("type=\"group\"", "type=\"group_gz\"", "type=\"modules\"", "type=\"updateinfo\"");
        made(0);
        assertThat(Files.readString(out.resolve("repodata/repomd.xml")))
                .doesNotContain("group", "modules")
                .contains("updateinfo");
        assertThat(files(out.resolve("repodata"))).hasSize(5);
    }

    @Test
    void modulesOfSeveralFilesAreDocumentsOfOne() throws IOException {
        Files.writeString(rpms.resolve("a.modulemd.yaml"), "# one\n---\na: 1");
        Files.writeString(rpms.resolve("b.modulemd-defaults.yaml"), "b: 2\n");
        made(0);
        for (Path file : files(out.resolve("repodata"))) {
            if (file.toString().endsWith("-modules.yaml.gz")) {
                try (InputStream in = Decompressed.open(Files.newInputStream(file), "modules", 1 << 20)) {
                    assertThat(new String(in.readAllBytes(), UTF_8)).isEqualTo("# one\n---\na: 1\n---\nb: 2\n\n");
                }
                return;
            }
        }
        throw new AssertionError("no modules in " + files(out.resolve("repodata")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gz", "bz2", "xz", "zstd"})
    void everyCompression(String kind) throws IOException {
        made(0, "--general-compress-type", kind);
        for (Path file : files(out.resolve("repodata"))) {
            try (InputStream in = Decompressed.open(Files.newInputStream(file), "list", 1 << 20)) {
                assertThat(new String(in.readAllBytes(), UTF_8)).startsWith("<?xml");
            }
        }
    }

    @Test
    void theSameFolderMakesTheSameBytes() throws IOException {
        String[] options = {
            "--revision",
            "1600000000",
            "--set-timestamp-to-revision",
            "--distro",
            "cpe:/o:a:b:7,A <B>",
            "--content",
            "binary",
            "--repo",
            "r"
        };
        made(0, options);
        Map<String, String> first = bytes();
        made(0, options);
        assertThat(bytes()).isEqualTo(first);
        assertThat(first.get("repomd.xml"))
                .contains(
                        "<revision>1600000000</revision>",
                        "<timestamp>1600000000</timestamp>",
                        "cpeid=\"cpe:/o:a:b:7\">A &lt;B&gt;<");
    }

    @Test
    void oldListsStayIfAskedFor() throws IOException {
        made(0);
        rpm("new-1-1.noarch.rpm", "new");
        made(0, "--retain-old-md", "1");
        assertThat(files(out.resolve("repodata"))).hasSize(7);
        rpm("newer-1-1.noarch.rpm", "newer");
        made(0, "--retain-old-md", "1");
        assertThat(files(out.resolve("repodata"))).as("one of each").hasSize(7);
        made(0);
        assertThat(files(out.resolve("repodata"))).as("all old ones go").hasSize(4);
    }

    @Test
    void oldFilesStayForAsLongAsIsAskedFor() throws IOException {
        made(0);
        for (Path file : files(out.resolve("repodata"))) {
            if (file.toString().endsWith("-primary.xml.gz")) {
                Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofMinutes(61))));
            }
        }
        rpm("new-1-1.noarch.rpm", "new");
        made(0, "--retain-old-md-by-age", "1h");
        assertThat(files(out.resolve("repodata")))
                .as("two old lists are younger than an hour")
                .hasSize(6);
        made(0);
        assertThat(files(out.resolve("repodata"))).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"--repomd-checksum sha512", "--checksum sha512 --repomd-checksum sha1", "--checksum sha384"})
    void metadataHasTheChecksumsThatAreAskedFor(String options) throws IOException {
        CreaterepoC.run(rpms, temp.resolve("theirs"), options.split(" ", -1));
        made(0, options.split(" ", -1));
        assertThat(checksums(out)).isEqualTo(checksums(temp.resolve("theirs"))).hasSize(6);
    }

    /** Types of checksums, and the open ones themselves. */
    private static List<String> checksums(Path folder) throws IOException {
        return Pattern.compile("<checksum type=\"(.*?)\"|<open-checksum .*?<")
                .matcher(Files.readString(folder.resolve("repodata/repomd.xml")))
                .results()
                .map(each -> each.group(1) == null ? each.group() : each.group(1))
                .toList();
    }

    @Test
    void whatWasReadIsListed() throws IOException {
        Path list = temp.resolve("read");
        made(0, "--read-pkgs-list", list.toString());
        assertThat(list)
                .hasContent(
                        "b/sub/alpha-1-1.noarch.rpm\nbeta-1-1.noarch.rpm\nb/beta-1-1.noarch.rpm\nb/gamma-1-1.noarch.rpm\n");
        rpm("new-1-1.noarch.rpm", "new");
        made(0, "--update", "--read-pkgs-list", list.toString());
        assertThat(list).hasContent("new-1-1.noarch.rpm\n");
    }

    @Test
    void packagesOfOneNameVersionAndArchitectureAreTold() {
        String told = " are both beta-1-1.noarch, and a client takes either";
        assertThat(made(0).err()).containsOnlyOnce(told).doesNotContain("alpha");
        assertThat(made(0, "--update").err()).containsOnlyOnce(told);
        assertThat(made(0, "--excludes", "b/*").err()).isEmpty();
    }

    @Test
    void aFailureThatNobodyForesawLeavesOutOnePackage() throws IOException {
        CreaterepoOptions options = CreaterepoRun.options(rpms, out);
        Createrepo.Result result = Createrepo.run(options, (done, all) -> {}, (found, memory) -> {
            if (found.href().contains("gamma")) {
                throw new ArrayIndexOutOfBoundsException("Index 7 out of bounds for length 7");
            }
            return PackageScan.read(found, options, memory::accept);
        });
        assertThat(result.skipped())
                .singleElement()
                .asString()
                .contains("b/gamma-1-1.noarch.rpm is not listed", "not foreseen", "Index 7", "leave it out");
        assertThat(result.packages()).isEqualTo(3);
        assertThat(CreaterepoC.read(out)).hasSize(3);
    }

    @Test
    void whatWasLeftOutIsSaidByTheStatus() throws IOException {
        Files.writeString(rpms.resolve("page.rpm"), "<html>not found</html>");
        made(1);
        made(2, "--error-exit-val");
    }

    @Test
    void oneThatFailsLeavesWhatWasThere() throws IOException {
        made(0);
        Map<String, String> before = bytes();
        rpm("new-1-1.noarch.rpm", "new");
        CreaterepoOptions options = CreaterepoRun.options(rpms, out);
        assertThatThrownBy(() -> Createrepo.run(options, (done, all) -> {
                    if (done == 2) {
                        throw new IllegalStateException("enough");
                    }
                }))
                .hasMessage("enough");
        assertThat(bytes()).isEqualTo(before);
        assertThat(out.resolve(".repodata")).doesNotExist();
    }

    @Test
    void twoAtOnceDoNotMeet() throws IOException {
        Files.createDirectories(out.resolve(".repodata"));
        assertThat(made(1).err()).contains(".repodata is there", "--ignore-lock");
        made(0, "--ignore-lock");
        assertThat(out.resolve(".repodata")).doesNotExist();
        // one of ours that was killed leaves this
        Files.createDirectories(out.resolve(".repodata"));
        Path lock = Files.createFile(out.resolve(".repodata/.permafrost.lock"));
        Files.writeString(out.resolve(".repodata/primary.xml.gz"), "half");
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            assertThat(held.isValid()).isTrue();
            assertThat(made(1).err()).contains(".repodata is there");
        }
        made(0);
        assertThat(files(out.resolve("repodata"))).hasSize(4);
    }

    @Test
    void aFileThatChangesMeanwhileIsNoticed() {
        FoundPackage found = new FoundPackage(rpms.resolve("beta-1-1.noarch.rpm"), "beta-1-1.noarch.rpm", "beta.rpm");
        CreaterepoOptions options = CreaterepoRun.options(rpms, out);
        assertThatThrownBy(() -> PackageScan.read(found, options, header -> append(found.file())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("changed while it was read");
    }

    @Test
    void aSignatureIsMadeOrTakenAway() throws IOException {
        Path key = temp.resolve("key.asc");
        made(0, "--sign", key.toString());
        assertThat(Files.readString(out.resolve("repodata/repomd.xml.asc")))
                .startsWith("-----BEGIN PGP SIGNATURE-----");
        assertThat(Files.readString(out.resolve("repodata/repomd.xml.key"))).startsWith("-----BEGIN PGP PUBLIC KEY");
        assertThat(made(0).err()).contains("was of the metadata before");
        assertThat(out.resolve("repodata/repomd.xml.asc")).doesNotExist();
        assertThat(out.resolve("repodata/repomd.xml.key")).doesNotExist();
    }

    @Test
    void misuseIsSaid() {
        assertThat(made(2, "--checksum", "crc32").err()).contains("'crc32' is none of md5");
        assertThat(made(2, "--workers", "101").err()).contains("101 is not between 1 and 100");
        assertThat(made(2, "--repomd-checksum", "crc32").err()).contains("--repomd-checksum: 'crc32' is none of md5");
        assertThat(made(2, "--database", "--no-database").err()).contains("contradict each other");
        assertThat(made(2, "--retain-old-md-by-age", "1y").err()).contains("'1y' is no age", "30d");
        assertThat(made(2, "--cut-dirs", "-1").err()).contains("-1 is below 0");
        assertThat(made(2, "--general-compress-type", "zck").err()).contains("'zck' is none of gz");
        assertThat(made(2, "--set-timestamp-to-revision", "--revision", "x").err())
                .contains("date +%s");
        assertThat(made(2, "--unique-md-filenames", "--simple-md-filenames").err())
                .contains("contradict each other");
        assertThat(made(2, "--groupfile", "nothing.xml").err()).contains("nothing.xml is no file");
        assertThat(out).doesNotExist();
    }

    private CreaterepoRun made(int status, String... options) {
        CreaterepoRun run = CreaterepoRun.of(rpms, out, options);
        assertThat(run.status()).as(run.err()).isEqualTo(status);
        return run;
    }

    private void rpm(String path, String name) throws IOException {
        Path file = new RpmBuilder(name, "1", "1", "noarch")
                .files(
                        List.of(("/usr/bin/" + name).getBytes(UTF_8), "/usr/share/x".getBytes(UTF_8)),
                        new int[] {0100755, 0100644},
                        new int[2])
                .ints(1080, 2_000_000, 1_000_000)
                .strings(1081, List.of("a".getBytes(UTF_8), "b".getBytes(UTF_8)))
                .strings(1082, List.of("- new".getBytes(UTF_8), "- old".getBytes(UTF_8)))
                .payload(new byte[200_000])
                .write(rpms.resolve(path));
        Files.setLastModifiedTime(file, FileTime.fromMillis(1000 * SECONDS));
    }

    private String primary(String href) throws IOException {
        return Objects.requireNonNull(CreaterepoC.read(out).get(href)).primary();
    }

    private static void append(Path file) {
        try {
            Files.write(file, new byte[1], StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Map<String, String> documents() throws IOException {
        Map<String, String> documents = new TreeMap<>();
        for (String list : List.of("primary", "filelists", "other")) {
            documents.put(list, CreaterepoC.document(out, list));
        }
        return documents;
    }

    private Map<String, String> bytes() throws IOException {
        Map<String, String> bytes = new TreeMap<>();
        for (Path file : files(out.resolve("repodata"))) {
            bytes.put(String.valueOf(file.getFileName()), Files.readString(file, ISO_8859_1));
        }
        return bytes;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
