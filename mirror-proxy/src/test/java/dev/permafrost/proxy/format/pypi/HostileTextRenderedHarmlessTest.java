package dev.permafrost.proxy.format.pypi;

import static dev.permafrost.proxy.format.pypi.IndexPages.rendered;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever stands in a field, the page has the tags and the keys that we wrote and no others. */
class HostileTextRenderedHarmlessTest {
    private static final PageRenderer ALL = new PageRenderer(file -> null, false);

    private static ProjectPage page(String name, String text) {
        FileRecord file = new FileRecord(name, "https://h/x", Map.of(), text, text, 1, text, null, null, text);
        ProjectPage.Header header = new ProjectPage.Header(
                new ProjectName("demo"),
                text,
                text,
                text,
                List.of(text),
                7,
                text,
                text,
                Instant.EPOCH,
                IndexFormat.JSON,
                1);
        return new ProjectPage(header, List.of(file));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "<script>alert(1)</script>",
                "\"><img src=x onerror=alert(1)>",
                "' onmouseover='alert(1)",
                "--><svg/onload=alert(1)>",
                "</title><style>*{}</style>",
                "&lt;b&gt; &quot; &#x22;",
                "\u0000\u0001\u001b\u007f\u0085",
                "\ud800 \udc00 \ud83d\ude00",
                "\r\nX-Header: 1",
                "${jndi:x} {{7*7}} \\\" \\u003c",
                "\u2028\u2029"
            })
    void text(String text) throws IOException {
        ProjectPage page = page("demo-1.0.zip", text);
        String html = rendered(IndexFormat.HTML, page, ALL);
        assertThat(html.replaceAll("(content|data-requires-python|data-yanked)=\"[^\"<>']*\"", "$1"))
                .isEqualTo("""
                        <!DOCTYPE html>
                        <html>
                          <head>
                            <meta charset="utf-8">
                            <title>Links for demo</title>
                            <meta name="pypi:repository-version" content>
                            <meta name="pypi:project-status" content>
                            <meta name="pypi:project-status-reason" content>
                          </head>
                          <body>
                            <h1>Links for demo</h1>
                        <a href="../../packages/demo/demo-1.0.zip" data-requires-python data-yanked>demo-1.0.zip</a><br />
                          </body>
                        </html>
                        <!--SERIAL 7-->
                        """);
        assertThat(html).doesNotContain("\u0000", "\u001b", "\u0085", "\r");
        String json = rendered(IndexFormat.JSON, page, ALL);
        JsonNode tree = new ObjectMapper().readTree(json);
        assertThat(tree.fieldNames())
                .toIterable()
                .containsExactly("files", "meta", "name", "project-status", "versions");
        if (!text.contains("\ud800")) {
            assertThat(tree.at("/files/0/yanked").asText()).isEqualTo(text);
        }
        assertThat(json).doesNotContain("\u0000", "\n", "\r");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "demo-\"><script>.zip",
                "demo-'onx='1.zip",
                "demo-&lt&ampx3c&.zip",
                "demo- 1.0.zip",
                "demo-1.0+cpu!~@:$,=.zip",
                "demo-ü€😀.zip",
                "javascript:alert(1).zip"
            })
    void fileName(String name) throws IOException {
        ProjectPage page = page(name, "");
        String html = rendered(IndexFormat.HTML, page, ALL);
        assertThat(html)
                .containsPattern("<a href=\"\\.\\./\\.\\./packages/demo/[A-Za-z0-9._~%-]+\" [^<>]*>[^<>\"']*</a>");
        JsonNode file = new ObjectMapper()
                .readTree(rendered(IndexFormat.JSON, page, ALL))
                .at("/files/0");
        assertThat(file.get("filename").asText()).isEqualTo(name);
        String url = file.get("url").asText();
        assertThat(url).isEqualTo("../../packages/demo/" + PercentCoding.encoded(name));
        assertThat(IndexPages.read(IndexFormat.HTML, html).page().files())
                .extracting(FileRecord::filename)
                .containsExactly(name);
    }
}
