package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** RFC 9110 §13 and §14 on a file that is held, byte for byte. */
class RangesOfHeldFilesTest {
    private static final byte[] BYTES = "0123456789abcdefghij".getBytes(StandardCharsets.US_ASCII);
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", BYTES);
    private static final String ETAG = '"' + FILE.sha256() + '"';
    private static final String OTHER = "\"other\"";

    /** Small files are sent from memory, this one by file regions. */
    private static final byte[] LARGE_BYTES = new byte[300_001];

    static {
        new Random(5).nextBytes(LARGE_BYTES);
    }

    private static final IndexFile LARGE = IndexFile.of("demo", "demo-2.0.tar.gz", "2.0", LARGE_BYTES);

    @TempDir
    static Path data;

    private static ScriptedUpstream upstream;
    private static RunningMirror mirror;
    private static String lastModified = "";

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(FILE).add(LARGE).serve(upstream);
        mirror = RunningMirror.in(data).from(upstream).start();
        mirror.get(FILE.path());
        lastModified = String.valueOf(mirror.get(FILE.path()).header("Last-Modified"));
    }

    @AfterAll
    static void stop() {
        mirror.close();
        upstream.close();
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-4,0,5",
        "bytes=5-9,5,10",
        "bytes=0-0,0,1",
        "bytes=19-19,19,20",
        "bytes=15-,15,20",
        "bytes=0-,0,20",
        "bytes=-5,15,20",
        "bytes=-20,0,20",
        "bytes=-999,0,20",
        "bytes=10-999,10,20",
        "bytes=10-99999999999999999999999,10,20",
        "BYTES=1-2,1,3",
        "'bytes=0-1,',0,2",
        "'bytes=0-4,2-9',0,10",
        "'bytes=3-4,99-',3,5"
    })
    void oneRangeIs206(String range, int start, int end) {
        RawHttp.Response response = mirror.get(FILE.path(), "Range: " + range);
        assertThat(response.status()).isEqualTo(206);
        assertThat(response.header("Content-Range")).isEqualTo("bytes " + start + "-" + (end - 1) + "/20");
        assertThat(response.header("Content-Length")).isEqualTo("" + (end - start));
        assertThat(response.header("ETag")).isEqualTo(ETAG);
        assertThat(response.body().bytes()).isEqualTo(Arrays.copyOfRange(BYTES, start, end));
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0,0,1",
        "bytes=65536-131072,65536,131073",
        "bytes=-70000,230001,300001",
        "bytes=300000-,300000,300001",
        "bytes=0-,0,300001"
    })
    void soItIsOfALargeFile(String range, int start, int end) {
        mirror.get(LARGE.path());
        RawHttp.Response response = mirror.get(LARGE.path(), "Range: " + range);
        assertThat(response.status()).isEqualTo(206);
        assertThat(response.header("Content-Range")).isEqualTo("bytes " + start + "-" + (end - 1) + "/300001");
        assertThat(response.body().bytes()).isEqualTo(Arrays.copyOfRange(LARGE_BYTES, start, end));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=20-", "bytes=20-30", "bytes=99999999999999999999-", "bytes=-0"})
    void aRangeBeyondTheEndIs416AndNamesTheLength(String range) {
        RawHttp.Response response = mirror.get(FILE.path(), "Range: " + range);
        assertThat(response.status()).isEqualTo(416);
        assertThat(response.header("Content-Range")).isEqualTo("bytes */20");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes=",
                "bytes=-",
                "bytes=a-b",
                "bytes=5-2",
                "bytes=1-2-3",
                "bytes=+1-2",
                "bytes 0-4",
                "items=0-4",
                "bytes=0x1-2",
                "bytes=,",
                "bytes=0-1,x",
                "bytes=١-٢"
            })
    void whatIsNoRangeIsTheWholeFile(String range) {
        RawHttp.Response response = mirror.get(FILE.path(), "Range: " + range);
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.body().bytes()).isEqualTo(BYTES);
        assertThat(response.header("Accept-Ranges")).isEqualTo("bytes");
    }

    @Test
    void severalRangesComeInParts() {
        RawHttp.Response response = mirror.get(FILE.path(), "Range: bytes=15-, 0-1 ,5-6,-2");
        // the last overlaps the first, so that all are sorted and merged
        assertParts(response, "0-1", "5-6", "15-19");
        assertParts(mirror.get(FILE.path(), "Range: bytes=15-16,0-1"), "15-16", "0-1");
        assertParts(mirror.get(FILE.path(), "Range: bytes=0-0,1-1,50-60"), "0-0", "1-1");
    }

    @Test
    void upTo256RangesAreAnsweredAndMoreAreTheWholeFile() {
        assertThat(mirror.get(FILE.path(), "Range: bytes=" + "0-0,3-3,".repeat(128))
                        .status())
                .isEqualTo(206);
        assertThat(mirror.get(FILE.path(), "Range: bytes=" + "0-0,3-3,".repeat(128) + "5-5")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void theConnectionGoesOnAfterParts() {
        try (RawHttp client = mirror.connect()) {
            client.request("GET", FILE.path(), "Range: bytes=0-1,5-6").request("GET", FILE.path());
            assertParts(client.read(), "0-1", "5-6");
            assertThat(client.read().body().bytes()).isEqualTo(BYTES);
        }
    }

    private static void assertParts(RawHttp.Response response, String... ranges) {
        assertThat(response.status()).isEqualTo(206);
        assertThat(response.header("Content-Range")).isNull();
        String type = String.valueOf(response.header("Content-Type"));
        assertThat(type).startsWith("multipart/byteranges; boundary=");
        String boundary = type.substring(type.indexOf('=') + 1);
        StringBuilder expected = new StringBuilder();
        for (String range : ranges) {
            int dash = range.indexOf('-');
            expected.append(expected.isEmpty() ? "--" : "\r\n--")
                    .append(boundary)
                    .append("\r\nContent-Type: ")
                    .append(mirror.get(FILE.path()).header("Content-Type"))
                    .append("\r\nContent-Range: bytes ")
                    .append(range)
                    .append("/20\r\n\r\n")
                    .append(
                            new String(BYTES, StandardCharsets.US_ASCII),
                            Integer.parseInt(range.substring(0, dash)),
                            Integer.parseInt(range.substring(dash + 1)) + 1);
        }
        assertThat(response.body().text()).isEqualTo(expected + "\r\n--" + boundary + "--\r\n");
        assertThat(response.body().complete()).isTrue();
    }

    @Test
    void ifRangeDecidesWhetherTheRangeCounts() {
        assertThat(status("Range: bytes=0-1", "If-Range: " + ETAG)).isEqualTo(206);
        assertThat(status("Range: bytes=0-1", "If-Range: " + lastModified)).isEqualTo(206);
        assertThat(status("Range: bytes=0-1", "If-Range: " + OTHER)).isEqualTo(200);
        assertThat(status("Range: bytes=0-1", "If-Range: W/" + ETAG)).isEqualTo(200);
        assertThat(status("Range: bytes=0-1", "If-Range: Sun, 06 Nov 1994 08:49:37 GMT"))
                .isEqualTo(200);
        assertThat(status("Range: bytes=0-1", "If-Range: nonsense")).isEqualTo(200);
    }

    @Test
    void ifNoneMatchIs304WithoutABody() {
        assertThat(status("If-None-Match: " + ETAG)).isEqualTo(304);
        assertThat(status("If-None-Match: W/" + ETAG)).isEqualTo(304);
        assertThat(status("If-None-Match: " + OTHER + ", " + ETAG)).isEqualTo(304);
        assertThat(status("If-None-Match: *")).isEqualTo(304);
        assertThat(status("If-None-Match: " + OTHER)).isEqualTo(200);
        assertThat(status("If-None-Match: " + FILE.sha256())).isEqualTo(200);
        assertThat(status("If-None-Match: " + OTHER, "If-Modified-Since: " + lastModified))
                .isEqualTo(200);
        assertThat(status("If-None-Match: " + ETAG, "Range: bytes=99-")).isEqualTo(304);
        RawHttp.Response response = mirror.get(FILE.path(), "If-None-Match: " + ETAG);
        assertThat(response.header("ETag")).isEqualTo(ETAG);
        assertThat(response.header("Cache-Control")).contains("immutable");
        assertThat(response.header("Date")).isNotNull();
        assertThat(response.header("Content-Type")).isNull();
    }

    @Test
    void ifMatchIs412() {
        assertThat(status("If-Match: " + ETAG)).isEqualTo(200);
        assertThat(status("If-Match: *")).isEqualTo(200);
        assertThat(status("If-Match: " + OTHER)).isEqualTo(412);
        assertThat(status("If-Match: W/" + ETAG)).isEqualTo(412);
        assertThat(status("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT")).isEqualTo(412);
        assertThat(status("If-Unmodified-Since: " + lastModified)).isEqualTo(200);
    }

    @Test
    void ifModifiedSinceInEachOfTheThreeForms() {
        assertThat(status("If-Modified-Since: " + lastModified)).isEqualTo(304);
        assertThat(status("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT")).isEqualTo(200);
        assertThat(status("If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT")).isEqualTo(200);
        assertThat(status("If-Modified-Since: Sun Nov  6 08:49:37 1994")).isEqualTo(200);
        assertThat(status("If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT")).isEqualTo(304);
        assertThat(status("If-Modified-Since: Sun Nov  6 08:49:37 2095")).isEqualTo(304);
        assertThat(status("If-Modified-Since: never")).isEqualTo(200);
    }

    @Test
    void headHasTheLengthAndNoBody() {
        try (RawHttp client = mirror.connect()) {
            client.request("HEAD", FILE.path(), "Range: bytes=0-1").request("GET", FILE.path());
            RawHttp.Head head = client.readHead();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.header("Content-Length")).isEqualTo("20");
            assertThat(client.read().body().bytes()).isEqualTo(BYTES);
        }
    }

    @Test
    void fieldNamesAreSpelledAsEverybodySpellsThem() {
        assertThat(mirror.get(FILE.path()).head().headers())
                .extracting(java.util.Map.Entry::getKey)
                .containsExactlyInAnyOrder(
                        "Date",
                        "Cache-Control",
                        "Cache-Status",
                        "ETag",
                        "Last-Modified",
                        "Accept-Ranges",
                        "Content-Type",
                        "Content-Length");
    }

    private static int status(String... headers) {
        RawHttp.Response response = mirror.get(FILE.path(), headers);
        if (response.status() == 304) {
            assertThat(response.body().lengthBytes()).isZero();
        }
        return response.status();
    }

    /** The lines of a list are one list (RFC 9110 §5.3). */
    @Test
    void conditionsOverSeveralLinesAreOne() {
        assertThat(status("If-None-Match: " + OTHER, "If-None-Match: " + ETAG)).isEqualTo(304);
        assertThat(status("If-None-Match: " + OTHER, "If-None-Match: " + OTHER)).isEqualTo(200);
        assertThat(status("If-Match: " + OTHER, "If-Match: " + ETAG)).isEqualTo(200);
        assertThat(status("If-Match: " + OTHER, "If-Match: " + OTHER)).isEqualTo(412);
    }

    /** A range is no list of lines: one that is asked for twice is not asked for at all. */
    @Test
    void twoLinesOfRangesAreNone() {
        assertThat(status("Range: bytes=0-4", "Range: bytes=5-9")).isEqualTo(200);
        assertThat(status("Range: bytes=99-", "Range: bytes=99-")).isEqualTo(200);
    }
}
