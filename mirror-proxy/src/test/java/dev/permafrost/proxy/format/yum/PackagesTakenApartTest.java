package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A list of packages is taken apart byte for byte, wherever its tags stand. */
class PackagesTakenApartTest {
    /** All parts, each as a text: the head, then a gap and an element for each package, then the tail. */
    private static List<String> parts(InputStream document) throws IOException {
        PackageElements elements = new PackageElements(document, "the list");
        List<String> parts = new ArrayList<>();
        parts.add(new String(elements.head(), UTF_8));
        while (elements.next()) {
            parts.add(UTF_8.decode(elements.gap()).toString());
            parts.add(UTF_8.decode(elements.element()).toString());
        }
        parts.add(new String(tail(elements), UTF_8));
        return parts;
    }

    private static byte[] tail(PackageElements elements) {
        byte[] tail = elements.tail();
        assertThat(tail).isNotNull();
        return tail == null ? new byte[0] : tail;
    }

    private static List<String> parts(String document) throws IOException {
        return parts(new ByteArrayInputStream(document.getBytes(UTF_8)));
    }

    /** Hands out one byte at a time. */
    private static InputStream slowly(byte[] bytes) {
        return new ByteArrayInputStream(bytes) {
            @Override
            public synchronized int read(byte[] buffer, int offset, int length) {
                return super.read(buffer, offset, Math.min(1, length));
            }
        };
    }

