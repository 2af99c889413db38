package dev.permafrost.bench.origin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class MadeUpIndexIsLikePyPIsTest {
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static MadeUpIndex index(long seed) {
        List<String> names =
                IntStream.range(0, 2000).mapToObj(i -> "project-" + i).toList();
        return MadeUpIndex.of(names, List.of(new MadeUpIndex.Fixed("large", 700)), 34_000, seed);
    }

    private static String text(MadeUpIndex index, String path) {
        return new String(Objects.requireNonNull(index.page(path, true)).bytes(), UTF_8);
    }

    private static int count(String text, String part) {
        return text.split(part, -1).length - 1;
    }

    @Test
    void mostProjectsHaveAHandfulOfFilesAndSomeHaveHundreds() {
        MadeUpIndex index = index(1);
        int[] files = IntStream.range(0, index.names().size())
                .map(index::files)
                .sorted()
                .toArray();
        assertThat(index.names()).hasSize(2001).isSorted();
        assertThat(index.filesTotal()).isBetween(34_700L, 36_000L);
        assertThat(files[0]).isPositive();
        assertThat(files[1000]).isBetween(2, 10);
        assertThat(files[1980]).isGreaterThan(80);
    }

    @Test
    void aPageFollowsFromTheSeedAndHasAllThatPyPIsHave() {
        String page = text(index(1), "/simple/large/");
        assertThat(page).isEqualTo(text(index(1), "/simple/large/")).isNotEqualTo(text(index(2), "/simple/large/"));
        for (String key :
                List.of("\"filename\":", "\"hashes\":", "\"size\":", "\"upload-time\":", "\"core-metadata\":")) {
            assertThat(count(page, key)).as(key).isEqualTo(700);
        }
        assertThat(page).contains("\"requires-python\":\">=", "\"versions\":[\"0.0.0\"", "\"_last-serial\":");
        assertThat(index(1).page("/simple/unknown/", true)).isNull();
    }

    @Test
    void theOldestFileIsThereAndTheListChangesWhenTold() throws Exception {
        MadeUpIndex index = index(1);
        Artifact file = index.file(index.names().indexOf("large"));
        try (Origin origin = Origin.start(0, index, Behaviour.perfect())) {
            assertThat(text(index, "/simple/large/")).contains("\"sha256\":\"" + file.sha256() + "\"", file.path());
            assertThat(get(origin, file.path(), "").body()).hasSize((int) file.lengthBytes());
            HttpResponse<byte[]> list = get(origin, "/simple/", "");
            assertThat(count(new String(list.body(), UTF_8), "\"name\":")).isEqualTo(2002);
            String etag = list.headers().firstValue("ETag").orElseThrow();
            assertThat(get(origin, "/simple/", etag).statusCode()).isEqualTo(304);
            index.change();
            HttpResponse<byte[]> changed = get(origin, "/simple/", etag);
            assertThat(changed.statusCode()).isEqualTo(200);
            assertThat(changed.body()).isNotEqualTo(list.body());
        }
    }

    private static HttpResponse<byte[]> get(Origin origin, String path, String etag) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + origin.port() + path));
        if (!etag.isEmpty()) {
            request.header("If-None-Match", etag);
        }
        return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }
}
