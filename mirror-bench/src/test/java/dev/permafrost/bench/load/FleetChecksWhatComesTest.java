package dev.permafrost.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.bench.origin.Artifact;
import dev.permafrost.bench.origin.Behaviour;
import dev.permafrost.bench.origin.Catalogue;
import dev.permafrost.bench.origin.Origin;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FleetChecksWhatComesTest {
    private static final Duration SILENCE = Duration.ofSeconds(20);

    private final Catalogue catalogue =
            Catalogue.seeded(5).project("p", 3, 1_000_003).build();
    private final Artifact first = catalogue.files("p").get(0);
    private final Artifact second = catalogue.files("p").get(1);

    @Test
    void manyClientsReadFileAfterFile() throws Exception {
        try (Origin origin = Origin.start(0, catalogue, Behaviour.perfect())) {
            List<Download> plan = List.of(
                    Download.whole(first.path(), () -> Check.sha256(first)),
                    Download.whole(second.path(), () -> Check.length(second)),
                    Download.whole(
                            second.path(), () -> Check.whole(second.content().bytes())));
            List<Outcome> outcomes = new Fleet(origin.port(), 2, SILENCE).run(Collections.nCopies(20, plan));
            assertThat(outcomes).hasSize(60).allSatisfy(o -> {
                assertThat(o.error()).isNull();
                assertThat(o.left()).isFalse();
                assertThat(o.bytes()).isEqualTo(1_000_003);
                assertThat(o.firstByteNanos()).isPositive();
            });
            assertThat(outcomes.stream().map(Outcome::client).distinct()).hasSize(20);
        }
    }

    @Test
    void wrongBytesAreFound() throws Exception {
        ByteBuffer almost = first.content().bytes();
        almost.put(500_001, (byte) ~almost.get(500_001));
        ByteBuffer half = first.content().bytes().limit(500_000);
        try (Origin origin = Origin.start(0, catalogue, Behaviour.perfect())) {
            List<Outcome> outcomes = new Fleet(origin.port(), 1, SILENCE)
                    .run(List.of(List.of(
                            Download.whole(first.path(), () -> Check.sha256(second)),
                            Download.whole(first.path(), () -> Check.whole(almost)),
                            Download.whole(first.path(), () -> Check.whole(half)))));
            assertThat(outcomes.get(0).error()).contains(first.sha256() + " in place of " + second.sha256());
            assertThat(outcomes.get(1).error()).isEqualTo("wrong bytes from position 500001");
            assertThat(outcomes.get(2).error()).isEqualTo("1000003 bytes of 500000");
        }
    }

    @Test
    void aClientLeavesWhenTold() throws Exception {
        try (Origin origin = Origin.start(0, catalogue, Behaviour.perfect())) {
            List<Outcome> outcomes = new Fleet(origin.port(), 1, SILENCE)
                    .run(List.of(List.of(
                            new Download(
                                    first.path(),
                                    1000,
                                    () -> Check.prefix(first.content().bytes())),
                            Download.whole(second.path(), () -> Check.sha256(second)))));
            assertThat(outcomes).extracting(Outcome::left).containsExactly(true, false);
            assertThat(outcomes).extracting(Outcome::error).containsOnlyNulls();
            assertThat(outcomes.get(0).bytes()).isBetween(1000L, 1_000_003L);
        }
    }

    @Test
    void aBodyCutShortIsAnErrorAndTheNextIsAskedAnew() throws Exception {
        try (Origin origin = Origin.start(0, catalogue, new Behaviour(Duration.ZERO, 0, 2))) {
            Download download = Download.whole(first.path(), () -> Check.sha256(first));
            List<Outcome> outcomes =
                    new Fleet(origin.port(), 1, SILENCE).run(List.of(List.of(download, download, download)));
            assertThat(outcomes.get(0).error()).isNull();
            assertThat(outcomes.get(1).error()).contains("FIN").contains("after 500001 bytes");
            assertThat(outcomes.get(2).error()).isNull();
        }
    }

    @Test
    void anythingButA200IsAnError() throws Exception {
        try (Origin origin = Origin.start(0, catalogue, Behaviour.perfect())) {
            List<Outcome> outcomes = new Fleet(origin.port(), 1, SILENCE)
                    .run(List.of(List.of(Download.whole("/nothing", () -> Check.length(first)))));
            assertThat(outcomes.get(0).error()).contains("status 404");
            assertThat(outcomes.get(0).firstByteNanos()).isNegative();
        }
    }

    @Test
    void silenceIsGivenUp() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            List<Outcome> outcomes = new Fleet(silent.getLocalPort(), 1, Duration.ofSeconds(1))
                    .run(List.of(List.of(Download.whole("/", () -> Check.length(first)))));
            assertThat(outcomes).hasSize(1);
            assertThat(outcomes.get(0).error()).contains("nothing came for 1 s");
        }
    }
}
