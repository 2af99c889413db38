package dev.permafrost.proxy.clients;

import static dev.permafrost.proxy.clients.MadeUpIndex.LONG;
import static dev.permafrost.proxy.clients.MadeUpIndex.PAGE;
import static dev.permafrost.proxy.clients.MadeUpIndex.SDIST;
import static dev.permafrost.proxy.clients.MadeUpIndex.SIDECAR;
import static dev.permafrost.proxy.clients.MadeUpIndex.WHEEL;
import static dev.permafrost.proxy.clients.MadeUpIndex.WITH_SIDECAR;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.testing.Wire;
import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What uv 0.12 sends, in the clear and under TLS; it can't be run here. That 401 and 403, at which it looks no further, come
 * where they should and nowhere else: {@code GuardedRepositoriesTest}, {@code PolicyIsObeyedTest}.
 */
class UvRequestsAnsweredTest {
    private static final String ACCEPT = "Accept: application/vnd.pypi.simple.v1+json,"
            + " application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01";
    private static final String PACKED = "Accept-Encoding: gzip, deflate, zstd";
    private static final String IDENTITY = "Accept-Encoding: identity";
    /** How much of a wheel it takes from its end, {@code remote_metadata.rs}. */
    private static final int TAIL_BYTES = 16_384;

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
    void itGetsJsonThatIsPackedAndMayBeKept(Wire wire) {
        RawHttp.Response page = wire.get(index.mirror, "/simple/many/", ACCEPT, PACKED);
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Type")).isEqualTo(SimpleIndexTree.JSON);
        assertThat(page.header("Content-Encoding")).isEqualTo("zstd");
        assertThat(page.header("Cache-Control")).isEqualTo("max-age=600, public");
        assertThat(page.header("Vary")).contains("Accept", "Accept-Encoding");
        assertThat(MadeUpIndex.unpacked(page)).startsWith("{").contains("\"filename\":\"many-1.0-");
        assertThat(wire.get(index.mirror, "/simple/many/", ACCEPT, PACKED, "If-None-Match: " + page.header("ETag"))
                        .status())
                .isEqualTo(304);
    }

    /** {@code --refresh}. */
    @ParameterizedTest
    @EnumSource
    void itAsksAnewWithoutBeingRefused(Wire wire) {
        RawHttp.Response page = wire.get(index.mirror, PAGE, ACCEPT, PACKED, "Cache-Control: no-cache");
        assertThat(page.status()).isEqualTo(200);
        assertThat(wire.get(
                                index.mirror,
                                PAGE,
                                ACCEPT,
                                PACKED,
                                "Cache-Control: no-cache",
                                "If-None-Match: " + page.header("ETag"))
                        .status())
                .isEqualTo(304);
    }

    /** It resolves the page's links against where the last redirect has led it. */
    @ParameterizedTest
    @EnumSource
    void itFollowsToTheNormalNameAndFromThereToTheFiles(Wire wire) {
        URI asked = URI.create("http://here/pypi/simple/Demo.Pkg/");
        RawHttp.Response moved = wire.get(index.mirror, asked.getPath(), ACCEPT, PACKED);
        assertThat(moved.status()).isEqualTo(301);
        URI there = asked.resolve(String.valueOf(moved.header("Location")));
        RawHttp.Response page = wire.get(index.mirror, there.getPath(), ACCEPT, PACKED);
        Matcher link =
                Pattern.compile("\"url\":\"([^\"]+" + SDIST.filename() + ")\"").matcher(MadeUpIndex.unpacked(page));
        assertThat(link.find()).isTrue();
        URI file = there.resolve(link.group(1));
        assertThat(file.getPath()).as("as uv.lock has it").isEqualTo("/pypi" + SDIST.path());
        assertThat(wire.get(index.mirror, file.getPath(), IDENTITY).body().sha256())
                .isEqualTo(SDIST.sha256());
    }

    @ParameterizedTest
    @EnumSource
    void itGetsTheSidecarThatItIsToldOf(Wire wire) {
        assertThat(MadeUpIndex.unpacked(wire.get(index.mirror, PAGE, ACCEPT, PACKED)))
                .containsOnlyOnce("core-metadata");
        RawHttp.Response sidecar = wire.get(index.mirror, SIDECAR, PACKED);
        assertThat(sidecar.status()).isEqualTo(200);
        assertThat(sidecar.body().bytes()).isEqualTo(WHEEL.metadata());
    }

