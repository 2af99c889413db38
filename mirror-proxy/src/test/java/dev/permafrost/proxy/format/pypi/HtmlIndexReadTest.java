package dev.permafrost.proxy.format.pypi;

import static dev.permafrost.proxy.format.pypi.IndexPages.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.format.pypi.FileRecord.CoreMetadata;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PEP 503's pages and their later attributes. */
class HtmlIndexReadTest {
    private static ProjectPage page(String html) {
        return read(IndexFormat.HTML, html).page();
    }

    private static FileRecord only(String html) {
        List<FileRecord> files = page(html).files();
        assertThat(files).hasSize(1);
        return files.get(0);
    }

    @Test
    void pypisOwnPage() {
        IndexReader.Result result = read(IndexFormat.HTML, "six", IndexPages.SIX_HTML);
        ProjectPage.Header header = result.page().header();
        assertThat(header.project()).hasToString("six");
        assertThat(header.apiVersion()).isEqualTo("1.4");
        assertThat(header.status()).isEqualTo("active");
        assertThat(header.lastSerial()).isEqualTo(10281946);
        assertThat(header.format()).isEqualTo(IndexFormat.HTML);
        assertThat(header.etag()).isEqualTo("\"tag-six\"");
        assertThat(header.versions()).isEmpty();
        assertThat(result.skippedCount()).isZero();
        assertThat(result.page().files())
                .extracting(FileRecord::filename)
                .containsExactly("six-0.9.1.tar.gz", "six-1.16.0-py2.py3-none-any.whl", "six-1.16.0.tar.gz");
        FileRecord wheel = result.page().files().get(1);
        assertThat(wheel.url())
                .isEqualTo(
                        "https://files.pythonhosted.org/packages/d9/5a/"
                                + "e7c31adbe875f2abbb91bd84cf2dc52d792b5a01506781dbcf25c91daf11/six-1.16.0-py2.py3-none-any.whl");
        assertThat(wheel.digests())
                .isEqualTo(Map.of(
                        Algorithm.SHA256,
                        Digest.sha256("8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254")));
        assertThat(wheel.requiresPython()).isEqualTo(">=2.7, !=3.0.*, !=3.1.*, !=3.2.*");
        assertThat(wheel.coreMetadata())
                .isEqualTo(new CoreMetadata(Map.of(
                        Algorithm.SHA256,
                        Digest.sha256("d82ba2ec66d5c46b6fb5f8b4f1f7bd9bd4e1a1a2c2ca1e5b8b3d2ea5e59c56fe"))));
        assertThat(wheel.yanked()).isNull();
        assertThat(wheel.sizeBytes()).isEqualTo(-1);
        assertThat(result.page().files().get(2).yanked()).isEqualTo("breaks \"urllib3\" & friends");
    }

