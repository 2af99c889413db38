package dev.permafrost.proxy.clients;

import static dev.permafrost.proxy.clients.MadeUpIndex.LONG;
import static dev.permafrost.proxy.clients.MadeUpIndex.PACKED;
import static dev.permafrost.proxy.clients.MadeUpIndex.PAGE;
import static dev.permafrost.proxy.clients.MadeUpIndex.SDIST;
import static dev.permafrost.proxy.clients.MadeUpIndex.SIDECAR;
import static dev.permafrost.proxy.clients.MadeUpIndex.WHEEL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.Form;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.proxy.testing.Wire;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What poetry 2.4 sends, in the clear and under TLS; an older one is run by {@code UploadersJourneyTest}. */
class PoetryRequestsAnsweredTest {
    private static final String ACCEPT = "Accept: application/vnd.pypi.simple.v1+json, */*;q=0.1";
    private static final String IDENTITY = "Accept-Encoding: identity";
    /** How much of a wheel it takes first, from its end. */
    private static final int TAIL_BYTES = 10_240;

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
    void aLegacySourceIsReadInJsonAndSearchedByItsList(Wire wire) {
        RawHttp.Response page = wire.get(index.mirror, PAGE, ACCEPT, PACKED);
        assertThat(page.status()).isEqualTo(200);
        assertThat(page.header("Content-Type")).isEqualTo(SimpleIndexTree.JSON);
        assertThat(MadeUpIndex.unpacked(page)).contains("\"hashes\":{\"sha256\":\"" + SDIST.sha256());
        RawHttp.Response list = wire.get(index.mirror, "/simple/", ACCEPT, PACKED);
        assertThat(list.header("Content-Type")).isEqualTo(SimpleIndexTree.JSON);
        assertThat(MadeUpIndex.unpacked(list)).contains("{\"name\":\"demo-pkg\"}", "{\"name\":\"long\"}");
    }

    /** As it asks the source called PyPI. */
    @ParameterizedTest
    @EnumSource
    void aReleaseIsToldByTheJsonApi(Wire wire) {
        wire.get(index.mirror, SIDECAR);
        RawHttp.Response release = wire.get(index.mirror, "/pypi/demo-pkg/1.0/json", PACKED, "Accept: */*");
        assertThat(release.status()).isEqualTo(200);
        assertThat(release.header("Content-Type")).isEqualTo("application/json");
        assertThat(MadeUpIndex.unpacked(release))
                .contains("\"requires_dist\":[\"other\"]", "\"requires_python\":\">=2.7\"", SDIST.sha256());
    }

    @ParameterizedTest
    @EnumSource
    void itGetsTheSidecarThatItIsToldOf(Wire wire) {
        RawHttp.Response sidecar = wire.get(index.mirror, SIDECAR, PACKED, "Accept: */*");
        assertThat(sidecar.status()).isEqualTo(200);
        assertThat(sidecar.body().bytes()).isEqualTo(WHEEL.metadata());
    }

    /** It asks for the end before it knows the length, cold and held. */
    @ParameterizedTest
    @EnumSource
    void theEndOfAWheelComesFirst(Wire wire) {
        byte[] all = LONG.bytes();
        for (int round = 0; round < 2; round++) {
            int start = all.length - TAIL_BYTES;
            RawHttp.Response tail = wire.get(
                    index.mirror, LONG.path(), IDENTITY, "Cache-Control: no-cache", "Range: bytes=-" + TAIL_BYTES);
            assertThat(tail.status()).isEqualTo(206);
            assertThat(tail.header("Content-Range"))
                    .isEqualTo("bytes " + start + "-" + (all.length - 1) + "/" + all.length);
            assertThat(tail.body().bytes()).isEqualTo(Arrays.copyOfRange(all, start, all.length));
            RawHttp.Response before = wire.get(
                    index.mirror,
                    LONG.path(),
                    IDENTITY,
                    "Cache-Control: no-cache",
                    "Range: bytes=" + (start - 500) + "-" + (start - 1));
            assertThat(before.body().bytes()).isEqualTo(Arrays.copyOfRange(all, start - 500, start));
            wire.get(index.mirror, LONG.path());
        }
    }

    /** A server that takes -10 for 0-10 is found out by this, as would be one that refuses what is too long. */
    @ParameterizedTest
    @EnumSource
    void theEndOfAFileShorterThanThatIsTheFile(Wire wire) {
        RawHttp.Response tail = wire.get(index.mirror, SDIST.path(), IDENTITY, "Range: bytes=-" + TAIL_BYTES);
        int length = SDIST.bytes().length;
        assertThat(tail.status()).isEqualTo(206);
        assertThat(tail.header("Content-Range")).isEqualTo("bytes 0-" + (length - 1) + "/" + length);
        assertThat(tail.body().bytes()).isEqualTo(SDIST.bytes());
    }

    /** From the answer it takes the length, and asks again. */
    @ParameterizedTest
    @EnumSource
    void aRangeThatIsNotThereTellsTheLength(Wire wire) {
        wire.get(index.mirror, SDIST.path());
        for (String range : new String[] {"bytes=-0", "bytes=100000-"}) {
            RawHttp.Response refused = wire.get(index.mirror, SDIST.path(), IDENTITY, "Range: " + range);
            assertThat(refused.status()).as(range).isEqualTo(416);
            assertThat(refused.header("Content-Range")).isEqualTo("bytes */" + SDIST.bytes().length);
        }
    }

    /** It follows no redirect, and takes a 409 for a file that is there, or a 400 whose text says so. */
    @ParameterizedTest
    @EnumSource
    void itUploadsAndSkipsWhatIsThere(Wire wire) throws Exception {
        TinyWheel wheel = TinyWheel.of("floe", "1.0");
        try (PublishedTo ours = new PublishedTo(data.resolve("ours"))) {
            RawHttp.Response taken = ours.publish(wire, "/ours/legacy/", form(wheel, wheel.bytes()));
            assertThat(taken.status()).as(taken.body().text()).isEqualTo(200);
            byte[] other = TinyWheel.of("floe", "1.0").padded(10, 1).bytes();
            RawHttp.Response there = ours.publish(wire, "/ours/legacy/", form(wheel, other));
            assertThat(there.status()).isEqualTo(409);
            assertThat(there.body().text()).contains("already exist");
        }
    }

    private static Form form(TinyWheel wheel, byte[] bytes) {
        return new Form()
                .field(":action", "file_upload")
                .field("protocol_version", "1")
                .field("name", wheel.name())
                .field("version", wheel.version())
                .field("filetype", "bdist_wheel")
                .field("metadata_version", "2.1")
                .field("summary", "made up for a test")
                .field("classifiers", "Programming Language :: Python :: 3")
                .field("pyversion", "py2.py3")
                .field("md5_digest", Form.digest("MD5", bytes))
                .field("sha256_digest", Form.digest("SHA-256", bytes))
                .field("blake2_256_digest", PublishedTo.blake2b(bytes))
                .file("content", wheel.filename(), bytes);
    }
}
