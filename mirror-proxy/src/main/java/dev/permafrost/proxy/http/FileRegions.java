package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.Tail;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import java.nio.channels.FileChannel;

/**
 * Regions of shared descriptors: what {@link DefaultFileRegion} would close, these give a reference back to. They stay
 * subclasses of it, since only those leave by sendfile on epoll.
 */
final class FileRegions {
    private FileRegions() {}

    /** A region that takes a reference to the tail; its caller holds one meanwhile. */
    static FileRegion of(Tail tail, long position, long count) {
        if (!tail.tryRetain()) {
            throw new IllegalStateException("the tail is closed under its reader");
        }
        return new Shared(tail.channel(), position, count, tail::release);
    }

    private static final class Shared extends DefaultFileRegion {
        private final Runnable giveBack;

        Shared(FileChannel channel, long position, long count, Runnable giveBack) {
            super(channel, position, count);
            this.giveBack = giveBack;
        }

        @Override
        protected void deallocate() {
            giveBack.run();
        }
    }
}
