package dev.permafrost.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.Catalogue;
import dev.permafrost.bench.origin.Origin;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OwnLoadTellsWhatItDidTest {
    private static final String RESULT =
            "result total=300 counted=200 seconds=2.0 errors=1 resumed=%d busy=0.5 p99=70.5" + " complaint=status_500";

    @Test
    void theResultIsALineAmongOthers() throws Exception {
        Map<String, String> result = OwnLoad.parse("WARNING: x=y\n" + RESULT.formatted(0) + "\n");
        assertThat(OwnLoad.handshakes(false, result)).isEqualTo(new Load.Result(300, 100, 70.5, 1, 0.5));
    }

    @Test
    void resumedHandshakesMustBeResumed() throws Exception {
        assertThat(OwnLoad.handshakes(true, OwnLoad.parse(RESULT.formatted(199)))
                        .requestsPerSecond())
                .isEqualTo(100);
        Map<String, String> few = OwnLoad.parse(RESULT.formatted(150));
        assertThatThrownBy(() -> OwnLoad.handshakes(true, few))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("of 200 handshakes, 150 were resumed");
    }

    @Test
    void fullHandshakesMustNotBe() throws Exception {
        Map<String, String> one = OwnLoad.parse(RESULT.formatted(1));
        assertThatThrownBy(() -> OwnLoad.handshakes(false, one))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("1 were resumed");
    }

    @Test
    void withoutAResultTheOutputIsShown() {
        assertThatThrownBy(() -> OwnLoad.parse("Connection refused\n"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Connection refused");
    }

    @Test
    void aRateIsKept() throws Exception {
        Catalogue catalogue = Catalogue.seeded(1).project("sample", 3, 1000).build();
        try (Origin origin = Origin.start(0, catalogue, Behaviour.perfect())) {
            OwnLoad.Paced paced = new OwnLoad("", 4, Duration.ofMillis(300))
                    .paced(URI.create(origin.simpleUrl() + "sample/"), 200, Duration.ofSeconds(1));
            assertThat(paced.requestsPerSecond()).isBetween(150.0, 201.0);
            assertThat(paced.p99()).isGreaterThanOrEqualTo(paced.p50()).isPositive();
        }
    }

    @Test
    void eachPathIsAskedForOnceAndSomethingElseAsCountingBegins(@TempDir Path folder) throws Exception {
        Catalogue catalogue = Catalogue.seeded(1).projects("sample", 50, 1000).build();
        Path paths = Files.write(
                folder.resolve("paths"),
                IntStream.range(0, 50)
                        .mapToObj(i -> "/simple/sample-" + i + "/")
                        .toList());
        try (Origin origin = Origin.start(0, catalogue, Behaviour.perfect())) {
            OwnLoad.Paced paced = new OwnLoad("", 4, Duration.ofMillis(300))
                    .paced(
                            URI.create(origin.simpleUrl() + "sample-0/"),
                            List.of("paths=" + paths, "begins-with=/simple/sample-1/"),
                            100,
                            Duration.ofSeconds(1));
            assertThat(paced.max()).isGreaterThanOrEqualTo(paced.p999() * 0.99);
            assertThat(IntStream.range(2, 50)).allMatch(i -> origin.count("/simple/sample-" + i + "/") == 1);
            assertThat(origin.count("/simple/sample-1/")).isEqualTo(2);
        }
    }

    @Test
    void aCrowdStaysUntilTheServerEnds() throws Exception {
        Catalogue catalogue = Catalogue.seeded(1).project("sample", 3, 1000).build();
        Origin origin = Origin.start(0, catalogue, Behaviour.perfect());
        try (Crowd crowd = Crowd.of(7, URI.create(origin.simpleUrl() + "sample/"))) {
            assertThat(crowd.open()).isEqualTo(7);
        } finally {
            origin.close();
        }
    }

    @Test
    void aCrowdIsNotMadeOfRefusals() throws Exception {
        Catalogue catalogue = Catalogue.seeded(1).project("sample", 3, 1000).build();
        try (Origin origin = Origin.start(0, catalogue, Behaviour.perfect())) {
            URI unknown = URI.create(origin.simpleUrl() + "unknown/");
            assertThatThrownBy(() -> Crowd.of(7, unknown))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("connection 1 with " + unknown + ": status 404");
        }
    }
}