    /** Where there is no sidecar: the length of the wheel, its last bytes, and what of its METADATA is not among them. */
    @ParameterizedTest
    @EnumSource
    void itTakesTheEndOfAWheelThatHasNone(Wire wire) {
        byte[] all = LONG.bytes();
        for (int round = 0; round < 2; round++) {
            RawHttp.Head head = wire.head(index.mirror, LONG.path(), IDENTITY);
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("Accept-Ranges")).isEqualTo("bytes");
            assertThat(head.header("Content-Length")).isEqualTo("" + all.length);
            for (int from : new int[] {all.length - TAIL_BYTES, all.length - TAIL_BYTES - 3_000}) {
                int to = from + TAIL_BYTES - 1;
                RawHttp.Response piece =
                        wire.get(index.mirror, LONG.path(), IDENTITY, "Range: bytes=" + from + "-" + to);
                assertThat(piece.status()).isEqualTo(206);
                assertThat(piece.header("Content-Range")).isEqualTo("bytes " + from + "-" + to + "/" + all.length);
                assertThat(piece.header("Content-Encoding")).isNull();
                assertThat(piece.body().bytes()).isEqualTo(Arrays.copyOfRange(all, from, to + 1));
            }
            wire.get(index.mirror, LONG.path());
        }
    }

    /** It would take an empty page for an empty project, and look nowhere else. */
    @ParameterizedTest
    @EnumSource
    void anUnknownProjectIsNotFoundAndABrokenOneIsAnError(Wire wire) {
        assertThat(wire.get(index.mirror, "/simple/unheard-of/", ACCEPT, PACKED).status())
                .isEqualTo(404);
        index.upstream.on("/simple/broken/").reply(500);
        assertThat(wire.get(index.mirror, "/simple/broken/", ACCEPT, PACKED).status())
                .isIn(500, 502, 503);
    }

    /** {@code exclude-newer} takes a file whose time it does not know for too new. */
    @ParameterizedTest
    @EnumSource
    void everyFileHasItsTimeConnectedAndOffline(Wire wire) {
        String time = "\"upload-time\":\"" + WITH_SIDECAR.uploadTime() + "\"";
        assertThat(MadeUpIndex.unpacked(wire.get(index.mirror, PAGE, ACCEPT, PACKED))
                        .split(time, -1))
                .hasSize(4);
        wire.get(index.mirror, WITH_SIDECAR.path());
        try (RunningMirror offline = index.offline()) {
            assertThat(MadeUpIndex.unpacked(wire.get(offline, PAGE, ACCEPT, PACKED)))
                    .containsOnlyOnce(time);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFileStaysWhereALockFileHasItAndNeverChanges(Wire wire) {
        String path = WITH_SIDECAR.path();
        assertThat(path).matches("/packages/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{60}/[^/]+");
        // before anybody has asked for its page
        RawHttp.Response file = wire.get(index.mirror, path, IDENTITY);
        assertThat(file.status()).isEqualTo(200);
        assertThat(file.header("Cache-Control")).isEqualTo("max-age=365000000, immutable, public");
    }

    /** {@code uv publish}: its order of fields, what it accepts, and no redirect, of which it would follow a 308. */
    @ParameterizedTest
    @ValueSource(strings = {"/ours/legacy/", "/ours/legacy", "/ours/", "/ours"})
    void itPublishes(String path) throws Exception {
        TinyWheel wheel = TinyWheel.of("floe", "1.0").requiresPython(">=3.8");
        try (PublishedTo ours = new PublishedTo(data.resolve("ours"))) {
            for (Wire wire : Wire.values()) {
                RawHttp.Response taken = ours.publish(wire, path, form(wheel));
                assertThat(taken.status()).as(taken.body().text()).isEqualTo(200);
            }
            String page = MadeUpIndex.unpacked(Wire.HTTPS.get(ours.mirror, "/ours/simple/floe/", ACCEPT, PACKED));
            assertThat(page).contains(IndexFile.of(wheel).sha256(), "\"requires-python\":\">=3.8\"", "provenance");
        }
    }

    /** {@code --check-url}: what is on the page under that name has the same digest, or else it is an error. */
    @ParameterizedTest
    @EnumSource
    void itComparesWhatIsThereAlready(Wire wire) throws Exception {
        TinyWheel wheel = TinyWheel.of("floe", "1.0");
        TinyWheel other = TinyWheel.of("floe", "1.0").requires("berg");
        try (PublishedTo ours = new PublishedTo(data.resolve("ours"))) {
            assertThat(wire.get(ours.mirror, "/ours/simple/floe/", ACCEPT, PACKED)
                            .status())
                    .as("404 is nothing yet")
                    .isEqualTo(404);
            assertThat(ours.publish(wire, "/ours/legacy/", form(wheel)).status())
                    .isEqualTo(200);
            assertThat(ours.publish(wire, "/ours/legacy/", form(other)).status())
                    .isEqualTo(409);
            RawHttp.Response page =
                    wire.get(ours.mirror, "/ours/simple/floe/", ACCEPT, PACKED, "Cache-Control: no-cache");
            assertThat(MadeUpIndex.unpacked(page))
                    .contains("\"hashes\":{\"sha256\":\"" + IndexFile.of(wheel).sha256() + "\"");
        }
    }

    private static Form form(TinyWheel wheel) {
        byte[] bytes = wheel.bytes();
        return new Form()
                .field(":action", "file_upload")
                .field("sha256_digest", Form.digest("SHA-256", bytes))
                .field("blake2_256_digest", PublishedTo.blake2b(bytes))
                .field("protocol_version", "1")
                .field("metadata_version", "2.1")
                .field("name", wheel.name())
                .field("version", wheel.version())
                .field("filetype", "bdist_wheel")
                .field("pyversion", "py2.py3")
                .field("requires_python", wheel.requiresPython())
                .field("attestations", "[{\"version\":1}]")
                .file("content", wheel.filename(), bytes);
    }
}
