package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.FileHead;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.TinyWheel;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.ArtifactKey;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A reply that finds its client gone gives back the file that it holds open. */
class ReplyForAClientThatLeftIsDroppedTest {
    @TempDir
    Path data;

    @Test
    void whicheverOfTheTwoComesFirst() {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data))) {
            OpenBlob blob = blob(store);
            Queue<Runnable> loop = new ArrayDeque<>();
            Sinks.One<Reply> work = Sinks.one();

            blob.tryRetain();
            LoopHop leavesFirst =
                    LoopHop.to(loop::add, Mono.just(held(blob)), ReplyForAClientThatLeftIsDroppedTest::nobody);
            leavesFirst.leave();
            loop.remove().run();
            assertThat(blob.references()).isEqualTo(1);

            blob.tryRetain();
            LoopHop leavesBeforeTheWorkIsDone =
                    LoopHop.to(loop::add, work.asMono(), ReplyForAClientThatLeftIsDroppedTest::nobody);
            leavesBeforeTheWorkIsDone.leave();
            work.tryEmitValue(held(blob));
            loop.remove().run();
            assertThat(blob.references()).isEqualTo(1);

            blob.tryRetain();
            Executor ended = task -> {
                throw new RejectedExecutionException();
            };
            LoopHop.to(ended, Mono.just(held(blob)), ReplyForAClientThatLeftIsDroppedTest::nobody);
            assertThat(blob.references()).isEqualTo(1);
            blob.release();
        }
    }

    @Test
    void clientsThatHangUpAtOnceLeaveTheViewAndTheFilesAlone() {
        IndexFile one = IndexFile.of(TinyWheel.of("demo", "1.0").padded(300_000, 1));
        IndexFile two = IndexFile.of(TinyWheel.of("demo", "2.0").padded(300_000, 2));
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(one).add(two).serve(upstream);
            View view;
            try (RunningMirror mirror =
                    RunningMirror.in(data).from(upstream).openFilesMax(1).start()) {
                view = mirror.store().view();
                mirror.get(one.path());
                mirror.get(two.path());
                for (int i = 0; i < 200; i++) {
                    try (RawHttp client = mirror.connect()) {
                        client.request("GET", (i % 2 == 0 ? one : two).path());
                        client.reset();
                    }
                }
                assertThat(mirror.get(one.path()).body().sha256()).isEqualTo(one.sha256());
                Eventually.is(Duration.ofSeconds(10), "only the store holds its view", () -> view.references() == 1);
            }
            assertThat(view.references()).isZero();
        }
    }

    private static void nobody(Reply reply) {
        fail("there is nobody to take " + reply);
    }

    private static OpenBlob blob(MirrorStore store) {
        var incoming = store.begin(new ArtifactKey("pypi", "demo/x"), java.util.Set.of());
        incoming.staged().write(ByteBuffer.wrap(new byte[] {1, 2, 3}));
        return store.open(incoming.commit(Expectation.NOTHING, "http://h/x"));
    }

    private static Reply held(OpenBlob blob) {
        return new Reply.Held(blob, new FileHead("application/octet-stream", null, null, "no-store", CacheOutcome.HIT));
    }
}
