package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a list of packages says of each, and that one odd package does not spoil the rest. */
class PrimaryReadTest {
    private static final String SHA256 = "abababababababababababababababababababababababababababababababab";
    private static final String HEAD =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata xmlns=\"c\" xmlns:rpm=\"r\" packages=\"1\">\n";
    private static final String GOOD = """
            <package type="rpm">
              <name>bear</name>
              <arch>noarch</arch>
              <version epoch="1" ver="4.1" rel="1.el9"/>
              <checksum type="sha256" pkgid="YES">%s</checksum>
              <summary>A &lt;dummy&gt;</summary>
              <time file="1331831374" build="1331831358"/>
              <size package="2438" installed="42" archive="296"/>
              <location xml:base="https://h/x/" href="b/bear-4.1-1.noarch.rpm"/>
              <format>
                <rpm:license>GPLv2</rpm:license>
                <rpm:sourcerpm>bear-4.1-1.src.rpm</rpm:sourcerpm>
                <rpm:header-range start="280" end="1697"/>
                <rpm:provides><rpm:entry name="bear" flags="EQ" epoch="0" ver="4.1" rel="1"/></rpm:provides>
                <file>/tmp/bear.txt</file>
              </format>
            </package>""".formatted(SHA256);

    private final List<ListedPackage> packages = new ArrayList<>();

    private PrimaryReader.Summary read(String elements) throws IOException {
        return readWhole(HEAD + elements + "\n</metadata>\n");
    }

    private PrimaryReader.Summary readWhole(String document) throws IOException {
        return PrimaryReader.read(new ByteArrayInputStream(document.getBytes(UTF_8)), "the list", packages::add);
    }

    @Test
    void allThatIsKeptOfAPackage() throws IOException {
        PrimaryReader.Summary summary = read(GOOD);
        assertThat(summary).isEqualTo(new PrimaryReader.Summary(1, summary.declared(), 0, List.of()));
        assertThat(summary.warning()).isNull();
        assertThat(packages)
                .containsExactly(new ListedPackage(
                        new Nevra("bear", 1, "4.1", "1.el9", "noarch"),
                        Digest.sha256(SHA256),
                        new Location("b/bear-4.1-1.noarch.rpm", "b/bear-4.1-1.noarch.rpm", "https://h/x/"),
                        2438,
                        1331831374,
                        1331831358,
                        280,
                        1697,
                        "bear-4.1-1.src.rpm",
                        HEAD.length(),
                        GOOD.length()));
    }

    @Test
    void whatNeedNotBeSaid() throws IOException {
        read(
                "<package><name>n</name><arch>src</arch><version ver='1' rel='2'/><checksum type='sha'>"
                        + "0".repeat(40)
                        + "</checksum><location href='n.rpm'/><time file='yesterday'/><format><rpm:sourcerpm/></format></package>");
        assertThat(packages)
                .singleElement()
                .satisfies(one -> assertThat(one)
                        .isEqualTo(new ListedPackage(
                                new Nevra("n", 0, "1", "2", "src"),
                                Digest.parse(Algorithm.SHA1, "0".repeat(40)),
                                new Location("n.rpm", "n.rpm", null),
                                -1,
                                -1,
                                -1,
                                -1,
                                -1,
                                null,
                                one.elementOffset(),
                                one.elementBytes())));
    }

    @Test
    void theChecksumThatIsThePackagesIsTaken() throws IOException {
        String another = "<checksum type='md5'>" + "0".repeat(32) + "</checksum>";
        read(GOOD.replace("<checksum", another + "<checksum") + GOOD.replace("</checksum>", "</checksum>" + another));
        assertThat(packages)
                .extracting(ListedPackage::checksum)
                .containsOnly(Digest.sha256(SHA256))
                .hasSize(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "<name>bear</name>|<name/>|no name",
                "<name>bear</name>||no name",
                "<name>bear</name>|<name>../bear</name>|slash",
                "<name>bear</name>|<name>a b</name>|blank",
                "<arch>noarch</arch>|<arch>&#10;</arch>|no architecture",
                "ver=\"4.1\"|ver=''|no version",
                "rel=\"1.el9\"|x=''|no release",
                "epoch=\"1\"|epoch='x'|epoch 'x'",
                "epoch=\"1\"|epoch='4294967296'|32 bits",
                "type=\"sha256\"|type='sha3'|'sha3'",
                "type=\"sha256\"|x=''|kind",
                "type=\"sha256\"|type='md5'|32 hexadecimal",
                "href=\"b|href=\"../b|leaves the repository",
                "href=\"b|href=\"/b|absolute",
                "href=\"b|x=\"b|no location",
                "https://h/x/|ftp://h/|the base 'ftp://h/'",
                "package=\"2438\"|package='many'|size 'many'",
                "start=\"280\"|start='-1'|start '-1'",
            })
    void anOddPackageIsSkippedAndSaid(String from, String to, String word) throws IOException {
        String odd = GOOD.replace(from, to == null ? "" : to);
        assertThat(odd).isNotEqualTo(GOOD);
        PrimaryReader.Summary summary = read(GOOD + odd + GOOD);
        assertThat(packages).hasSize(2);
        assertThat(summary.skippedCount()).isEqualTo(1);
        assertThat(summary.skipped())
                .singleElement()
                .asString()
                .contains(word, "at byte " + (HEAD.length() + GOOD.length()));
        assertThat(summary.warning()).isEqualTo("it says that it has 1 packages, and has 3");
    }

