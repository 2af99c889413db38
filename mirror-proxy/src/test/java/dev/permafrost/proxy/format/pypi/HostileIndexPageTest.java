package dev.permafrost.proxy.format.pypi;

import static dev.permafrost.proxy.format.pypi.IndexPages.generated;
import static dev.permafrost.proxy.format.pypi.IndexPages.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a page may do to us: nothing. */
class HostileIndexPageTest {
    private static final Duration GENEROUS = Duration.ofSeconds(10);

    private static String json(String filename, String url) {
        return "{\"files\":[{\"filename\":\"" + filename + "\",\"url\":\"" + url
                + "\"},{\"filename\":\"good-1.0.zip\",\"url\":\"good-1.0.zip\"}]}";
    }

    private static void assertOnlyTheGoodOneLeft(IndexReader.Result result) {
        assertThat(result.page().files()).extracting(FileRecord::filename).containsExactly("good-1.0.zip");
        assertThat(result.skippedCount()).isEqualTo(1);
        assertThat(result.skipped()).hasSize(1);
        assertThat(result.skipped().get(0))
                .matches("[^\\p{Cc}\\p{Cf}\\u2028\\u2029]+")
                .hasSizeLessThan(300);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..%2f..%2fetc%2fpasswd",
                "x/..%2fbad-1.0.zip",
                "x/%2e%2e%5cbad-1.0.zip",
                "bad-1.0.zip%00.whl",
                "bad%0aGET-1.0.zip",
                "bad-1.0%3bx.zip",
                "bad-1.0%23.zip",
                "bad-1.0%2523.zip",
                "bad-1.0%zz.zip",
                "bad-1.0%ff.zip",
                ".bad-1.0.zip",
                "bad-1.0.zip&#10;x",
                "bad-1.0.zip&#x7;",
                "bad&#x202e;-1.0.zip",
                "javascript:alert(1)//bad-1.0.zip",
                "JaVaScRiPt:alert(1)",
                "data:text/html,bad-1.0.zip",
                "file:///etc/bad-1.0.zip",
                "ftp://h/bad-1.0.zip",
                "mailto:bad-1.0.zip",
                "http:bad-1.0.zip",
                "http:///bad-1.0.zip",
                "https://me@h/bad-1.0.zip",
                "https://me:pw@h/bad-1.0.zip",
                "https://h:port]/bad-1.0.zip",
                "bad-1.0.zip#sha256=nonsense",
                "bad-1.0.zip#md5=00",
                "good-1.0.zip"
            })
    void badLinkInHtmlIsSkipped(String href) {
        String good = "<a href='good-1.0.zip'>good-1.0.zip</a>";
        String bad = "<a href=\"" + href + "\">bad</a>";
        assertOnlyTheGoodOneLeft(read(IndexFormat.HTML, href.startsWith("good") ? good + bad : bad + good));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../bad-1.0.zip",
                "..",
                "",
                "a/b.zip",
                "a\\\\b.zip",
                "bad\\n2026 INFO forged.zip",
                "bad\\u0000.zip",
                "bad\\u202e.zip",
                "bad%2f.zip",
                "bad#.zip",
                "bad?.zip",
                "bad;.zip",
                "\\ud800.zip"
            })
    void badNameInJsonIsSkipped(String filename) {
        assertOnlyTheGoodOneLeft(read(IndexFormat.JSON, json(filename, "bad-1.0.zip")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "javascript:alert(1)",
                "file:///etc/passwd",
                "//me@h/x",
                "https://me:pw@h/x",
                "bad\\u0000",
                "bad\\r\\nHost: x",
                "http://",
                "http:///x",
                "https://h/ ]["
            })
    void badUrlInJsonIsSkipped(String url) {
        assertOnlyTheGoodOneLeft(read(IndexFormat.JSON, json("bad-1.0.zip", url)));
    }

    @Test
    void longNamesAndUrlsAreSkipped() {
        assertOnlyTheGoodOneLeft(read(IndexFormat.JSON, json("b".repeat(300) + ".zip", "bad-1.0.zip")));
        assertOnlyTheGoodOneLeft(read(IndexFormat.JSON, json("bad-1.0.zip", "b".repeat(5000))));
    }

    @Test
    void fileWithoutNameUrlOrGoodHashIsSkipped() {
        assertOnlyTheGoodOneLeft(read(
                IndexFormat.JSON,
                "{\"files\":[{\"url\":\"bad-1.0.zip\"},{\"filename\":\"good-1.0.zip\",\"url\":\"good-1.0.zip\"}]}"));
        assertOnlyTheGoodOneLeft(read(
                IndexFormat.JSON,
                "{\"files\":[{\"filename\":\"bad-1.0.zip\",\"url\":\"b\",\"hashes\":{\"sha256\":\"zz\"}},"
                        + "{\"filename\":\"good-1.0.zip\",\"url\":\"good-1.0.zip\"}]}"));
    }

    @Test
    void onlyTheFirstReasonsAreKept() {
        IndexReader.Result result =
                read(IndexFormat.HTML, "<title>Links for demo</title>" + "<a href='javascript:x'>x</a>".repeat(1000));
        assertThat(result.skippedCount()).isEqualTo(1000);
        assertThat(result.skipped()).hasSize(10);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<div>",
                "<a>",
                "<a href='x'><b><i>",
                "<a href=demo-1.0.zip>",
                "<!---->",
                "<",
                "</",
                "<!-",
                "</a",
                "<a ",
                "<a b=\"'\" ",
                "<script><",
                "<title></titl",
                "<p a='",
                "&amp;&lt;&#x",
                "<a href='&&&&&&"
            })
    void tenMegabytesOfOneThing(String part) {
        InputStream page = generated("<html><body>", (10 << 20) / part.length(), i -> part, "</body></html>");
        Assertions.assertTimeout(GENEROUS, () -> {
            try {
                assertThat(read(IndexFormat.HTML, "demo", page).page().files()).hasSizeLessThan(2);
            } catch (StoreException e) {
                assertThat(e.kind()).isIn(FailureKind.UPSTREAM_INVALID, FailureKind.UPSTREAM_TOO_LARGE);
            }
        });
    }

    @Test
    void nestedJsonIsRefused() {
        InputStream page = generated("{\"x\":", 5 << 20, i -> "[", "");
        assertKind(FailureKind.UPSTREAM_INVALID, () -> read(IndexFormat.JSON, "demo", page));
    }

    @Test
    void longTagIsRefusedWhereItsAttributesCount() {
        assertThatThrownBy(() -> read(IndexFormat.HTML, "<a href='" + "x".repeat(70_000) + "'>x</a>"))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_TOO_LARGE))
                .hasMessageContaining("demo")
                .hasMessageContaining("65536");
        String logo = "<img src='data:image/png;base64," + "x".repeat(200_000) + "'><a href='demo-1.0.zip'>x</a>";
        assertThat(read(IndexFormat.HTML, logo).page().files()).hasSize(1);
    }

    @Test
    void longJsonValuesAreRefusedWhereTheyCount() {
        String longText = "x".repeat(70_000);
        assertKind(
                FailureKind.UPSTREAM_INVALID,
                () -> read(IndexFormat.JSON, "{\"files\":[{\"filename\":\"" + longText + "\"}]}"));
        assertThat(read(IndexFormat.JSON, "{\"x\":\"" + longText + "\",\"files\":[]}")
                        .skippedCount())
                .isZero();
    }

    @Test
    void textKeptIsBounded() {
        IndexLimits limits = new IndexLimits(1000, 1 << 20, 100);
        InputStream page = generated("<p>", 10, i -> "<a href='demo-" + i + ".zip'>x</a>", "");
        assertThatThrownBy(() -> new HtmlIndexReader().read(page, IndexPages.source("demo"), limits))
                .hasMessageContaining("demo")
                .hasMessageContaining("text-chars-max of 100");
    }

    @Test
    void logLinesCantBeForged() {
        String quoted = PlainText.quoted("a\n\u001b[31m\u202e\u0085\ud800'é");
        assertThat(quoted).isEqualTo("'a\\u000a\\u001b[31m\\u202e\\u0085\\ud800'é'");
        assertThat(PlainText.quoted("x".repeat(500))).hasSize(123).endsWith("…'");
        List<String> skipped =
                read(IndexFormat.JSON, json("a\\n2026 ERROR.zip", "x")).skipped();
        assertThat(skipped).containsExactly("'a\\u000a2026 ERROR.zip': an unsafe file name");
    }

    private static void assertKind(FailureKind kind, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(kind));
    }
}
