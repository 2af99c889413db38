package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.proxy.testing.TailInHand;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Of those who wait for a file that begins to come, none gets much before every other has got something. */
class FirstBytesOfAllComeFirstTest {
    private static final int FILE_BYTES = 1_000_000;

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<String> written = new ArrayList<>();

    @Test
    void ofAFileThatIsComing() {
        TailInHand file = new TailInHand(FILE_BYTES, null);
        new FilePump(file, new To("a"), 0, FILE_BYTES, true, sent -> {}).begin();
        new FilePump(file, new To("b"), 5, FILE_BYTES, true, sent -> {}).begin();
        channel.runPendingTasks();
        assertThat(written).isEmpty();
        file.grow(100_000, Tail.State.GROWING);
        channel.runPendingTasks();
        assertThat(written).containsExactly("a 0+16384", "b 5+16384", "a 16384+83616", "b 16389+83611");
        written.clear();
        file.grow(200_000, Tail.State.GROWING);
        channel.runPendingTasks();
        assertThat(written).containsExactly("a 100000+100000", "b 100000+100000");
    }

    @Test
    void notOfOneThatIsHere() {
        TailInHand file = new TailInHand(FILE_BYTES, null);
        file.grow(FILE_BYTES, Tail.State.COMPLETE);
        new FilePump(file, new To("a"), 0, FILE_BYTES, true, sent -> {}).begin();
        assertThat(written).containsExactly("a 0+" + FILE_BYTES);
    }

    private final class To implements Outlet {
        private final String name;

        To(String name) {
            this.name = name;
        }

        @Override
        public EventLoop loop() {
            return channel.eventLoop();
        }

        @Override
        public FileTraffic files() {
            throw new AssertionError("nothing has to be read");
        }

        @Override
        public int room() {
            return FILE_BYTES;
        }

        @Override
        public void whenRoom(Runnable then) {
            throw new AssertionError("there is room");
        }

        @Override
        public ChannelFuture write(Tail tail, long position, int count, boolean last) {
            written.add(name + " " + position + "+" + count);
            return channel.newSucceededFuture();
        }

        @Override
        public ChannelFuture write(ByteBuf bytes, boolean last) {
            throw new AssertionError("no bytes from memory");
        }

        @Override
        public void abort(Tail file, Throwable why, long sentBytes, long partBytes) {
            throw new AssertionError("nothing failed", why);
        }

        @Override
        public void abort() {
            throw new AssertionError("nothing failed");
        }
    }
}
