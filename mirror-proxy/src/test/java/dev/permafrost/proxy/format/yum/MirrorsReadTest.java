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
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who has a repository, as metalinks of both versions and plain lists say it. */
class MirrorsReadTest {
    private static final String SHA256 = "abababababababababababababababababababababababababababababababab";
    private static final String SHA1 = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd";

    private static Metalink metalink(String xml) {
        return Metalink.read(xml.getBytes(UTF_8), "the metalink");
    }

    private static Metalink version3(String file) {
        return metalink(
                "<metalink version='3.0' xmlns='http://www.metalinker.org/' xmlns:mm0='m'><files><file name='repomd.xml'>"
                        + file + "</file></files></metalink>");
    }

    private static String url(String attributes, String base) {
        return "<url " + attributes + ">" + base + "repodata/repomd.xml</url>";
    }

    private static Mirrorlist list(String text) {
        return Mirrorlist.read(text.getBytes(UTF_8), "the list");
    }

    private static void assertInvalid(ThrowingCallable reading, String word) {
        assertThatThrownBy(reading)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_INVALID))
                .hasMessageContaining(word);
    }

    @Test
    void version3() {
        Metalink metalink = version3("<mm0:timestamp>5</mm0:timestamp><size>6</size><verification><hash type='sha1'>"
                + SHA1
                + "</hash><hash type='sha256'>" + SHA256 + "</hash><signature type='pgp'>x</signature></verification>"
                + "<mm0:alternates><mm0:alternate><mm0:timestamp>4</mm0:timestamp><size>3</size><verification>"
                + "<hash type='sha1'>" + SHA1 + "</hash></verification></mm0:alternate></mm0:alternates><resources>"
                + url("protocol='http' preference='98' location='US'", "http://a/")
                + url("protocol='rsync' preference='100'", "rsync://b/")
                + url("protocol='https' preference='99' location='DE'", "https://c/x/")
                + url("preference='98'", "http://d/")
                + url("preference='foobar'", "http://e/")
                + url("preference='-5'", "http://f/")
                + url("", "http://g/")
                + url("preference='1000'", "http://h/")
                + "<url/></resources>");
        assertThat(metalink.versions())
                .containsExactly(
                        new Metalink.Version(5, 6, List.of(Digest.sha256(SHA256), Digest.parse(Algorithm.SHA1, SHA1))),
                        new Metalink.Version(4, 3, List.of(Digest.parse(Algorithm.SHA1, SHA1))));
        assertThat(metalink.mirrors())
                .extracting(mirror -> mirror.base().toString(), Metalink.Mirror::location, Metalink.Mirror::preference)
                .containsExactly(
                        tuple("http://h/", null, 100),
                        tuple("https://c/x/", "DE", 99),
                        tuple("http://a/", "US", 98),
                        tuple("http://d/", null, 98),
                        tuple("http://e/", null, 0),
                        tuple("http://f/", null, 0),
                        tuple("http://g/", null, 0));
        assertThat(metalink.warnings()).isEmpty();
    }

    @Test
    void version4() {
        Metalink metalink = metalink("<metalink xmlns='urn:ietf:params:xml:ns:metalink'><file name='other'>"
                + url("", "http://z/") + "</file><file name='repomd.xml'><size>6</size><hash type='sha-256'>" + SHA256
                + "</hash><hash type='sha-1'>" + SHA1 + "</hash>" + url("priority='2' location='de'", "http://a/")
                + url("priority='1'", "http://b/") + url("", "http://c/") + url("priority='999999'", "ftp://d/")
                + url("priority='300'", "https://e/") + "</file></metalink>");
        assertThat(metalink.versions())
                .containsExactly(new Metalink.Version(
                        -1, 6, List.of(Digest.sha256(SHA256), Digest.parse(Algorithm.SHA1, SHA1))));
        assertThat(metalink.mirrors())
                .extracting(mirror -> mirror.base().getHost())
                .containsExactly("c", "b", "a", "e");
    }

    @Test
    void aChecksumThatNoFileCanHaveIsNotPassedOver() {
        String good = "<mm0:alternates><mm0:alternate><verification><hash type='sha256'>" + SHA256
                + "</hash></verification></mm0:alternate></mm0:alternates>";
        String bad = "<verification><hash type='md5'>bad</hash><hash type='sha1'>" + SHA1 + "</hash></verification>";
        assertThat(version3(bad + good).versions())
                .containsExactly(new Metalink.Version(-1, -1, List.of(Digest.sha256(SHA256))));
        assertThat(version3(bad + good).warnings()).singleElement().asString().contains("'bad'");
        assertInvalid(() -> version3(bad), "none is whole");
        assertThat(version3("<verification><hash type='foo'>x</hash></verification>")
                        .versions())
                .isEmpty();
    }

    @Test
    void whatIsNoMirrorIsLeftOut() {
        assertThat(version3(
                                "<resources>" + url("", "http://u:p@h/") + url("", "http://h h/") + url("", "/x/")
                                        + "<url>http://a/repodata/repomd.xml?x=1</url><url>http://a/other.xml</url></resources>")
                        .mirrors())
                .isEmpty();
        assertThat(version3("<resources><url>http://a/other.xml</url></resources>")
                        .warnings())
                .containsExactly("the mirror 'http://a/other.xml' does not end in repodata/repomd.xml");
        assertThat(version3(url("preference='9'", "http://a/")).mirrors()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "http://h/",
                "<html/>",
                "<metalink/>",
                "<metalink><files><file name='x'/></files></metalink>",
                "<!DOCTYPE metalink [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><metalink>&a;</metalink>",
                "<metalink><files><file name='repomd.xml'>"
            })
    void whatIsNoMetalinkOfARepositoryIsRefused(String document) {
        assertInvalid(() -> metalink(document), "the metalink is not usable");
    }

    @Test
    void aListHasAMirrorALine() {
        Mirrorlist list = list("# repo = x\n\n  http://a/fedora \r\nhttps://b/$basearch/\nftp://c/\nnonsense line\n"
                + "http://a/fedora/\nhttp://u:p@d/\n#http://e/\nHTTP://F/");
        assertThat(list.mirrors())
                .extracting(URI::toString)
                .containsExactly("http://a/fedora/", "https://b/$basearch/", "HTTP://F/");
        assertThat(list.left()).isEqualTo(3);
        assertThat(list("").mirrors()).isEmpty();
        assertThat(list("# nothing").mirrors()).isEmpty();
    }

    @Test
    void whatIsNoListIsRefused() {
        assertInvalid(() -> list("\n<!DOCTYPE html><html><p>Log in first"), "a page, not a list of mirrors");
        assertInvalid(() -> list("<?xml version='1.0'?>\n<metalink version='3.0'/>"), "metalink:");
    }

    @Test
    void whatIsTooMuchIsRefused() {
        StringBuilder many = new StringBuilder();
        for (int i = 0; i <= Mirrorlist.MIRRORS_MAX; i++) {
            many.append("http://h").append(i).append("/\n");
        }
        assertThatThrownBy(() -> list(many.toString())).hasMessageContaining("more than 10000 mirrors");
        assertThatThrownBy(() -> list("#".repeat((1 << 20) + 1))).hasMessageContaining("1048577 bytes");
        assertThatThrownBy(() -> version3("<x/>".repeat(100_000))).hasMessageContaining("more elements");
        assertThatThrownBy(() -> metalink("#".repeat((4 << 20) + 1))).hasMessageContaining("4194305 bytes");
    }

    @Test
    void realMetalinks() throws IOException {
        String folder = "librepo-testdata/metalinks/";
        Metalink good = Metalink.read(RpmData.bytes(folder + "metalink_good_01"), "good");
        assertThat(good.versions()).singleElement().satisfies(version -> {
            assertThat(version.timestampSeconds()).isEqualTo(1337942396);
            assertThat(version.sizeBytes()).isEqualTo(4309);
            assertThat(version.digests())
                    .extracting(Digest::algorithm)
                    .containsExactly(Algorithm.SHA512, Algorithm.SHA256, Algorithm.SHA1, Algorithm.MD5);
        });
        assertThat(good.mirrors())
                .hasSizeGreaterThan(30)
                .isSortedAccordingTo((a, b) -> b.preference() - a.preference());
        assertThat(good.mirrors().get(0).base())
                .isEqualTo(URI.create("http://mirror.pnl.gov/fedora/linux/releases/17/Everything/x86_64/os/"));
        assertThat(Metalink.read(RpmData.bytes(folder + "metalink_with_alternates"), "two")
                        .versions())
                .hasSizeGreaterThan(1);
        Metalink odd = Metalink.read(RpmData.bytes(folder + "metalink_bad_01"), "odd");
        assertThat(odd.versions())
                .singleElement()
                .satisfies(version -> assertThat(version.sizeBytes()).isEqualTo(-1));
        assertThat(odd.mirrors()).hasSize(1);
        assertThat(odd.warnings()).hasSize(2);
        assertThat(Metalink.read(RpmData.bytes(folder + "metalink_bad_02"), "none")
                        .mirrors())
                .isEmpty();
        for (String bad : List.of("01", "02", "03")) {
            byte[] document = RpmData.bytes(folder + "metalink_really_bad_" + bad);
            assertInvalid(() -> Metalink.read(document, "bad"), "bad is not usable");
        }
        Path servers = RpmData.path("librepo-testdata/servermock-static/metalink/metalink_with_alternates.xml");
        assertThat(Metalink.read(Files.readAllBytes(servers), "alternates").versions())
                .extracting(Metalink.Version::timestampSeconds)
                .containsExactly(1347459931L);
    }

    @Test
    void realLists() throws IOException {
        Mirrorlist list = Mirrorlist.read(RpmData.bytes("librepo-testdata/mirrorlists/mirrorlist_01"), "one");
        assertThat(list.mirrors()).containsExactly(URI.create("http://foo.bar/fedora/linux/"));
        assertThat(list.left()).isEqualTo(1);
        assertThat(Mirrorlist.read(RpmData.bytes("librepo-testdata/mirrorlists/mirrorlist_02"), "two")
                        .mirrors())
                .isEmpty();
    }
}
