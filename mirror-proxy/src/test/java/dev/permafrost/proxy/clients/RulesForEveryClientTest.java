package dev.permafrost.proxy.clients;

import static dev.permafrost.proxy.clients.MadeUpIndex.LONG;
import static dev.permafrost.proxy.clients.MadeUpIndex.PAGE;
import static dev.permafrost.proxy.clients.MadeUpIndex.SDIST;
import static dev.permafrost.proxy.clients.MadeUpIndex.WITH_SIDECAR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Wire;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the specifications and all clients want alike, in the clear and under TLS. Where else it is tested:
 *
 * <table>
 * <caption>Rules and tests</caption>
 * <tr><td>forms, {@code latest}, {@code ?format=}, 406, an ETag for each form, Vary</td>
 *     <td>{@code PagesAreConditionalAndVaryTest}, {@code AcceptHeaderNegotiatedTest}</td></tr>
 * <tr><td>sidecars under both names in HTML and the newer one alone in JSON (PEP 714)</td>
 *     <td>{@code SidecarsAreTrueTest}</td></tr>
 * <tr><td>attestations (PEP 740)</td><td>{@code ProvenancePassedThroughTest}, {@code UploadsAreTakenTest}</td></tr>
 * <tr><td>ranges, If-Range, HEAD, nothing packed</td>
 *     <td>{@code RangesOfHeldFilesTest}, {@code EncryptedClientsTest}</td></tr>
 * <tr><td>what is blocked is 403, or 404 if so configured</td><td>{@code PolicyIsObeyedTest}</td></tr>
 * <tr><td>upstream down is 502, 503 or 504, never 404</td><td>{@code AbsentIsNotBrokenTest}</td></tr>
 * <tr><td>the list of all projects, packed before anybody asks</td><td>{@code RootListServedTest}</td></tr>
 * </table>
 */
class RulesForEveryClientTest {
    private static final String JSON = "Accept: " + SimpleIndexTree.JSON;

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

    /** PEP 691: without an Accept field, anything is accepted, and what is most widely understood is HTML. */
    @ParameterizedTest
    @EnumSource
    void withoutAnAcceptFieldItIsHtml(Wire wire) {
        for (String path : new String[] {PAGE, "/simple/"}) {
            RawHttp.Response page = wire.get(index.mirror, path);
            assertThat(page.status()).as(path).isEqualTo(200);
            assertThat(page.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
            assertThat(wire.get(index.mirror, path, "Accept: image/png").status())
                    .isEqualTo(406);
        }
    }

    /** PEP 629: a minor version more is fine, a major one is not understood. */
    @ParameterizedTest
    @CsvSource({"HTTP,1.9,200", "HTTPS,1.9,200", "HTTP,2.0,502", "HTTPS,2.0,502"})
    void laterVersionsOfTheApiAreReadAsFarAsTheyCanBe(Wire wire, String version, int status) {
        String page = SimpleIndexTree.json("demo-pkg", List.of(SDIST)).replace("\"1.1\"", '"' + version + '"');
        index.upstream.on(PAGE).reply(SimpleIndexTree.JSON, page);
        RawHttp.Response answer = wire.get(index.mirror, PAGE, JSON);
        assertThat(answer.status()).isEqualTo(status);
        if (status == 200) {
            assertThat(answer.body().text()).contains("\"api-version\":\"1.1\"", SDIST.filename());
        }
    }

    /** PEP 792: it lists no file, and none of them can be had. */
    @ParameterizedTest
    @EnumSource
    void aProjectInQuarantineListsNoFile(Wire wire) {
        String page = SimpleIndexTree.json("demo-pkg", List.of(SDIST))
                .replace("{\"meta\"", "{\"project-status\":{\"status\":\"quarantined\",\"reason\":\"worms\"},\"meta\"");
        index.upstream.on(PAGE).reply(SimpleIndexTree.JSON, page);
        assertThat(wire.get(index.mirror, PAGE, JSON).body().text())
                .contains(
                        "\"files\":[]",
                        "\"status\":\"quarantined\"",
                        "\"reason\":\"worms\"",
                        "\"api-version\":\"1.4\"");
        assertThat(wire.get(index.mirror, PAGE).body().text())
                .contains("name=\"pypi:project-status\" content=\"quarantined\"")
                .doesNotContain(SDIST.filename());
        assertThat(wire.get(index.mirror, SDIST.path()).status()).isEqualTo(404);
    }

    /** As Warehouse has it: in a field, and at the end of HTML. */
    @ParameterizedTest
    @EnumSource
    void theSerialNumberComesWithEveryPage(Wire wire) {
        String page = SimpleIndexTree.json("demo-pkg", List.of(SDIST))
                .replace("{\"meta\":{", "{\"meta\":{\"_last-serial\":4711,");
        index.upstream.on(PAGE).reply(SimpleIndexTree.JSON, page);
        RawHttp.Response html = wire.get(index.mirror, PAGE);
        assertThat(html.header("X-PyPI-Last-Serial")).isEqualTo("4711");
        assertThat(html.body().text()).endsWith("<!--SERIAL 4711-->\n");
        RawHttp.Response json = wire.get(index.mirror, PAGE, JSON);
        assertThat(json.header("X-PyPI-Last-Serial")).isEqualTo("4711");
        assertThat(json.body().text()).contains("\"_last-serial\":4711");
    }

    /** And the hash in every fragment and every record. */
    @ParameterizedTest
    @EnumSource
    void linksLeadHereWhateverTheHostIsCalled(Wire wire) {
        RawHttp.Response html = wire.get(index.mirror, PAGE);
        assertThat(html.body().text())
                .contains("<a href=\"../.." + WITH_SIDECAR.path() + "#sha256=" + WITH_SIDECAR.sha256() + '"')
                .doesNotContain("127.0.0.1", "localhost", "http:");
        assertThat(wire.get(index.mirror, PAGE, JSON).body().text())
                .contains("\"url\":\"../.." + WITH_SIDECAR.path() + '"')
                .doesNotContain("127.0.0.1", "localhost", "http:");
    }

    /** Rule 4: a short answer, of which upstream is asked but once. */
    @ParameterizedTest
    @EnumSource
    void anUnknownProjectIsNotFoundInFewWords(Wire wire) {
        for (int i = 0; i < 3; i++) {
            RawHttp.Response answer = wire.get(index.mirror, "/simple/unheard-of/", JSON);
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.body().lengthBytes()).isBetween(1L, 200L);
        }
        assertThat(index.upstream.count("/simple/unheard-of/")).isEqualTo(1);
    }

    /** Rule 6: the first bytes of a file come before upstream has sent the rest. */
    @ParameterizedTest
    @EnumSource
    void aColdFileStreams(Wire wire) {
        CountDownLatch rest = new CountDownLatch(1);
        byte[] all = LONG.bytes();
        index.upstream.on(LONG.path()).reply(Answer.ok(all).gateAfter(all.length / 2, rest));
        try (RawHttp client = wire.connect(index.mirror)) {
            RawHttp.Head head = client.request("GET", LONG.path(), "Accept-Encoding: identity")
                    .readHead();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("Content-Length")).isEqualTo("" + all.length);
            byte[] first = client.readBytes(all.length / 4);
            assertThat(first).isEqualTo(Arrays.copyOf(all, all.length / 4));
            rest.countDown();
            assertThat(client.readBytes(all.length - first.length))
                    .isEqualTo(Arrays.copyOfRange(all, first.length, all.length));
        }
    }
}
