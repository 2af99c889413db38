package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.SourcesConfig;
import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Policies;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.Records;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinySdist;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.testing.WriteLogin;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients of pypiserver find what they know where they know it: its list of files, and each file by its name alone. */
class PypiserverIsReplacedTest {
    private static final TinyWheel FLOE = TinyWheel.of("floe", "1.0").requiresPython(">=3.6");
    private static final TinySdist BERG = TinySdist.of("Ice-Berg", "2.0");

    @TempDir
    Path folder;

    private WriteLogin writer;

    @BeforeEach
    void login() {
        writer = WriteLogin.in(folder);
    }

    private RunningMirror.Builder own() {
        return RunningMirror.in(folder.resolve("data")).auth(writer.auth());
    }

    private void send(RunningMirror mirror, String path, Form form) {
        assertThat(form.post(mirror.port(), path, writer.headerLine()).status()).isEqualTo(200);
    }

    private void sendBoth(RunningMirror mirror) {
        send(mirror, "/", Form.upload(FLOE));
        send(
                mirror,
                "/",
                Form.upload("Ice-Berg", "2.0", "sdist", BERG.bytes()).file("content", BERG.filename(), BERG.bytes()));
    }

    private static String link(String filename, byte[] bytes) {
        return "<a href=\"" + filename + "#sha256=" + Form.digest("SHA-256", bytes) + "\"";
    }

