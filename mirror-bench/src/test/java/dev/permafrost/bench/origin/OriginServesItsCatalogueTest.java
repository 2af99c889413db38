package dev.permafrost.bench.origin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class OriginServesItsCatalogueTest {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final Catalogue catalogue = Catalogue.seeded(3)
            .project("many", 3, 300_000)
            .projects("single", 2, 1000)
            .build();
    private final Artifact file = catalogue.files("many").get(1);

    @Test
    void pagesNameEveryFileWithItsDigest() throws Exception {
        try (Origin origin = Origin.start(0, catalogue, Behaviour.perfect())) {
            assertThat(get(origin, "/simple/").body()).asString().contains("many/", "single-0/", "single-1/");
            String html = new String(get(origin, "/simple/many/").body(), UTF_8);
            for (Artifact each : catalogue.files("many")) {
                assertThat(html).contains("../.." + each.path() + "#sha256=" + each.sha256());
            }
            HttpResponse<byte[]> json =
                    get(origin, "/simple/many/", "Accept", "application/vnd.pypi.simple.v1+json, text/html;q=0.1");
            assertThat(json.headers().firstValue("Content-Type")).contains("application/vnd.pypi.simple.v1+json");
            assertThat(json.body()).asString().contains("\"sha256\":\"" + file.sha256() + "\"", "\"size\":300000");
            assertThat(get(origin, "/simple/other/").statusCode()).isEqualTo(404);
            assertThat(origin.count("/simple/many/")).isEqualTo(2);
        }
    }

    @Test
    void filesComeWholeAndInParts() throws Exception {
        try (Origin origin = Origin.start(0, catalogue, Behaviour.perfect())) {
            HttpResponse<byte[]> whole = get(origin, file.path());
            assertThat(sha256(whole.body())).isEqualTo(file.sha256());
            HttpResponse<byte[]> rest = get(origin, file.path(), "Range", "bytes=299990-");
            assertThat(rest.statusCode()).isEqualTo(206);
            assertThat(rest.headers().firstValue("Content-Range")).contains("bytes 299990-299999/300000");
            assertThat(ByteBuffer.wrap(rest.body()))
                    .isEqualTo(file.content().bytes().position(299_990));
            assertThat(get(origin, file.path(), "Range", "bytes=300000-").statusCode())
                    .isEqualTo(416);
            assertThat(get(origin, file.path(), "Range", "bytes=0-1", "If-Range", "\"x\"")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(origin.fileRequests()).isEqualTo(4);
            assertThat(origin.bytesSent()).isEqualTo(600_010);
            origin.forgetCounts();
            assertThat(origin.fileRequests()).isZero();
        }
    }

    @Test
    void waitsAndCutsAsToldTo() throws Exception {
        try (Origin origin = Origin.start(0, catalogue, new Behaviour(Duration.ofMillis(200), 0, 2))) {
            long start = System.nanoTime();
            assertThat(get(origin, file.path()).statusCode()).isEqualTo(200);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(190));
            assertThatThrownBy(() -> get(origin, file.path())).isInstanceOf(IOException.class);
        }
    }

    @Test
    void noTwoFilesAreAlike() {
        Set<String> digests = new HashSet<>();
        Catalogue all = Catalogue.seeded(1)
                .project("a", 50, 64)
                .projects("b", 50, 64)
                .project("c", 50, 64)
                .build();
        for (String project : all.projects()) {
            all.files(project).forEach(f -> digests.add(f.sha256()));
        }
        assertThat(digests).hasSize(150);
        assertThat(all.files("unknown")).isEqualTo(List.of());
    }

    private static HttpResponse<byte[]> get(Origin origin, String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + origin.port() + path))
                .timeout(Duration.ofSeconds(20));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
