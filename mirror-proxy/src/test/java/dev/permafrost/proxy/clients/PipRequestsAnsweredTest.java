package dev.permafrost.proxy.clients;

import static dev.permafrost.proxy.clients.MadeUpIndex.LONG;
import static dev.permafrost.proxy.clients.MadeUpIndex.PACKED;
import static dev.permafrost.proxy.clients.MadeUpIndex.PAGE;
import static dev.permafrost.proxy.clients.MadeUpIndex.SDIST;
import static dev.permafrost.proxy.clients.MadeUpIndex.SIDECAR;
import static dev.permafrost.proxy.clients.MadeUpIndex.WHEEL;
import static dev.permafrost.proxy.clients.MadeUpIndex.WITH_SIDECAR;
import static dev.permafrost.proxy.clients.MadeUpIndex.YANKED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Wire;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the pips from 9 to 26 send, in the clear and under TLS. Of what they do besides: that a cold page is answered within their
 * 15 seconds is in {@code AbsentIsNotBrokenTest}; that a cold file is streamed, in {@code ManyClientsOneUpstreamRequestTest}; what
 * they make of it all, in {@code JourneyTest} and {@code PipEdgeTest}.
 */
class PipRequestsAnsweredTest {
    private static final String HTML = "Accept: text/html";
    private static final String ANY_FORM = "Accept: application/vnd.pypi.simple.v1+json,"
            + " application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01";
    private static final String ANEW = "Cache-Control: max-age=0";
    private static final String IDENTITY = "Accept-Encoding: identity";
    /** How much of a wheel {@code network/lazy_wheel.py} takes at once. */
    private static final int LAZY_BYTES = 10_240;

    @TempDir
    Path data;

    private MadeUpIndex index;

    @BeforeEach
    void start() {
        index = new MadeUpIndex(data);
    }

    @AfterEach
    void stop() {
        index.close();
    }

    @ParameterizedTest
    @EnumSource
    void pip9GetsHtmlWithWhatItKnowsOf(Wire wire) {
        String[] fields = {HTML, PACKED, "Accept: */*", "Connection: keep-alive", "Cache-Control: max-age=600"};
        RawHttp.Response page = wire.get(index.mirror, PAGE, fields);
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Type")).startsWith("text/html");
        assertThat(MadeUpIndex.unpacked(page))
                .contains("#sha256=" + WITH_SIDECAR.sha256(), "data-requires-python=\"&gt;=2.7\"")
                .contains("data-yanked=\"it melts\"");
        RawHttp.Response same = wire.get(
                index.mirror,
                PAGE,
                HTML,
                PACKED,
                "Cache-Control: max-age=600",
                "If-None-Match: " + page.header("ETag"));
        assertThat(same.status()).isEqualTo(304);
    }

