package dev.permafrost.proxy.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.TinyWheel;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An index need not look like PyPI's: it may be anywhere on its host, and its links may begin anywhere. */
class IndexesOfManyShapesTest {
    private static final IndexFile FILE = IndexFile.of(TinyWheel.of("demo", "1.0"));

    @TempDir
    Path data;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();

    @AfterEach
    void stop() {
        upstream.close();
    }

    @ParameterizedTest
    @CsvSource({
        // index, base, link, where the file is
        "/simple/, , ../../f/FILE, /f/FILE",
        "/, , FILE, /demo/FILE",
        "/, , /f/FILE, /f/FILE",
        "/api/pypi/team/, , FILE, /api/pypi/team/demo/FILE",
        "/api/pypi/team/simple/, , ../../packages/x/FILE, /api/pypi/team/packages/x/FILE",
        "/team/dev/+simple/, , ../../+f/ab/cd/FILE, /team/dev/+f/ab/cd/FILE",
        "/simple/, /files/, FILE, /files/FILE",
        "/simple/, ../../files/, sub/FILE, /files/sub/FILE",
        "/simple/, , //HOST/f/FILE, /f/FILE",
        "/simple/, http://HOST/files/, FILE, /files/FILE",
    })
    void pagesAndFilesAreFound(String index, String base, String link, String path) {
        String host = "127.0.0.1:" + upstream.port();
        String head = base == null ? "" : "<base href=\"" + base.replace("HOST", host) + "\">";
        String href = link.replace("HOST", host).replace("FILE", FILE.filename());
        upstream.on(index + "demo/")
                .reply(
                        "text/html",
                        "<html><head>" + head + "</head><body><a href=\"" + href + "#sha256=" + FILE.sha256() + "\">"
                                + FILE.filename() + "</a></body></html>");
        upstream.on(path.replace("FILE", FILE.filename())).file(FILE.bytes(), "\"one\"");
        assertServed(index);
    }

    @Test
    void linksBeginWhereARedirectHasLed() {
        upstream.on("/simple/demo/").redirect(301, "/moved/index/demo/");
        upstream.on("/moved/index/demo/")
                .reply(
                        "text/html",
                        "<a href=\"../files/" + FILE.filename() + "#sha256=" + FILE.sha256() + "\">" + FILE.filename()
                                + "</a>");
        upstream.on("/moved/index/files/" + FILE.filename()).file(FILE.bytes(), "\"one\"");
        assertServed("/simple/");
    }

    private void assertServed(String index) {
        URI url = upstream.uri(index);
        try (RunningMirror mirror = RunningMirror.in(data).from(url).start()) {
            String page = mirror.get("/simple/demo/").body().text();
            assertThat(page).contains(FILE.filename());
            String file = page.replaceAll("(?s).*href=\"../..(/packages/[^\"#]*).*", "$1");
            assertThat(mirror.get(file).body().sha256()).isEqualTo(FILE.sha256());
        }
    }
}
