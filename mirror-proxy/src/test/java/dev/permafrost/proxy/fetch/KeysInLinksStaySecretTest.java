package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.ShownUrl;
import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.TinyWheel;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A link's query may be the key to its file: no answer, no log and no record of the store has it. */
class KeysInLinksStaySecretTest {
    private static final Duration SOON = Duration.ofSeconds(10);
    private static final String SECRET = "topsecret";
    private static final IndexFile FILE =
            IndexFile.of(TinyWheel.of("demo", "1.0").padded(300_000, 1));

    @TempDir
    Path data;

    @Test
    void whateverGoesWrongWithAFetch() {
        byte[] wrong = FILE.bytes().clone();
        wrong[1_000] ^= 1;
        byte[] shorter = Arrays.copyOf(FILE.bytes(), 200_000);
        byte[] longer = Arrays.copyOf(FILE.bytes(), 400_000);
        Map<String, Answer> answers = new TreeMap<>(Map.of(
                "wrong", Answer.ok(wrong),
                "shorter", Answer.ok(shorter).chunked(),
                "longer", Answer.ok(longer).chunked(),
                "cut", Answer.ok(shorter).wrongLength(FILE.bytes().length),
                "status", Answer.status(500),
                "right", Answer.ok(FILE.bytes())));
        answers.forEach((name, answer) -> {
            try (CapturedLog log = CapturedLog.open();
                    ScriptedUpstream upstream = ScriptedUpstream.start()) {
                upstream.on("/simple/demo/")
                        .reply(Answer.ok(
                                "text/html",
                                "<a href=\"../../files/" + FILE.filename() + "?sig=" + SECRET + "#sha256="
                                        + FILE.sha256() + "\">" + FILE.filename() + "</a>"));
                upstream.on("/files/" + FILE.filename()).reply(answer);
                try (RunningMirror mirror = RunningMirror.in(data.resolve(name))
                        .from(upstream)
                        .retriesMax(0)
                        .start()) {
                    String page = mirror.get("/simple/demo/").body().text();
                    assertThat(page).doesNotContain(SECRET);
                    String path =
                            page.substring(page.indexOf("../../packages/") + "../..".length(), page.indexOf("#sha256"));
                    try (RawHttp client = mirror.connect()) {
                        RawHttp.Head head = client.request("GET", path).readHead();
                        String said = client.readBody(head, true).text();
                        assertThat(said).as(name).doesNotContain(SECRET);
                    }
                    if (!name.equals("right")) {
                        log.await(SOON, FILE.filename());
                        // once more, now that the failure is remembered
                        assertThat(mirror.get(path).body().text()).as(name).doesNotContain(SECRET);
                    }
                    assertThat(upstream.awaitRequest("/files/" + FILE.filename(), SOON)
                                    .target())
                            .contains(SECRET);
                    mirror.store()
                            .view()
                            .catalog()
                            .entries((key, entry) -> assertThat(entry.origin())
                                    .contains("/files/" + FILE.filename())
                                    .doesNotContain(SECRET));
                }
                assertThat(log.messages()).as(name).noneMatch(message -> message.contains(SECRET));
            }
        });
    }

    @Test
    void userInformationIsNotShownEither() {
        assertThat(ShownUrl.of(URI.create("https://me:pass@files.test/a@b?sig=x")))
                .isEqualTo("https://files.test/a@b?…");
        assertThat(ShownUrl.of(URI.create("http://files.test/a"))).isEqualTo("http://files.test/a");
        assertThat(ShownUrl.of(null)).isEqualTo("null");
    }
}
