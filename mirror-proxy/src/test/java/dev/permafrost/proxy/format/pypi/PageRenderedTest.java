package dev.permafrost.proxy.format.pypi;

import static dev.permafrost.proxy.format.pypi.IndexPages.read;
import static dev.permafrost.proxy.format.pypi.IndexPages.rendered;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.permafrost.proxy.format.pypi.FileRecord.CoreMetadata;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pages as clients get them. */
class PageRenderedTest {
    private static final HeldFile HELD = new HeldFile(Digest.sha256("cd".repeat(32)), 77);
    private static final PageRenderer ALL = new PageRenderer(file -> null, false);
    private static final PageRenderer ALL_HELD = new PageRenderer(file -> HELD, false);

    private static ProjectPage six() {
        return read(IndexFormat.HTML, "six", IndexPages.SIX_HTML).page();
    }

    private static ProjectPage sample() {
        return read(IndexFormat.JSON, "sampleproject", IndexPages.SAMPLE_JSON).page();
    }

    private static JsonNode json(ProjectPage page, PageRenderer renderer) {
        try {
            return new ObjectMapper().readTree(rendered(IndexFormat.JSON, page, renderer));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static ProjectPage page(@Nullable String status, List<FileRecord> files) {
        return new ProjectPage(
                new ProjectPage.Header(
                        new ProjectName("demo"),
                        "1.0",
                        status,
                        null,
                        List.of(),
                        -1,
                        null,
                        null,
                        Instant.EPOCH,
                        IndexFormat.HTML,
                        files.size()),
                files);
    }

    private static FileRecord file(String name, Map<Algorithm, Digest> digests) {
        return new FileRecord(name, "https://h/" + name, digests, null, null, -1, null, null, null, null);
    }

    @Test
    void html() {
        assertThat(rendered(IndexFormat.HTML, six(), ALL)).isEqualTo("""
                        <!DOCTYPE html>
                        <html>
                          <head>
                            <meta charset="utf-8">
                            <title>Links for six</title>
                            <meta name="pypi:repository-version" content="1.4">
                            <meta name="pypi:project-status" content="active">
                          </head>
                          <body>
                            <h1>Links for six</h1>
                        <a href="../../packages/16/64/1dc5e5976b17466fd7d712e59cbe9fb1e18bec153109e5ba3ed6c9102f1a/six-0.9.1.tar.gz#sha256=cd15ac46e9f8b0d5d6b6d0ac0ac4ba1a3c2f2a9d1bd6b7ef4f2d9a5d7b8ce6c1">six-0.9.1.tar.gz</a><br />
                        <a href="../../packages/d9/5a/e7c31adbe875f2abbb91bd84cf2dc52d792b5a01506781dbcf25c91daf11/six-1.16.0-py2.py3-none-any.whl#sha256=8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254" data-requires-python="&gt;=2.7, !=3.0.*, !=3.1.*, !=3.2.*">six-1.16.0-py2.py3-none-any.whl</a><br />
                        <a href="../../packages/71/39/171f1c67cd00715f190ba0b100d606d440a28c93c7714febeca8b79af85e/six-1.16.0.tar.gz#sha256=1e61c37477a1626458e36f7b1d82aa5c9b094fa4802892072e49de9c60c4c926" data-requires-python="&gt;=2.7, !=3.0.*, !=3.1.*, !=3.2.*" data-yanked="breaks &quot;urllib3&quot; &amp; friends">six-1.16.0.tar.gz</a><br />
                          </body>
                        </html>
                        <!--SERIAL 10281946-->
                        """);
    }

    @Test
    void json() {
        JsonNode page = json(sample(), ALL);
        assertThat(page.at("/meta/api-version").asText()).isEqualTo("1.4");
        assertThat(page.at("/meta/_last-serial").asLong()).isEqualTo(26016045);
        assertThat(page.get("name").asText()).isEqualTo("sampleproject");
        assertThat(page.at("/project-status")).hasToString("{\"status\":\"archived\",\"reason\":\"see the new one\"}");
        assertThat(page.get("versions")).hasToString("[\"1.0\",\"3.0.0\",\"4.0.0\"]");
        JsonNode wheel = page.at("/files/1");
        assertThat(wheel.get("filename").asText()).isEqualTo("sampleproject-4.0.0-py3-none-any.whl");
        assertThat(wheel.get("url").asText())
                .isEqualTo("../../packages/d7/b7/305600405758fd3c1ac8b3c6e1c48fa5a8fd6e4d6bd2d56d2d5e0c2a0a11/"
                        + "sampleproject-4.0.0-py3-none-any.whl");
        assertThat(wheel.get("hashes").fieldNames()).toIterable().containsExactly("sha256", "md5", "blake2b_256");
        assertThat(wheel.get("requires-python").asText()).isEqualTo(">=3.9");
        assertThat(wheel.get("size").asLong()).isEqualTo(4662);
        assertThat(wheel.get("upload-time").asText()).isEqualTo("2024-11-06T22:37:54.084131Z");
        assertThat(wheel.get("yanked")).hasToString("true");
        assertThat(page.at("/files/0/yanked")).hasToString("false");
        assertThat(page.at("/files/0/requires-python").isMissingNode()).isTrue();
        assertThat(page.at("/files/2/yanked")).hasToString("\"wrong metadata\"");
    }

    @Test
    void whatWeDontServeIsNotAdvertised() {
        FileRecord file = new FileRecord(
                "demo-1.0.zip",
                "https://h/x",
                Map.of(),
                null,
                null,
                1,
                null,
                new CoreMetadata(Map.of()),
                true,
                "https://p");
        for (IndexFormat format : IndexFormat.values()) {
            assertThat(rendered(format, page(null, List.of(file)), ALL))
                    .doesNotContain("metadata")
                    .doesNotContain("gpg")
                    .doesNotContain("provenance");
        }
    }

    @Test
    void versionsAreToldFromNamesWhereUpstreamDoesNot() {
        assertThat(json(six(), ALL).get("versions")).hasToString("[\"0.9.1\",\"1.16.0\"]");
    }

    @Test
    void unknownSizeMeansTheOldVersion() {
        ProjectPage page = page(null, List.of(file("demo-1.0.zip", Map.of())));
        assertThat(json(page, ALL).at("/meta/api-version").asText()).isEqualTo("1.0");
        assertThat(json(page, ALL).at("/files/0").has("size")).isFalse();
        assertThat(json(page, ALL_HELD).at("/meta/api-version").asText()).isEqualTo("1.1");
    }

    @Test
    void whatIsHeldFillsInWhatUpstreamLeftOut() {
        Digest md5 = Digest.parse(Algorithm.MD5, "ef".repeat(16));
        ProjectPage page = page(null, List.of(file("demo-1.0.zip", Map.of(Algorithm.MD5, md5))));
        JsonNode file = json(page, ALL_HELD).at("/files/0");
        assertThat(file.get("hashes"))
                .hasToString("{\"sha256\":\"" + "cd".repeat(32) + "\",\"md5\":\"" + "ef".repeat(16) + "\"}");
        assertThat(file.get("size").asLong()).isEqualTo(77);
        assertThat(rendered(IndexFormat.HTML, page, ALL_HELD)).contains("#sha256=" + "cd".repeat(32) + "\"");
        assertThat(rendered(IndexFormat.HTML, page, ALL)).contains("#md5=" + "ef".repeat(16) + "\"");
        assertThat(json(sample(), ALL_HELD).at("/files/0/size").asLong()).isEqualTo(4316);
        assertThat(json(sample(), ALL_HELD).at("/files/0/hashes/sha256").asText())
                .startsWith("d5a2b4");
    }

    @Test
    void noHashNoFragment() {
        Digest blake2 = Digest.parse(Algorithm.BLAKE2B_256, "00".repeat(32));
        ProjectPage page = page(null, List.of(file("demo-1.0.zip", Map.of(Algorithm.BLAKE2B_256, blake2))));
        assertThat(rendered(IndexFormat.HTML, page, ALL)).contains("href=\"../../packages/demo/demo-1.0.zip\">");
    }

    @ParameterizedTest
    @EnumSource(IndexFormat.class)
    void onlyWhatIsHeldIsListedIfSoTold(IndexFormat format) throws IOException {
        PageRenderer some = new PageRenderer(file -> file.filename().endsWith(".whl") ? HELD : null, true);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ProjectPage page = sample();
        assertThat(some.project(format, page.header(), page.files(), out)).isEqualTo(1);
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("sampleproject-4.0.0-py3-none-any.whl")
                .doesNotContain("sampleproject-1.0.tar.gz")
                .doesNotContain("3.0.0");
        PageRenderer none = new PageRenderer(file -> null, true);
        assertThat(none.project(format, page.header(), page.files(), OutputStream.nullOutputStream()))
                .isZero();
    }

    @Test
    void filteredVersionsAreSpeltAsUpstreamDoes() {
        ProjectPage page = read(
                        IndexFormat.JSON,
                        "{\"versions\":[\"2020.01.02\",\"1.0.post1\",\"3.0\"],\"files\":["
                                + "{\"filename\":\"demo-2020.1.2-py3-none-any.whl\",\"url\":\"a\"},"
                                + "{\"filename\":\"demo-1.0-1.tar.gz\",\"url\":\"b\"},"
                                + "{\"filename\":\"demo-9.tar.gz\",\"url\":\"c\"}]}")
                .page();
        PageRenderer held = new PageRenderer(file -> HELD, true);
        assertThat(json(page, held).get("versions")).hasToString("[\"1.0.post1\",\"9\",\"2020.01.02\"]");
        assertThat(json(page, ALL).get("versions")).hasToString("[\"1.0.post1\",\"3.0\",\"2020.01.02\"]");
    }

    @ParameterizedTest
    @EnumSource(IndexFormat.class)
    void quarantinedProjectListsNoFile(IndexFormat format) throws IOException {
        ProjectPage page = page("quarantined", List.of(file("demo-1.0.zip", Map.of())));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ALL_HELD.project(format, page.header(), page.files(), out)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("quarantined").doesNotContain("demo-1.0.zip");
    }

    @Test
    void streamIsLeftOpen() throws IOException {
        boolean[] closed = new boolean[1];
        OutputStream out = new ByteArrayOutputStream() {
            @Override
            public void close() {
                closed[0] = true;
            }
        };
        ALL.project(IndexFormat.JSON, six().header(), six().files(), out);
        ALL.project(IndexFormat.HTML, six().header(), six().files(), out);
        PageRenderer.root(IndexFormat.JSON, List.of(), -1, out);
        PageRenderer.root(IndexFormat.HTML, List.of(), -1, out);
        assertThat(closed[0]).isFalse();
    }

    @Test
    void rootIndex() throws IOException {
        List<Listed> projects =
                List.of(new Listed(new ProjectName("six"), 12), new Listed(new ProjectName("zope-interface"), -1));
        ByteArrayOutputStream html = new ByteArrayOutputStream();
        PageRenderer.root(IndexFormat.HTML, projects, 34, html);
        assertThat(html.toString(StandardCharsets.UTF_8))
                .contains("<a href=\"six/\">six</a><br />\n<a href=\"zope-interface/\">zope-interface</a><br />\n")
                .endsWith("</html>\n<!--SERIAL 34-->\n");
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        PageRenderer.root(IndexFormat.JSON, projects, 34, json);
        assertThat(json.toString(StandardCharsets.UTF_8))
                .isEqualTo(
                        "{\"meta\":{\"_last-serial\":34,\"api-version\":\"1.1\"},\"projects\":[{\"_last-serial\":12,\"name\":\"six\"},{\"name\":\"zope-interface\"}]}");
    }
}