    @Test
    void headGapsElementsAndTail() throws IOException {
        assertThat(parts(
                        "\uFEFF<?xml version='1.0' encoding='utf-8'?>\n<!-- <package/> -->\n<m packages='2' >\n<package>ä</package>"
                                + " <!-- a --><package x='>'/></m >\n<!-- z -->"))
                .containsExactly(
                        "\uFEFF<?xml version='1.0' encoding='utf-8'?>\n<!-- <package/> -->\n<m packages='2' >",
                        "\n",
                        "<package>ä</package>",
                        " <!-- a -->",
                        "<package x='>'/>",
                        "</m >\n<!-- z -->");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<package></package>",
                "<package/>",
                "<package\n/>",
                "<package a=\"</package>\" b='\"'></package >",
                "<package a='/'>x</package>",
                "<package><!-- </package> --></package>",
                "<package><!----></package>",
                "<package><![CDATA[</package>]]></package>",
                "<package><![CDATA[]]]]></package>",
                "<package><?p </package> ?></package>",
                "<package><package></package><package/></package>",
                "<p:package xmlns:p='u'><p:x>></p:x></p:package>",
                "<package>&lt;/package&gt; ä€😀</package>",
            })
    void anElementIsAllThatBelongsToIt(String element) throws IOException {
        List<String> expected = List.of("<m>", "\n", element, "", element, "<other/>", element, "\n</m>");
        String document = String.join("", expected);
        assertThat(parts(document)).isEqualTo(expected);
        assertThat(parts(slowly(document.getBytes(UTF_8)))).isEqualTo(expected);
    }

    @Test
    void onlyPackagesRightBelowTheOutermostElementAre() throws IOException {
        assertThat(parts("<m><group><package/></group><packages/><package/></m>"))
                .containsExactly("<m>", "<group><package/></group><packages/>", "<package/>", "</m>");
        assertThat(parts("<package><x/></package>")).containsExactly("<package>", "<x/></package>");
        assertThat(parts("<m/>")).containsExactly("<m/>", "");
    }

    @Test
    void childrenAreReadAsTheyAreWritten() throws IOException {
        String document =
                "<m><package><!-- <time file='0'/> --><name>n</name><checksum a='>' type=\"sha256\"\n> ab </checksum>"
                        + "<time\tbuild='1'\n file = '2'/><format><size package='9'/></format><sizes/><size package='3' archive='4'/>"
                        + "<location href='a&amp;b'/><url>x<y/></url><twice/><twice/></package>"
                        + "<package><checksum>cd</checksum></package><package/></m>";
        for (InputStream in :
                List.of(new ByteArrayInputStream(document.getBytes(UTF_8)), slowly(document.getBytes(UTF_8)))) {
            PackageElements elements = new PackageElements(in, "the list");
            assertThat(elements.next()).isTrue();
            assertThat(plain(elements, "name").text()).isEqualTo("n");
            assertThat(plain(elements, "checksum").attribute("type")).isEqualTo("sha256");
            assertThat(plain(elements, "checksum").text())
                    .as("a > within quotes")
                    .isNull();
            assertThat(plain(elements, "time").attribute("file")).isEqualTo("2");
            assertThat(plain(elements, "time").attribute("fil")).isNull();
            assertThat(plain(elements, "size").attribute("package")).isEqualTo("3");
            assertThat(plain(elements, "location").attribute("href")).isEqualTo("a&amp;b");
            assertThat(plain(elements, "url").text()).as("more than text").isNull();
            for (String none : List.of("twice", "y", "siz", "none")) {
                assertThat(elements.plain(none)).as(none).isNull();
            }
            assertThat(elements.next()).isTrue();
            assertThat(plain(elements, "checksum").text()).isEqualTo("cd");
            assertThat(elements.plain("name")).as("that of the one before").isNull();
            assertThat(elements.next()).isTrue();
            assertThat(elements.plain("checksum")).isNull();
        }
    }

    private static PackageElements.Plain plain(PackageElements elements, String name) {
        return Objects.requireNonNull(elements.plain(name), name);
    }

    @Test
    void pkgidIsAnAttributeWhereverItStands() throws IOException {
        String document = "<m packages=' 5 '><package pkgid=\"a1\" name='n'/><package name='pkgid=\"x\"' pkgid = 'b2'>"
                + "<x pkgid='y'/></package><package\n\tnotpkgid='z'\n\tpkgid='c3'/><package/><package pkgid='&lt;'/></m>";
        PackageElements elements = new PackageElements(new ByteArrayInputStream(document.getBytes(UTF_8)), "the list");
        assertThat(elements.root()).isEqualTo("m");
        assertThat(elements.declared()).hasValue(5);
        List<String> ids = new ArrayList<>();
        while (elements.next()) {
            ids.add(String.valueOf(elements.pkgid()));
            String element = UTF_8.decode(elements.element()).toString();
            assertThat(elements.elementBytes()).isEqualTo(element.length());
            assertThat(document.substring((int) elements.elementOffset())).startsWith(element);
        }
        assertThat(ids).containsExactly("a1", "b2", "c3", "null", "null");
        assertThat(elements.next()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "<!DOCTYPE m><m/>",
                "<!DOCTYPE m [<!ENTITY a 'b'>]><m>&a;</m>",
                "<m><!DOCTYPE m></m>",
                "<m><![INCLUDE[x]]></m>",
                "<![CDATA[x]]><m/>",
                "<m>",
                "<m><package>",
                "<m><package></package>",
                "<m><package><x></package></m>",
                "<m></m><m></m>",
                "<m></m></m>",
                "</m>",
                "<m",
                "<m a='",
                "<m><!-- ",
                "<m a=1></m>",
                "<m>&e;</m",
                "junk<m></m>",
                "<m <package/></m>",
                "<?xml version='1.0' encoding='utf-16'?><m/>",
                "<?xml version=\"1.0\" encoding = \"ISO-8859-1\" ?><m/>",
                "<\0m\0/\0>\0",
            })
    void whatHasNoBeginningOrNoEndIsRefused(String document) {
        assertThatThrownBy(() -> parts(document))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_INVALID))
                .hasMessageStartingWith("the list");
    }

    @Test
    void deepNestingIsRefused() {
        assertThatThrownBy(() -> parts("<m>" + "<package>".repeat(1_000_000))).hasMessageContaining("32 deep");
        assertThatThrownBy(() -> parts("<m>" + "<x>".repeat(1_000_000))).hasMessageContaining("32 deep");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<m a='", "<!-- ", "<m>", "<m><package>", "<m><package a='", "<m></m>", "<m><!--"})
    void whatNeverEndsIsRefused(String start) {
        InputStream endless = new SequenceInputStream(
                new ByteArrayInputStream(start.getBytes(UTF_8)), new Packed.Repeated("x ".getBytes(UTF_8), 1L << 40));
        assertThatThrownBy(() -> parts(endless))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_TOO_LARGE))
                .hasMessageContaining(
                        "longer than " + (start.endsWith("<package>") ? PackageElements.ELEMENT_BYTES_MAX : 1 << 20));
    }

    @Test
    void aLongElementIsTakenWhole() throws IOException {
        byte[] half = "<file>/usr/share</file>".repeat(1 << 18).getBytes(UTF_8);
        InputStream document = new SequenceInputStream(Collections.enumeration(List.of(
                new ByteArrayInputStream("<m>\n<package pkgid='1'/>\n<package pkgid='2'>".getBytes(UTF_8)),
                new ByteArrayInputStream(half),
                new ByteArrayInputStream("</package><package pkgid='3'/></m>".getBytes(UTF_8)))));
        PackageElements elements = new PackageElements(document, "the list");
        assertThat(elements.next()).isTrue();
        assertThat(elements.next()).isTrue();
        assertThat(elements.elementBytes()).isEqualTo(half.length + "<package pkgid='2'></package>".length());
        assertThat(elements.pkgid()).isEqualTo("2");
        assertThat(UTF_8.decode(elements.gap()).toString()).isEqualTo("\n");
        assertThat(elements.next()).isTrue();
        assertThat(elements.elementOffset())
                .isEqualTo(half.length + "<m>\n<package pkgid='1'/>\n<package pkgid='2'></package>".length());
        assertThat(UTF_8.decode(elements.element()).toString()).isEqualTo("<package pkgid='3'/>");
        assertThat(elements.next()).isFalse();
        assertThat(tail(elements)).asString(UTF_8).isEqualTo("</m>");
    }

    @Test
    void realListsAreTheirPartsAgain() throws IOException {
        List<Path> lists = new ArrayList<>();
        for (String kind : List.of("primary.xml", "filelists.xml", "other.xml", "filelists-ext.xml")) {
            for (String packed : List.of("", ".gz", ".xz", ".zst", ".bz2")) {
                lists.addAll(RpmData.endingWith(kind + packed));
            }
        }
        // empty on purpose
        lists.removeIf(list -> list.toString().contains("ZCHUNK"));
        assertThat(lists).hasSizeGreaterThan(60);
        for (Path list : lists) {
            byte[] document;
            try (InputStream open = Decompressed.open(Files.newInputStream(list), list.toString(), 1 << 30)) {
                document = open.readAllBytes();
            }
            assertIsItsParts(document, list);
        }
    }

    private static void assertIsItsParts(byte[] document, Path list) throws IOException {
        PackageElements elements = new PackageElements(new ByteArrayInputStream(document), list.toString());
        ByteArrayOutputStream parts = new ByteArrayOutputStream();
        parts.write(elements.head());
        long count = 0;
        while (elements.next()) {
            count++;
            for (ByteBuffer part : List.of(elements.gap(), elements.element())) {
                byte[] bytes = new byte[part.remaining()];
                part.get(bytes);
                parts.write(bytes);
            }
            assertThat(Arrays.equals(
                            document,
                            (int) elements.elementOffset(),
                            (int) elements.elementOffset() + 8,
                            "<package".getBytes(UTF_8),
                            0,
                            8))
                    .isTrue();
        }
        parts.write(tail(elements));
        assertThat(Arrays.equals(parts.toByteArray(), document))
                .as(list.toString())
                .isTrue();
        // some were cut down by hand
        if (!list.toString().contains("modified_repo_files") && !list.toString().contains("subset")) {
            assertThat(elements.declared()).as(list.toString()).hasValue(count);
        }
    }
}