    /** Where the link of a page looks like an archive, pip 9 asks what it is. */
    @ParameterizedTest
    @EnumSource
    void pip9AsksForTheHeadOfAnArchive(Wire wire) {
        RawHttp.Head head = wire.head(index.mirror, SDIST.path(), "Accept: */*", PACKED);
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("Content-Type")).doesNotContain("text/html");
        assertThat(head.header("Content-Length")).isEqualTo("" + SDIST.bytes().length);
    }

    @ParameterizedTest
    @EnumSource
    void filesComeAsTheyAre(Wire wire) {
        for (String accepted : new String[] {IDENTITY, PACKED, "Accept-Encoding: gzip, deflate, br, zstd"}) {
            RawHttp.Response file = wire.get(index.mirror, SDIST.path(), "Accept: */*", accepted);
            assertThat(file.status()).isEqualTo(200);
            assertThat(file.header("Content-Encoding")).as(accepted).isNull();
            assertThat(file.body().bytes()).isEqualTo(SDIST.bytes());
        }
    }

    /** With a cache, pip 9 has a file again by its date or its tag. */
    @ParameterizedTest
    @EnumSource
    void filesAreNotSentAgainToWhoHasThem(Wire wire) {
        RawHttp.Response file = wire.get(index.mirror, SDIST.path(), IDENTITY);
        RawHttp.Response now = wire.get(index.mirror, SDIST.path(), IDENTITY);
        assertThat(file.status()).isEqualTo(200);
        for (String condition : new String[] {
            "If-None-Match: " + now.header("ETag"), "If-Modified-Since: " + now.header("Last-Modified")
        }) {
            RawHttp.Response same = wire.get(index.mirror, SDIST.path(), IDENTITY, condition);
            assertThat(same.status()).as(condition).isEqualTo(304);
            assertThat(same.body().lengthBytes()).isZero();
        }
    }

    /** Before 8.1.2, and by easy_install, names come as people spell them, with and without a slash. */
    @ParameterizedTest
    @EnumSource
    void pip8FindsAProjectByAnySpelling(Wire wire) {
        for (String spelling : new String[] {"Demo.Pkg", "demo_pkg", "DEMO--PKG"}) {
            for (String slash : new String[] {"", "/"}) {
                String at = "/simple/" + spelling + slash;
                RawHttp.Response page = wire.get(index.mirror, at, HTML);
                for (int hops = 0; page.status() == 301 && hops < 3; hops++) {
                    at = java.net
                            .URI
                            .create(at)
                            .resolve(String.valueOf(page.header("Location")))
                            .toString();
                    page = wire.get(index.mirror, at, HTML);
                }
                assertThat(page.status()).as(spelling + slash).isEqualTo(200);
                assertThat(at).isEqualTo(PAGE);
            }
        }
    }

    /** {@code --use-feature=fast-deps}, of a file that is held and of one that is not. */
    @ParameterizedTest
    @EnumSource
    void pip20TakesAWheelInPiecesFromItsEnd(Wire wire) {
        for (int round = 0; round < 2; round++) {
            RawHttp.Head head = wire.head(index.mirror, LONG.path(), IDENTITY, "Accept: */*");
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("Accept-Ranges")).isEqualTo("bytes");
            int length = Integer.parseInt(String.valueOf(head.header("Content-Length")));
            assertThat(length).isEqualTo(LONG.bytes().length);
            int start = length;
            ByteArrayOutputStream whole = new ByteArrayOutputStream();
            while (start > 0) {
                int end = start - 1;
                start = Math.max(0, start - LAZY_BYTES);
                RawHttp.Response piece = wire.get(
                        index.mirror,
                        LONG.path(),
                        IDENTITY,
                        "Range: bytes=" + start + "-" + end,
                        "Cache-Control: no-cache");
                assertThat(piece.status()).isEqualTo(206);
                assertThat(piece.header("Content-Range")).isEqualTo("bytes " + start + "-" + end + "/" + length);
                assertThat(piece.header("Content-Length")).isEqualTo("" + (end - start + 1));
                byte[] behind = whole.toByteArray();
                whole.reset();
                whole.writeBytes(piece.body().bytes());
                whole.writeBytes(behind);
            }
            assertThat(whole.toByteArray()).isEqualTo(LONG.bytes());
            wire.get(index.mirror, LONG.path());
        }
    }

    @ParameterizedTest
    @EnumSource
    void pip22GetsJsonAndHearsWhetherItHasChanged(Wire wire) {
        RawHttp.Response page = wire.get(index.mirror, PAGE, PACKED, ANY_FORM, ANEW, "Connection: keep-alive");
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Type")).isEqualTo(SimpleIndexTree.JSON);
        assertThat(page.header("Vary")).contains("Accept", "Accept-Encoding");
        assertThat(page.header("ETag")).startsWith("\"");
        assertThat(page.header("Date")).isNotNull();
        RawHttp.Response same =
                wire.get(index.mirror, PAGE, PACKED, ANY_FORM, ANEW, "If-None-Match: " + page.header("ETag"));
        assertThat(same.status()).isEqualTo(304);
        assertThat(index.upstream.count(PAGE)).isEqualTo(1);
    }

    /** 404 of one that was told of ends the installation. */
    @ParameterizedTest
    @EnumSource
    void pip23GetsEverySidecarThatItIsToldOf(Wire wire) {
        String page = MadeUpIndex.unpacked(wire.get(index.mirror, PAGE, PACKED, ANY_FORM, ANEW));
        RawHttp.Response sidecar = wire.get(index.mirror, SIDECAR, IDENTITY, "Accept: */*");
        assertThat(sidecar.status()).isEqualTo(200);
        assertThat(sidecar.body().bytes()).isEqualTo(WHEEL.metadata());
        assertThat(page)
                .containsOnlyOnce("core-metadata")
                .contains("\"core-metadata\":{\"sha256\":\"" + sidecar.body().sha256() + "\"}");
    }

    /** It tries again after 500, 502, 503, 520 and 527, and takes a 404 for the end. */
    @ParameterizedTest
    @EnumSource
    void pip24TriesAgainWhereUpstreamIsBroken(Wire wire) {
        for (int status : new int[] {500, 502, 503, 429}) {
            String project = "broken-" + status;
            index.upstream.on("/simple/" + project + "/").reply(status);
            assertThat(wire.get(index.mirror, "/simple/" + project + "/", ANY_FORM, ANEW)
                            .status())
                    .as("upstream's %s", status)
                    .isIn(500, 502, 503);
        }
    }

    /** It resumes by tag, or by date, and starts anew where the file is another. */
    @ParameterizedTest
    @EnumSource
    void pip25ResumesWhatBrokeOff(Wire wire) {
        wire.get(index.mirror, LONG.path(), IDENTITY);
        RawHttp.Head first = wire.head(index.mirror, LONG.path(), IDENTITY);
        byte[] all = LONG.bytes();
        int from = 40_000;
        for (String same : new String[] {first.header("ETag"), first.header("Last-Modified")}) {
            RawHttp.Response rest =
                    wire.get(index.mirror, LONG.path(), IDENTITY, "Range: bytes=" + from + "-", "If-Range: " + same);
            assertThat(rest.status()).as(same).isEqualTo(206);
            assertThat(rest.header("Content-Range"))
                    .isEqualTo("bytes " + from + "-" + (all.length - 1) + "/" + all.length);
            assertThat(rest.body().bytes()).isEqualTo(Arrays.copyOfRange(all, from, all.length));
        }
        RawHttp.Response whole =
                wire.get(index.mirror, LONG.path(), IDENTITY, "Range: bytes=" + from + "-", "If-Range: \"another\"");
        assertThat(whole.status()).isEqualTo(200);
        assertThat(whole.header("Content-Length")).isEqualTo("" + all.length);
        assertThat(whole.body().bytes()).isEqualTo(all);
    }

    /** {@code --uploaded-prior-to} ends with an error where one file has no time. */
    @ParameterizedTest
    @EnumSource
    void pip26FindsTheTimeOfEachUploadConnectedAndOffline(Wire wire) {
        String time = "\"upload-time\":\"" + WITH_SIDECAR.uploadTime() + "\"";
        assertThat(wire.get(index.mirror, PAGE, ANY_FORM).body().text().split(time, -1))
                .hasSize(4);
        wire.get(index.mirror, SDIST.path());
        try (RunningMirror offline = index.offline()) {
            assertThat(wire.get(offline, PAGE, ANY_FORM).body().text())
                    .contains(SDIST.filename(), time)
                    .doesNotContain(YANKED.filename());
        }
    }

    /** It heeds what a page says of its age. */
    @ParameterizedTest
    @EnumSource
    void pip26KeepsPagesForAWhileAndTakesThemPacked(Wire wire) {
        RawHttp.Response page = wire.get(index.mirror, "/simple/many/", PACKED, ANY_FORM);
        assertThat(page.header("Cache-Control")).isEqualTo("max-age=600, public");
        assertThat(page.header("Content-Encoding")).isEqualTo("gzip");
        assertThat(MadeUpIndex.unpacked(page))
                .isEqualTo(
                        wire.get(index.mirror, "/simple/many/", ANY_FORM).body().text());
    }

    /** {@code SidecarMetadataInconsistent} otherwise. */
    @ParameterizedTest
    @EnumSource
    void pip26ComparesTheSidecarWithTheWheel(Wire wire) {
        byte[] sidecar = wire.get(index.mirror, SIDECAR, IDENTITY).body().bytes();
        byte[] wheel =
                wire.get(index.mirror, WITH_SIDECAR.path(), IDENTITY).body().bytes();
        assertThat(wheel).isEqualTo(WITH_SIDECAR.bytes());
        // wheels of these tests are stored, not packed
        assertThat(new String(wheel, ISO_8859_1)).contains(new String(sidecar, ISO_8859_1));
    }

    /** Each looks whether there is a newer one of itself. */
    @ParameterizedTest
    @EnumSource
    void everyPipLooksForItself(Wire wire) {
        RawHttp.Response page = wire.get(index.mirror, "/simple/pip/", ANY_FORM, ANEW);
        assertThat(page.status()).isEqualTo(404);
        assertThat(page.header("Date")).isNotNull();
    }

    /** What has neither ETag nor Date is not kept. */
    @ParameterizedTest
    @EnumSource
    void everyAnswerCanBeKept(Wire wire) {
        for (String path : new String[] {PAGE, SDIST.path(), SIDECAR}) {
            RawHttp.Response answer = wire.get(index.mirror, path, ANY_FORM);
            assertThat(answer.header("Date")).as(path).isNotNull();
            assertThat(answer.header("ETag")).as(path).matches("\"[0-9a-f]+\"");
        }
    }

    /** {@code pip search}: Python's ServerProxy posts to the URL's path, and to /RPC2 where that is empty. */
    @ParameterizedTest
    @EnumSource
    void pipSearches(Wire wire) {
        wire.get(index.mirror, PAGE);
        String call = """
                <?xml version='1.0'?>
                <methodCall>
                <methodName>search</methodName>
                <params>
                <param>
                <value><struct>
                <member>
                <name>name</name>
                <value><array><data>
                <value><string>demo</string></value>
                </data></array></value>
                </member>
                <member>
                <name>summary</name>
                <value><array><data>
                <value><string>demo</string></value>
                </data></array></value>
                </member>
                </struct></value>
                </param>
                <param>
                <value><string>or</string></value>
                </param>
                </params>
                </methodCall>
                """;
        for (String path : new String[] {"/pypi", "/pypi/", "/RPC2", "/", "/pypi/pypi"}) {
            try (RawHttp client = wire.connect(index.mirror)) {
                RawHttp.Response found = client.request(
                                "POST",
                                path,
                                PACKED,
                                "Accept: */*",
                                "Content-Type: text/xml",
                                "Content-Length: " + call.length())
                        .send(call)
                        .read();
                assertThat(found.status()).as(path).isEqualTo(200);
                assertThat(found.header("Content-Type")).startsWith("text/xml");
                assertThat(found.body().text()).contains("demo-pkg", "<name>version</name>", "<name>summary</name>");
            }
        }
    }
}
