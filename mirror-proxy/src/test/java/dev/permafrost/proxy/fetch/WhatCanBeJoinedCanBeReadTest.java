package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.benmanes.caffeine.cache.Ticker;
import dev.permafrost.proxy.metrics.MirrorMeters;
import dev.permafrost.proxy.repo.ByteFlow;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.proxy.testing.Records;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.upstream.UpstreamClient;
import dev.permafrost.proxy.upstream.UpstreamConfig;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.model.ArtifactKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * Whoever asks in the moment between a fetch's last byte and its landing finds it under way, and reads it whole. When it was closed
 * by then, they looked whether it was held, found it under way, and so on, until their stack was full.
 */
class WhatCanBeJoinedCanBeReadTest {
    private static final long SOON_SECONDS = 20;
    private static final ArtifactKey KEY = new ArtifactKey("pypi", "demo/demo-1.0.tar.gz");
    private static final String CONTENT = "what upstream sends";

    @TempDir
    Path data;

    /** What one finds who asks when the flight is about to land. */
    private record Found(
            FileFlight flight,
            boolean joined,
            Tail.State state,
            @Nullable String content) {}

    @Test
    void untilTheFlightHasLanded() throws Exception {
        LoopResources loops = LoopResources.create("joined", 1, true);
        MirrorMeters meters = new MirrorMeters();
        CompletableFuture<Found> found = new CompletableFuture<>();
        SingleFlight<ArtifactKey, FileFlight> flights =
                new SingleFlight<>(1, Duration.ofSeconds(5), Ticker.systemTicker());
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data));
                Blocking blocking = new Blocking(2);
                UpstreamClient client = new UpstreamClient(
                        UpstreamConfig.defaults(),
                        Records.with(RepositoryConfig.defaults("pypi"), "upstream", upstream.uri("/")),
                        Map.of(),
                        blocking.executor(),
                        loops,
                        meters.upstream())) {
            upstream.on("/file").file(CONTENT.getBytes(StandardCharsets.UTF_8), "\"one\"");
            FileRequest request =
                    new FileRequest(KEY, upstream.uri("/file"), Expectation.NOTHING, "text/plain", "no-store");
            FileFlight flight = flights.join(
                            KEY,
                            landing -> new FileFlight(
                                    request,
                                    ByteFlow.FREE,
                                    store,
                                    client,
                                    blocking,
                                    FetchConfig.defaults(),
                                    0,
                                    failure -> {
                                        found.complete(found(flights));
                                        landing.land(failure);
                                    },
                                    Clock.systemUTC(),
                                    stored -> {},
                                    doubted -> Mono.empty()),
                            FileFlight::begin)
                    .flight();
            Found atLanding = found.get(SOON_SECONDS, TimeUnit.SECONDS);
            assertThat(atLanding).isEqualTo(new Found(flight, true, Tail.State.COMPLETE, CONTENT));
        } finally {
            meters.close();
            loops.dispose();
        }
    }

    private static Found found(SingleFlight<ArtifactKey, FileFlight> flights) {
        SingleFlight.Joined<FileFlight> joined = flights.join(
                KEY,
                landing -> {
                    throw new AssertionError("there is one");
                },
                flight -> {});
        FileFlight flight = joined.flight();
        if (!flight.tryRetain()) {
            return new Found(flight, joined.joined(), flight.state(), null);
        }
        try {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(flight.readableBytes()));
            while (bytes.hasRemaining() && flight.channel().read(bytes, bytes.position()) >= 0) {}
            return new Found(
                    flight, joined.joined(), flight.state(), new String(bytes.array(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            flight.release();
        }
    }
}
