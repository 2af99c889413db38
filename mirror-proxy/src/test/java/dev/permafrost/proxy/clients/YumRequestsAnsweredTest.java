package dev.permafrost.proxy.clients;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.Wire;
import dev.permafrost.proxy.testing.YumRepositories;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What librepo (of dnf 4 and 5, with and without zchunk) and urlgrabber (of EL7's yum) send, in the clear and under TLS; {@code RealDnfTest}
 * runs a whole dnf.
 */
final class YumRequestsAnsweredTest {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final String AT = "/el/7/";
    private static final String REPOMD = "/yum/repodata/repomd.xml";
    private static final String PACKAGE = "Packages/long-1.0-1.noarch.rpm";
    private static final byte[] LONG = random(2_053_452);
    private static final String[] LIBREPO = {
        "User-Agent: libdnf (Debian GNU/Linux 12; generic; Linux.x86_64)", "Accept: */*"
    };
    private static final String[] URLGRABBER = {"User-Agent: urlgrabber/3.10 yum/3.4.3", "Accept: */*"};
    /** What librepo asks for at once. */
    private static final int RANGES_MAX = 256;

    @TempDir
    Path folder;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private RpmTree tree = new RpmTree().with(PACKAGE, LONG).with("a~b+c^d.rpm", RpmTree.bytes("marks"));
    private RunningMirror mirror;

    @BeforeEach
    void start() {
        tree.at(upstream, AT);
        mirror = RunningMirror.in(folder.resolve("data"))
                .beside(YumRepositories.from(upstream, AT))
                .withTls()
                .start();
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(1).nextBytes(bytes);
        return bytes;
    }

    private static String[] and(String[] lines, String... more) {
        List<String> all = new ArrayList<>(List.of(lines));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private static byte[] part(byte[] bytes, long first, long last) {
        return Arrays.copyOfRange(bytes, (int) first, (int) last + 1);
    }

    private static void isThePart(RawHttp.Response response, byte[] whole, long first, long last) {
        assertThat(response.status()).isEqualTo(206);
        assertThat(response.header("Content-Range")).isEqualTo("bytes " + first + "-" + last + "/" + whole.length);
        assertThat(response.header("Content-Length")).isEqualTo(Long.toString(last - first + 1));
        assertThat(response.body().bytes()).isEqualTo(part(whole, first, last));
    }

    @ParameterizedTest
    @EnumSource
    void librepoGetsAllThatRepomdNames(Wire wire) {
        tree.metadata().forEach((path, bytes) -> {
            RawHttp.Response answer = wire.get(mirror, "/yum/" + path, LIBREPO);
            assertThat(answer.status()).as(path).isEqualTo(200);
            assertThat(answer.header("Content-Length")).as(path).isEqualTo(Integer.toString(bytes.length));
            assertThat(answer.head().count("Content-Encoding")).as(path).isZero();
            assertThat(answer.header("Accept-Ranges"))
                    .as(path)
                    .isEqualTo(path.endsWith("/repomd.xml") ? null : "bytes");
            assertThat(answer.body().bytes()).as(path).isEqualTo(bytes);
        });
    }

    /** It takes a 304 for a failure, and never asks for one. */
    @ParameterizedTest
    @EnumSource
    void whatNoCacheMayAnswerIsAnsweredWhole(Wire wire) {
        for (int i = 0; i < 2; i++) {
            RawHttp.Response answer = wire.get(
                    mirror, REPOMD + "?countme=3", and(LIBREPO, "Cache-Control: no-cache", "Pragma: no-cache"));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body().text()).contains("<repomd");
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNotThereIsRefusedAtOnce(Wire wire) {
        for (String path : List.of("repodata/repomd.xml.asc", ".treeinfo", "treeinfo", "media.1/media", "no.rpm")) {
            assertThat(wire.get(mirror, "/yum/" + path, LIBREPO).status())
                    .as(path)
                    .isEqualTo(404);
        }
    }

    @ParameterizedTest
    @EnumSource
    void marksInNamesAreTheSameHoweverTheyAreWritten(Wire wire) {
        for (String path : List.of("a~b+c^d.rpm", "a%7Eb%2Bc%5Ed.rpm", "a~b%2Bc%5Ed.rpm")) {
            RawHttp.Response answer = wire.get(mirror, "/yum/" + path, LIBREPO);
            assertThat(answer.body().text()).as(path).isEqualTo("marks");
        }
        assertThat(upstream.requests().stream().filter(request -> request.path().contains(".rpm")))
                .as("one name, one file")
                .hasSize(1);
    }

    /** It appends whatever comes to what it has, so that only a true part will do. */
    @ParameterizedTest
    @EnumSource
    void urlgrabberGoesOnWhereItWas(Wire wire) {
        wire.get(mirror, REPOMD, URLGRABBER);
        for (String when : List.of("not held", "held")) {
            RawHttp.Response rest = wire.get(mirror, "/yum/" + PACKAGE, and(URLGRABBER, "Range: bytes=500000-"));
            assertThat(rest.status()).as(when).isEqualTo(206);
            isThePart(rest, LONG, 500_000, LONG.length - 1);
        }
        isThePart(wire.get(mirror, "/yum/" + PACKAGE, and(URLGRABBER, "Range: bytes=1384-8999")), LONG, 1384, 8999);
    }

    @ParameterizedTest
    @EnumSource
    void urlgrabberHasItAllAlready(Wire wire) {
        wire.get(mirror, REPOMD, URLGRABBER);
        wire.get(mirror, "/yum/" + PACKAGE, URLGRABBER);
        RawHttp.Response answer =
                wire.get(mirror, "/yum/" + PACKAGE, and(URLGRABBER, "Range: bytes=" + LONG.length + "-"));
        assertThat(answer.status()).isEqualTo(416);
        assertThat(answer.header("Content-Range")).isEqualTo("bytes */" + LONG.length);
    }

    @ParameterizedTest
    @EnumSource
    void urlgrabberTakesMetadataOverOneConnection(Wire wire) {
        try (RawHttp client = wire.connect(mirror)) {
            tree.metadata()
                    .forEach((path, bytes) -> assertThat(client.request("GET", "/yum/" + path, URLGRABBER)
                                    .read()
                                    .body()
                                    .bytes())
                            .as(path)
                            .isEqualTo(bytes));
        }
    }

    /** The lead of a zchunk file, its header, and then what it lacks. */
    @ParameterizedTest
    @EnumSource
    void zchunkTakesAsManyPartsAtOnceAsItMay(Wire wire) {
        byte[] twin = random(200_034);
        tree.naming("primary_zck", twin).revision("2").at(upstream, AT);
        mirror.close();
        mirror = RunningMirror.in(folder.resolve("other"))
                .beside(YumRepositories.from(upstream, AT))
                .withTls()
                .start();
        String path = "/yum/"
                + tree.metadata().keySet().stream()
                        .filter(file -> file.contains("primary_zck"))
                        .findFirst()
                        .orElseThrow();
        wire.get(mirror, REPOMD, LIBREPO);
        isThePart(wire.get(mirror, path, and(LIBREPO, "Range: bytes=0-88")), twin, 0, 88);
        isThePart(wire.get(mirror, path, and(LIBREPO, "Range: bytes=89-2873")), twin, 89, 2873);
        int[] starts = IntStream.range(0, RANGES_MAX).map(i -> 3000 + 700 * i).toArray();
        StringBuilder ranges = new StringBuilder();
        for (int start : starts) {
            ranges.append(ranges.isEmpty() ? "" : ",").append(start).append('-').append(start + 99);
        }
        RawHttp.Response parts = wire.get(mirror, path, and(LIBREPO, "Range: bytes=" + ranges));
        assertThat(parts.status()).isEqualTo(206);
        String type = String.valueOf(parts.header("Content-Type"));
        assertThat(type).startsWith("multipart/byteranges; boundary=");
        String[] bodies = new String(parts.body().bytes(), ISO_8859_1)
                .split("\r?\n?--" + type.substring(type.indexOf('=') + 1).replace("\"", ""), -1);
        assertThat(bodies).hasSize(RANGES_MAX + 2);
        for (int i = 0; i < RANGES_MAX; i++) {
            String body = bodies[i + 1];
            assertThat(body).contains("Content-Range: bytes " + starts[i] + "-" + (starts[i] + 99) + "/200034");
            assertThat(body.substring(body.indexOf("\r\n\r\n") + 4).getBytes(ISO_8859_1))
                    .isEqualTo(part(twin, starts[i], starts[i] + 99));
        }
    }

    @Test
    void aRealZckdlTakesOnlyWhatHasChanged() throws IOException {
        assumeTrue(Subprocess.onPath("zckdl").isPresent(), "no zckdl here");
        Path old = zchunk("old", "");
        byte[] twin = Files.readAllBytes(zchunk("new", "a line more\n"));
        tree = new RpmTree().naming("primary_zck", twin).revision("3");
        tree.at(upstream, AT);
        mirror.close();
        mirror = RunningMirror.in(folder.resolve("other"))
                .beside(YumRepositories.from(upstream, AT))
                .start();
        assertThat(mirror.get(REPOMD).status()).isEqualTo(200);
        Map.Entry<String, byte[]> file = tree.metadata().entrySet().stream()
                .filter(entry -> entry.getKey().contains("primary_zck"))
                .findFirst()
                .orElseThrow();
        Path got = Files.createDirectories(folder.resolve("got"));
        Subprocess.Result result = Subprocess.command(
                        "zckdl",
                        "--fail-no-ranges",
                        "-v",
                        "--source",
                        old.toString(),
                        "http://127.0.0.1:" + mirror.port() + "/yum/" + file.getKey())
                .in(got)
                .run(PATIENCE)
                .orFail();
        Path there = got.resolve(file.getKey().substring("repodata/".length()));
        assertThat(there).as(result.toString()).hasBinaryContent(twin);
    }

    /** A zchunk file of many chunks, the first of which differs by what is put in front. */
    private Path zchunk(String name, String front) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        text.writeBytes(RpmTree.bytes(front));
        Random random = new Random(2);
        for (int i = 0; i < 20_000; i++) {
            text.writeBytes(RpmTree.bytes("<package>" + random.nextLong() + "</package>\n"));
        }
        Path plain = Files.write(
                Files.createDirectories(folder.resolve("zck-" + name)).resolve("primary.xml"), text.toByteArray());
        Path out = plain.resolveSibling("primary.xml.zck");
        Subprocess.command("zck", "-o", out.toString(), plain.toString())
                .run(PATIENCE)
                .orFail();
        return out;
    }
}