    @Test
    void repeatedTextsAreOneObject() {
        List<FileRecord> files =
                read(IndexFormat.HTML, "six", IndexPages.SIX_HTML).page().files();
        assertThat(files.get(1).requiresPython()).isSameAs(files.get(2).requiresPython());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<a href=\"demo-1.0.zip\">x</a>",
                "<A HREF='demo-1.0.zip'>x</A>",
                "<a href=demo-1.0.zip>x</a>",
                "<a\n\thref = demo-1.0.zip\n>x</a>",
                "<a class=x href=\"demo-1.0.zip\" href=\"other-1.0.zip\" / >x</a>",
                "<a disabled href=demo-1.0.zip data-yanked-not>x</a>",
                "<a/href=demo-1.0.zip>x</a>",
                "<a =x href=demo-1.0.zip>x</a>",
                "\uFEFF<!doctype html><body><p><a href='demo-1.0.zip'>x</body>",
                "<a href=' demo-1.0.zip '><b>x</b></a>",
                "<a href='./x/../demo-1.0.zip#'>x</a>",
                "<a href='&#100;emo&#x2d;1&period;0.zip'>x</a>",
                "<a href='/simple/demo/demo-1.0.zip'>x</a>",
                "<a href='//pypi.org/simple/demo/demo-1.0.zip'>x</a>",
                "<a href='HTTPS://pypi.org/simple/demo/demo-1.0.zip'>x</a>",
                "1 < 2 <a href='demo-1.0.zip'>x</a> 3 <<4 </> </ x> <? php ?> <!> <!-> <![CDATA[ ]]>",
                "<a name=x>anchor</a><a href='demo-1.0.zip'>wrong-2.0.zip</a>"
            })
    void waysToWriteALink(String html) {
        FileRecord file = only(html);
        assertThat(file.filename()).isEqualTo("demo-1.0.zip");
        assertThat(file.url()).isEqualToIgnoringCase("https://pypi.org/simple/demo/demo-1.0.zip");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<!-- <a href='demo-1.0.zip'>x</a> -->",
                "<!-- > -- <a href='demo-1.0.zip'>x</a> --!>",
                "<!--><!---><!----><p><!-- <a href='demo-1.0.zip'> -->",
                "<script>x = \"<a href='demo-1.0.zip'>x</a>\"; </scripty> </ script></script>",
                "<STYLE>a<b/><a href='demo-1.0.zip'></style >",
                "<title><a href='demo-1.0.zip'>x</a></title>",
                "<textarea></text<a href='demo-1.0.zip'></textarea/>",
                "<p title='<a href=demo-1.0.zip>'>",
                "<p title=\"<a href='demo-1.0.zip'>\">",
                "<ab href='demo-1.0.zip'>x</ab>",
                "<a href='../'>Parent Directory</a><a href='?C=N;O=D'>Name</a><a href='/login'>log in</a>",
                "<a href=''>x</a><a href>x</a><a>x</a><a href='#top'>x</a>"
            })
    void notALinkToAFile(String html) {
        IndexReader.Result result = read(IndexFormat.HTML, "<h1>Links for demo</h1>" + html);
        assertThat(result.page().files()).isEmpty();
        assertThat(result.skippedCount()).isZero();
    }

    @Test
    void baseIsHeededOnce() {
        String html = "<base href='https://cdn.example/a/'><base href='https://evil.example/'>"
                + "<a href='demo-1.0.zip'>x</a>";
        assertThat(only(html).url()).isEqualTo("https://cdn.example/a/demo-1.0.zip");
        assertThat(only("<base href='javascript:x'><a href='demo-1.0.zip'>x</a>")
                        .url())
                .isEqualTo("https://pypi.org/simple/demo/demo-1.0.zip");
    }

    @Test
    void passwordOfTheBaseIsNotPassedOn() throws Exception {
        IndexSource source = new IndexSource(
                new ProjectName("demo"), URI.create("http://me:secret@h:81/s/demo/"), null, null, Instant.EPOCH);
        byte[] html = "<a href='demo-1.0.zip'>x</a><a href='http://me:secret@h:81/demo-2.0.zip'>x</a>"
                .getBytes(StandardCharsets.UTF_8);
        IndexReader.Result result =
                new HtmlIndexReader().read(new ByteArrayInputStream(html), source, IndexLimits.DEFAULT);
        assertThat(result.page().files())
                .extracting(FileRecord::url)
                .containsExactly("http://h:81/s/demo/demo-1.0.zip");
        assertThat(result.skipped())
                .singleElement()
                .asString()
                .contains("user information")
                .doesNotContain("secret");
        assertThatThrownBy(() ->
                        new HtmlIndexReader().read(new ByteArrayInputStream(new byte[0]), source, IndexLimits.DEFAULT))
                .hasMessageContaining("http://h:81/s/demo/")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "data-yanked|",
                "data-yanked=''|",
                "data-yanked='CVE &lt;1&gt;'|CVE <1>",
                "DATA-YANKED=bad|bad",
                "data-yanked='a&amp;amp;b'|a&amp;b",
                "data-yanked='a&b &unknown; &lt &ltx &#0;'|a&b &unknown; < &ltx \uFFFD"
            })
    void yanked(String attribute, String reason) {
        assertThat(only("<a href=demo-1.0.zip " + attribute + ">x</a>").yanked())
                .isEqualTo(reason == null ? "" : reason);
    }

    @Test
    void attributesOfLaterPeps() {
        FileRecord file = only("<a href='demo-1.0.zip#egg=demo&md5=" + "0".repeat(32) + "&sha256=" + "A".repeat(64)
                + "' data-gpg-sig=true data-core-metadata=true data-dist-info-metadata='sha256=" + "1".repeat(64)
                + "' data-provenance='https://pypi.org/integrity/x' data-requires-python=''>x</a>");
        assertThat(file.digests().keySet()).containsExactly(Algorithm.SHA256, Algorithm.MD5);
        assertThat(file.gpgSig()).isTrue();
        assertThat(file.coreMetadata()).isEqualTo(new CoreMetadata(Map.of()));
        assertThat(file.provenance()).isEqualTo("https://pypi.org/integrity/x");
        assertThat(file.requiresPython()).isNull();
        FileRecord other = only("<a href='demo-1.0.zip#blake3=00' data-gpg-sig=false data-core-metadata=false "
                + "data-dist-info-metadata=true data-yanked-not>x</a>");
        assertThat(other.digests()).isEmpty();
        assertThat(other.gpgSig()).isFalse();
        assertThat(other.coreMetadata()).isNull();
        assertThat(only("<a href=demo-1.0.zip data-dist-info-metadata='sha256=nonsense'>x</a>")
                        .coreMetadata())
                .isEqualTo(new CoreMetadata(Map.of()));
    }

    @Test
    void provenanceIsWhereItsLinkLeads() {
        assertThat(only("<base href='https://cdn.example/a/'><a href='demo-1.0.zip' data-provenance='../p/demo'>x</a>")
                        .provenance())
                .isEqualTo("https://cdn.example/p/demo");
        assertThat(only("<a href='demo-1.0.zip' data-provenance=''>x</a>").provenance())
                .isNull();
        assertThat(only("<a href='demo-1.0.zip' data-provenance='javascript:x'>x</a>")
                        .provenance())
                .isNull();
    }

    @Test
    void nameIsTheDecodedEndOfTheUrl() {
        FileRecord file = only("<a href='demo-1.0%2Bcpu~ü.zip?x=/y'>demo</a>");
        assertThat(file.filename()).isEqualTo("demo-1.0+cpu~ü.zip");
        assertThat(file.url()).isEqualTo("https://pypi.org/simple/demo/demo-1.0%2Bcpu~%C3%BC.zip?x=/y");
    }

    @Test
    void malformedUtf8BecomesReplacements() {
        byte[] html = "<a href=demo-1.0.zip data-yanked='\u00ff!'>x</a>".getBytes(StandardCharsets.ISO_8859_1);
        FileRecord file = read(IndexFormat.HTML, "demo", new ByteArrayInputStream(html))
                .page()
                .files()
                .get(0);
        assertThat(file.yanked()).isEqualTo("\uFFFD!");
    }

    @Test
    void versionsOfTheApi() {
        assertThat(page("<meta name=pypi:repository-version content=1.99>")
                        .header()
                        .apiVersion())
                .isEqualTo("1.99");
        assertThat(page("<title>Links for demo</title>").header().apiVersion()).isEqualTo("1.0");
        assertThatThrownBy(() -> page("<meta content=2.0 name=pypi:repository-version>"))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_INVALID))
                .hasMessageContaining("'2.0'")
                .hasMessageContaining("demo");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<meta name='pypi:repository-version' content='1.0'>",
                "<title>Links for demo</title>",
                "<TITLE>root/pypi: links for demo</TITLE>",
                "<html><body><h1 class=x>Index of /simple/demo/</h1><hr><a href='../'>../</a>"
            })
    void anEmptyPageThatSaysWhatItIs(String html) {
        assertThat(page(html).files()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<html><title>Sign in</title><form action='/login'><a href='/forgot'>Forgot your password?</a></form>",
                "<html><h1>We are down for maintenance</h1></html>",
                "<html><!-- Links for demo --><p>Links for demo</p></html>",
                "<html><title>Sign in</title><a href='javascript:go()'>go on</a></html>"
            })
    void aPageOfAPortalIsNoEmptyProject(String html) {
        assertThatThrownBy(() -> page(html))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_INVALID))
                .hasMessageContaining("login");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain text",
                "{\"files\": []}",
                "<",
                "<html><a",
                "<html><a href",
                "<html><a href=",
                "<html><a href='demo-1.0.zip",
                "<html><a href='demo-1.0.zip'",
                "<html><a href='demo-1.0.zip'>demo-1",
                "<html><a href=demo-1.0.zip>demo</",
                "<html><a href=demo-1.0.zip>demo</a",
                "<html><!-- SERIAL",
                "<html><!",
                "<html><!-",
                "<html><!doctype",
                "<html><?xml",
                "<html></",
                "<html></ x",
                "<html><script>x",
                "<html><script>x</script",
                "<html><script>x</scr",
                "<html><title>x<"
            })
    void truncatedOrNoPage(String html) {
        assertThatThrownBy(() -> page(html))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_INVALID))
                .hasMessageContaining("demo");
    }
}