    @Test
    void everyFileIsListedWithLinksThatLeadToIt() {
        try (RunningMirror mirror = own().start()) {
            assertThat(mirror.get("/packages/").body().text()).contains("<title>Index of packages</title>");
            sendBoth(mirror);
            RawHttp.Response list = mirror.get("/packages/");
            assertThat(list.status()).isEqualTo(200);
            assertThat(list.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
            assertThat(list.body().text())
                    .contains(
                            link(FLOE.filename(), FLOE.bytes()) + " data-requires-python=\"&gt;=3.6\">"
                                    + FLOE.filename() + "</a>",
                            link(BERG.filename(), BERG.bytes()) + ">" + BERG.filename() + "</a>")
                    .doesNotContain(".metadata", "rel=\"next\"");
            assertThat(mirror.get("/packages/" + FLOE.filename()).body().bytes())
                    .isEqualTo(FLOE.bytes());
            assertThat(mirror.get("/packages/" + BERG.filename()).body().bytes())
                    .isEqualTo(BERG.bytes());
            assertThat(mirror.get("/pypi/packages/" + FLOE.filename() + ".metadata")
                            .body()
                            .bytes())
                    .isEqualTo(FLOE.metadata());
            assertThat(mirror.head("/packages/" + FLOE.filename()).header("Content-Length"))
                    .isEqualTo(Integer.toString(FLOE.bytes().length));
            assertThat(mirror.get("/packages/", "If-None-Match: " + list.header("ETag"))
                            .status())
                    .isEqualTo(304);
            // not what is in a folder of pypiserver's
            assertThat(mirror.get("/packages/sub/" + FLOE.filename()).status()).isEqualTo(404);
        }
    }

    @Test
    void aFileByItsNameAloneMayBeAnotherTomorrow() {
        TinyWheel other = TinyWheel.of("floe", "1.0").padded(10, 1);
        try (RunningMirror mirror = own().uploads(Records.with(UploadConfig.defaults(), "overwrite", true))
                .start()) {
            send(mirror, "/", Form.upload(FLOE));
            RawHttp.Response file = mirror.get("/packages/" + FLOE.filename());
            assertThat(file.header("Cache-Control")).doesNotContain("immutable");
            assertThat(file.body().bytes()).isEqualTo(FLOE.bytes());
            Matcher path = Pattern.compile("../../(packages/[^#]+)")
                    .matcher(mirror.get("/simple/floe/", "Accept: text/html")
                            .body()
                            .text());
            assertThat(path.find()).isTrue();
            assertThat(mirror.get("/" + path.group(1)).header("Cache-Control")).contains("immutable");
            send(mirror, "/", Form.upload(other));
            assertThat(mirror.get("/packages/" + FLOE.filename()).body().bytes())
                    .isEqualTo(other.bytes());
            assertThat(mirror.get("/packages/").body().text()).contains(link(other.filename(), other.bytes()));
            send(
                    mirror,
                    "/",
                    new Form()
                            .field(":action", "remove_pkg")
                            .field("name", "floe")
                            .field("version", "1.0"));
            assertThat(mirror.get("/packages/" + FLOE.filename()).status()).isEqualTo(404);
            assertThat(mirror.get("/packages/").body().text()).doesNotContain("floe");
        }
    }

    @Test
    void anIconIsNoProject() {
        try (RunningMirror mirror = own().start()) {
            assertThat(mirror.get("/favicon.ico").status()).isEqualTo(404);
            assertThat(mirror.get("/health").body().text()).isEqualTo("Ok\n");
        }
    }

    /** Whether a proxy has taken the prefix off or not, and whether the repository is asked by its name or at the root. */
    @Test
    void redirectsLeadToTheRightPlaceBehindEveryPrefix() {
        try (RunningMirror mirror =
                own().behind(List.of("127.0.0.1/32"), "/python").start()) {
            sendBoth(mirror);
            for (String base : List.of("http://h/python/", "http://h/python/pypi/", "http://h/")) {
                for (String asked : List.of("Floe", "Floe/", "packages", "simple")) {
                    String path = base.substring("http://h".length()) + asked;
                    RawHttp.Response moved = mirror.get(path);
                    assertThat(moved.status()).as(path).isEqualTo(301);
                    String to = URI.create("http://h" + path)
                            .resolve(String.valueOf(moved.header("Location")))
                            .toString();
                    assertThat(to).isEqualTo(base + (asked.startsWith("Floe") ? "simple/floe/" : asked + "/"));
                    assertThat(mirror.get(to.substring("http://h".length())).status())
                            .isEqualTo(200);
                }
            }
        }
    }

    @Test
    void whatIsFetchedIsListedOnceItIsHeldAndFoundByItsNameBefore() {
        IndexFile six = IndexFile.of(TinyWheel.of("six", "1.0"));
        IndexFile seven = IndexFile.of(TinyWheel.of("seven", "1.0"));
        IndexFile eight = IndexFile.of(TinyWheel.of("eight", "1.0"));
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(six).add(seven).add(eight).serve(upstream);
            Path data = folder.resolve("data");
            try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
                assertThat(mirror.get("/packages/" + six.filename()).body().bytes())
                        .isEqualTo(six.bytes());
                mirror.get(eight.path());
                mirror.get("/simple/seven/");
                assertThat(mirror.get("/packages/").body().text())
                        .contains(link(six.filename(), six.bytes()), link(eight.filename(), eight.bytes()))
                        .doesNotContain("seven");
            }
            try (RunningMirror mirror = RunningMirror.in(data)
                    .from(upstream)
                    .offline()
                    .policy(Policies.of("{rules: [{deny: {project: eight}}]}"))
                    .start()) {
                assertThat(mirror.get("/packages/").body().text())
                        .contains(link(six.filename(), six.bytes()))
                        .doesNotContain("seven", "eight");
                assertThat(mirror.get("/packages/" + eight.filename()).status()).isEqualTo(403);
            }
        }
    }

    @Test
    void aRepositoryMadeOfOthersListsWhatItServesOfEach() {
        IndexFile theirs = IndexFile.of(TinyWheel.of("floe", "9.0"));
        IndexFile six = IndexFile.of(TinyWheel.of("six", "1.0"));
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(theirs).add(six).serve(upstream);
            try (RunningMirror mirror = RunningMirror.in(folder.resolve("data"))
                    .from(upstream)
                    .beside(Records.with(RepositoryConfig.defaults("ours"), "auth", writer.auth()))
                    .beside(Records.with(
                            RepositoryConfig.defaults("all"),
                            "sources",
                            new SourcesConfig(List.of("ours", "pypi"), false, Map.of())))
                    .start()) {
                send(mirror, "/ours/", Form.upload(FLOE));
                mirror.get("/pypi" + theirs.path());
                mirror.get("/pypi" + six.path());
                assertThat(mirror.get("/all/packages/").body().text())
                        .contains(link(FLOE.filename(), FLOE.bytes()), link(six.filename(), six.bytes()))
                        .doesNotContain(theirs.filename());
                assertThat(mirror.get("/all/packages/" + FLOE.filename()).body().bytes())
                        .isEqualTo(FLOE.bytes());
                assertThat(mirror.get("/all/packages/" + theirs.filename()).status())
                        .isEqualTo(404);
                assertThat(mirror.get("/pypi/packages/").body().text()).contains(theirs.filename());
            }
        }
    }
}
