package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attestations that upstream has (PEP 740) can be had here, and are kept for when there is no upstream. */
class ProvenancePassedThroughTest {
    private static final String JSON = "application/vnd.pypi.simple.v1+json";
    private static final String FILE = "firn-1.0.tar.gz";
    private static final byte[] BYTES = "an sdist".getBytes(UTF_8);
    private static final String PROVENANCE = "{\"version\":1,\"attestation_bundles\":[]}";

    @TempDir
    Path folder;

    @Test
    void fromUpstreamAndThenFromTheStoreAlone() throws Exception {
        String path = "/packages/" + FILE;
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            upstream.on("/simple/firn/").reply(Answer.ok(JSON, """
                    {"meta":{"api-version":"1.3"},"name":"firn","versions":["1.0"],"files":[{"filename":"%s",
                    "url":"../../files/%s","size":%d,"hashes":{"sha256":"%s"},
                    "provenance":"%s"}]}""".formatted(
                            FILE,
                            FILE,
                            BYTES.length,
                            Form.digest("SHA-256", BYTES),
                            upstream.uri("/integrity/firn/1.0/" + FILE + "/provenance"))));
            upstream.on("/files/" + FILE).reply(Answer.ok(BYTES));
            upstream.on("/integrity/firn/1.0/" + FILE + "/provenance")
                    .reply(Answer.ok("application/vnd.pypi.integrity.v1+json", PROVENANCE));
            try (RunningMirror mirror = RunningMirror.in(folder).from(upstream).start()) {
                path = link(mirror);
                assertThat(mirror.get(path).body().text()).isEqualTo(PROVENANCE);
                assertThat(mirror.get(path.replace(".provenance", "")).body().bytes())
                        .isEqualTo(BYTES);
            }
        }
        try (RunningMirror mirror = RunningMirror.in(folder).offline().start()) {
            assertThat(link(mirror)).isEqualTo(path);
            RawHttp.Response kept = mirror.get(path);
            assertThat(kept.body().text()).isEqualTo(PROVENANCE);
            assertThat(kept.header("Content-Type")).isEqualTo("application/vnd.pypi.integrity.v1+json");
        }
    }

    @Test
    void whatIsNoAddressIsNotPassedOn() throws Exception {
        for (String url : new String[] {"javascript:alert(1)", "https://", "http://[x", "file:///etc/passwd"}) {
            try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
                upstream.on("/simple/firn/").reply(Answer.ok(JSON, """
                        {"meta":{"api-version":"1.3"},"name":"firn","versions":["1.0"],"files":[{"filename":"%s",
                        "url":"../../files/%s","size":%d,"hashes":{"sha256":"%s"},"provenance":"%s"}]}""".formatted(
                                FILE, FILE, BYTES.length, Form.digest("SHA-256", BYTES), url)));
                upstream.on("/files/" + FILE).reply(Answer.ok(BYTES));
                try (RunningMirror mirror = RunningMirror.in(folder.resolve(Form.digest("MD5", url.getBytes(UTF_8))))
                        .from(upstream)
                        .start()) {
                    String page = mirror.get("/simple/firn/", "Accept: " + JSON)
                            .body()
                            .text();
                    assertThat(page).as(url).contains(FILE).doesNotContain("\"provenance\":\"");
                    String sha256 = Form.digest("SHA-256", BYTES);
                    RawHttp.Response none = mirror.get("/packages/" + sha256.substring(0, 2) + "/"
                            + sha256.substring(2, 4) + "/" + sha256.substring(4) + "/" + FILE + ".provenance");
                    assertThat(none.status()).as(url).isEqualTo(404);
                }
            }
        }
    }

    private static String link(RunningMirror mirror) {
        String page = mirror.get("/simple/firn/", "Accept: " + JSON).body().text();
        assertThat(page).contains("\"api-version\":\"1.3\"", "\"provenance\":\"../../packages/");
        int start = page.indexOf("../../packages/", page.indexOf("\"provenance\""));
        return page.substring(start + "../..".length(), page.indexOf('"', start));
    }
}
