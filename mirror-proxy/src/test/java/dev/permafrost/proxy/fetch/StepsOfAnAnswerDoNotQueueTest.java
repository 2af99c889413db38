package dev.permafrost.proxy.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** The first of a crowd gets to upstream without waiting for each of the others at each of its steps. */
class StepsOfAnAnswerDoNotQueueTest {
    private static final Duration LONG = Duration.ofSeconds(20);

    @TempDir
    Path data;

    @Test
    void theSecondStepOfOneComesBeforeTheFirstOfTheNext() {
        List<String> steps = new CopyOnWriteArrayList<>();
        CountDownLatch allHere = new CountDownLatch(1);
        try (Blocking one = new Blocking(1)) {
            List<Mono<Boolean>> answers = new ArrayList<>();
            answers.add(one.call(() -> {
                allHere.await();
                return true;
            }));
            for (String name : List.of("a", "b")) {
                answers.add(
                        one.call(() -> steps.add(name + 1)).flatMap(ignored -> one.call(() -> steps.add(name + 2))));
            }
            StepVerifier.create(Flux.merge(answers).doOnSubscribe(s -> allHere.countDown()))
                    .expectNextCount(3)
                    .expectComplete()
                    .verify(LONG);
        }
        assertThat(steps).containsExactly("a1", "a2", "b1", "b2");
    }

    @Test
    void aStepOfAnotherPoolQueuesThere() {
        try (Blocking one = new Blocking(1);
                Blocking other = new Blocking(1)) {
            Mono<List<Thread>> threads = one.call(Thread::currentThread)
                    .flatMap(first -> other.call(Thread::currentThread).map(second -> List.of(first, second)));
            StepVerifier.create(threads)
                    .assertNext(both -> assertThat(both).doesNotHaveDuplicates())
                    .expectComplete()
                    .verify(LONG);
        }
    }

    @Test
    void aCrowdInSearchOfAFileThatIsNowhereAsksForItsPageOnce() {
        IndexFile listed = IndexFile.of(TinyWheel.of("demo", "1.0"));
        try (ScriptedUpstream upstream = ScriptedUpstream.start();
                RunningMirror mirror = RunningMirror.in(data).from(upstream).start()) {
            new SimpleIndexTree().add(listed).serve(upstream);
            List<RawHttp> crowd = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                crowd.add(mirror.connect().request("GET", "/packages/demo-2.0-py3-none-any.whl"));
            }
            crowd.forEach(client -> {
                assertThat(client.read().head().status()).isEqualTo(404);
                client.close();
            });
            assertThat(upstream.requests("/simple/demo/")).hasSize(1);
            assertThat(mirror.get(listed.path()).body().sha256()).isEqualTo(listed.sha256());
        }
    }
}
