package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Projects and files are found by any name a client may use for them, and by no other. */
class AnySpellingFindsTheProjectTest {
    private static final String JSON = "Accept: application/vnd.pypi.simple.v1+json";
    private static final IndexFile WHEEL = file("zope.interface", "zope.interface-6.0-py3-none-any.whl");
    private static final IndexFile ODD = file("odd-project", "something_else-2.0.tar.gz");

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private RunningMirror mirror;

    @BeforeEach
    void start() {
        new SimpleIndexTree().add(WHEEL).add(ODD).serve(upstream);
        mirror = RunningMirror.in(data).from(upstream).start();
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    @ParameterizedTest
    @CsvSource({
        "/simple/NumPy/,../numpy/",
        "/simple/numpy,numpy/",
        "/simple/NumPy,numpy/",
        "/simple/zope.interface/,../zope-interface/",
        "/simple/Zope__Interface/,../zope-interface/",
        "/simple/a-_.b/,../a-b/",
        "/pypi/simple/NumPy/,../numpy/",
        "/simple,simple/",
        "/packages,packages/",
        "/NumPy,simple/numpy/",
        "/NumPy/,../simple/numpy/",
        "/pypi/zope.interface,simple/zope-interface/"
    })
    void anotherSpellingIsRedirectedToTheNormalOne(String path, String location) {
        RawHttp.Response response = mirror.get(path);
        assertThat(response.status()).isEqualTo(301);
        assertThat(response.header("Location")).isEqualTo(location);
        assertThat(upstream.count()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/simple/-a/",
                "/simple/a-/",
                "/simple/a%20b/",
                "/simple/a%C3%A9/",
                "/simple/a/b/",
                "/simple/%3Cscript%3E/",
                "/simple/a$/",
                "/simple//"
            })
    void whatCanBeNoNameIs404WithoutAskingUpstream(String path) {
        assertThat(mirror.get(path).status()).isEqualTo(404);
        assertThat(upstream.count()).isZero();
    }

    @Test
    void aNameBeyondTheLimitIs404() {
        assertThat(mirror.get("/simple/" + "a".repeat(257) + "/").status()).isEqualTo(404);
        assertThat(upstream.count()).isZero();
    }

    @Test
    void thePathShapeOfPypiIsKept() {
        String page = mirror.get("/simple/zope-interface/").body().text();
        assertThat(page).contains(WHEEL.path().substring(1) + "#sha256=" + WHEEL.sha256());
    }

    @Test
    void aLockFilesPathWorksBeforeAnyPageWasAskedFor() {
        assertThat(mirror.get(WHEEL.path()).body().sha256()).isEqualTo(WHEEL.sha256());
        assertThat(mirror.get("/pypi" + WHEEL.path()).header("Cache-Status")).isEqualTo("permafrost; hit");
    }

    @Test
    void aFileWhoseNameDoesNotTellItsProjectIsFoundOnceItsPageIsKnown() {
        assertThat(mirror.get("/simple/odd-project/").status()).isEqualTo(200);
        assertThat(mirror.get(ODD.path()).body().sha256()).isEqualTo(ODD.sha256());
    }

    @Test
    void aRightNameAtAWrongPathIs404() {
        mirror.get(WHEEL.path());
        assertThat(mirror.get("/packages/00/11/2233/" + WHEEL.filename()).status())
                .isEqualTo(404);
        assertThat(mirror.get("/packages/zope-interface/" + WHEEL.filename()).status())
                .isEqualTo(404);
        assertThat(mirror.get(WHEEL.path() + "/").status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/packages/x/", "/packages/a/.hidden", "/packages/a/b%20c", "/packages//"})
    void whatCanBeNoFileIs404(String path) {
        assertThat(mirror.get(path).status()).isEqualTo(404);
    }

    @Test
    void everythingUpstreamTellsSurvivesFromHtmlToJsonAndBack() {
        IndexFile told = new IndexFile(
                "told",
                "told-1.0.tar.gz",
                "1.0",
                "told".getBytes(StandardCharsets.UTF_8),
                file("told", "told-1.0.tar.gz").sha256(),
                ">=3.6,<4",
                "broken \"badly\" & <sadly>",
                null,
                "2020-01-02T03:04:05.678901Z");
        new SimpleIndexTree().speaks(SimpleIndexTree.Speaks.HTML).add(told).serve(upstream);
        assertThat(mirror.get("/simple/told/", JSON).body().text())
                .contains("\"requires-python\":\">=3.6,<4\"")
                .contains("\"sha256\":\"" + told.sha256() + "\"")
                .contains("broken \\\"badly\\\" & <sadly>");

        IndexFile more = new IndexFile(
                "more",
                "more-1.0.tar.gz",
                "1.0",
                told.bytes(),
                told.sha256(),
                ">=3.6,<4",
                "",
                null,
                "2020-01-02T03:04:05.678901Z");
        new SimpleIndexTree().speaks(SimpleIndexTree.Speaks.JSON).add(more).serve(upstream);
        assertThat(mirror.get("/simple/more/", "Accept: text/html").body().text())
                .contains("data-requires-python=\"&gt;=3.6,&lt;4\"", "data-yanked=\"\"", "#sha256=" + more.sha256());
        assertThat(mirror.get("/simple/more/", JSON).body().text())
                .contains(
                        "\"size\":" + more.bytes().length,
                        "\"upload-time\":\"2020-01-02T03:04:05.678901Z\"",
                        "\"yanked\":true",
                        "\"versions\":[\"1.0\"]");
    }

    private static IndexFile file(String project, String filename) {
        return IndexFile.of(project, filename, "1.0", project.getBytes(StandardCharsets.UTF_8));
    }
}
