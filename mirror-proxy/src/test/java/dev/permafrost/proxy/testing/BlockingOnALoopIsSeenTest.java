package dev.permafrost.proxy.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.ArtifactKey;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.blockhound.BlockingOperationError;
import reactor.netty.resources.LoopResources;

/** The watch on event loops is on: what blocks there is refused, and would fail the class that did it. */
class BlockingOnALoopIsSeenTest {
    @TempDir
    Path data;

    @Test
    void sleepingIsSeen() {
        assertSeen(() -> {
            Thread.sleep(1);
            return null;
        });
    }

    @Test
    void openingAFileIsSeen() throws Exception {
        Path file = Files.writeString(data.resolve("f"), "x");
        assertSeen(() -> FileChannel.open(file));
        assertSeen(() -> Files.size(file));
        assertSeen(() -> Files.newInputStream(file));
    }

    @Test
    void aReadOfTheIndexIsSeen() {
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data))) {
            assertSeen(() -> store.view().lookup(new ArtifactKey("pypi", "demo/x")));
        }
    }

    private static void assertSeen(Callable<?> blocking) {
        LoopResources loops = LoopResources.create("watched", 1, true);
        try {
            assertThatThrownBy(
                            () -> loops.onServer(true).next().submit(blocking).get())
                    .hasCauseInstanceOf(BlockingOperationError.class);
            assertThat(LoopsDoNotBlock.takeViolations()).hasSize(1);
        } finally {
            loops.dispose();
        }
    }
}