    @Test
    void noMoreThanTheFirstOddOnesAreSaid() throws IOException {
        PrimaryReader.Summary summary = read("<package/>".repeat(1000));
        assertThat(summary.skippedCount()).isEqualTo(1000);
        assertThat(summary.skipped()).hasSize(10);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<package><name>x</nam></package>",
                "<package><name>&xxe;</name></package>",
                "<package><name>&lt</name></package>",
                "<package><a b='<'/></package>",
                "<package><a b='1' b='2'/></package>",
                "<package>&#0;</package>",
                "<package></p></package>",
                "<package></packages>",
            })
    void whatIsNoXmlIsRefusedAsAWhole(String element) {
        assertThatThrownBy(() -> read(GOOD + element))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_INVALID))
                .hasMessageStartingWith("the list, at byte " + (HEAD.length() + GOOD.length()));
        assertThat(packages).hasSize(1);
    }

    @Test
    void otherListsAreRefused() {
        assertThatThrownBy(() -> readWhole("<filelists packages='0'/>")).hasMessageContaining("'<filelists>'");
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() {
        byte[] document = ("<metadata>" + GOOD.replace("dummy", "l\u00e4ngs") + "</metadata>").getBytes(ISO_8859_1);
        assertThatThrownBy(() -> PrimaryReader.read(new ByteArrayInputStream(document), "the list", packages::add))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("no well-formed XML");
    }

    @Test
    void realListsAreReadInFull() throws IOException {
        List<Path> lists = new ArrayList<>();
        for (String packed : List.of(".gz", ".xz", ".zst")) {
            lists.addAll(RpmData.endingWith("primary.xml" + packed));
        }
        // empty on purpose
        lists.removeIf(list -> list.toString().contains("ZCHUNK"));
        assertThat(lists).hasSizeGreaterThan(30);
        for (Path list : lists) {
            packages.clear();
            PrimaryReader.Summary summary;
            try (InputStream open = Decompressed.open(Files.newInputStream(list), list.toString(), 1 << 30)) {
                summary = PrimaryReader.read(open, list.toString(), packages::add);
            }
            assertThat(summary.skipped()).as(list.toString()).isEmpty();
            assertThat(summary.packages()).isEqualTo(packages.size());
            if (!list.toString().contains("subset")) {
                assertThat(summary.warning()).as(list.toString()).isNull();
            }
            assertThat(packages).as(list.toString()).allSatisfy(one -> {
                assertThat(one.sizeBytes()).isPositive();
                assertThat(one.buildSeconds()).isPositive();
                assertThat(one.headerEnd()).isGreaterThan(one.headerStart());
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "big-metadata/large-primary.xml.gz, 100, ORBit2-2.14.19-13.el7.i686",
        "repo-rpmsphere-noarch-zst/repodata/e4289218034fb9289368af6c080734a33c5a07f5b4e09db334e5c2f0249948a1-primary.xml.zst, 1055,",
        "libzypp-testdata/zypp/tests/data/11.0-update/repodata/primary.xml.gz, 2430,",
        "repo-trivy-xmlbase/rpm/releases/9/x86_64/repodata/e039055bd0fdd0d332f3d3b46c420aa48b8aadd63b82c8eea2e2e1040e76bae6-primary.xml.gz, 1, trivy-0.72.0-1.x86_64",
    })
    void realListsHaveWhatTheyHave(String name, int count, String first) throws IOException {
        try (InputStream open = Decompressed.open(Files.newInputStream(RpmData.path(name)), name, 1 << 30)) {
            PrimaryReader.read(open, name, packages::add);
        }
        assertThat(packages).hasSize(count);
        if (first != null) {
            assertThat(packages.get(0).nevra()).hasToString(first);
        }
    }

    @Test
    void realOnesWithFaults() throws IOException {
        PrimaryReader.Summary summary = readWhole(
                new String(RpmData.bytes("createrepo_c-testdata/modified_repo_files/error_00-primary.xml"), UTF_8));
        assertThat(packages).extracting(one -> one.nevra().name()).containsExactly("super_kernel");
        assertThat(summary.skipped()).singleElement().asString().contains("'fake_bash'", "no checksum");
    }
}
