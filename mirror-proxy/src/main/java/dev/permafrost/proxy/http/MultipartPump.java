package dev.permafrost.proxy.http;

import io.netty.channel.ChannelFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Sends several parts of a held file, one after the other. Owns one reference to it. On the outlet's event loop. */
final class MultipartPump {
    private final WholeFile file;
    private final Multipart parts;
    private final Outlet outlet;
    private final Consumer<ChannelFuture> sent;
    private @Nullable FilePump current;
    private boolean done;

    /**
     * Parts of a file.
     *
     * @param sent called with the last write, and never if there can't be one
     */
    MultipartPump(WholeFile file, Multipart parts, Outlet outlet, Consumer<ChannelFuture> sent) {
        this.file = file;
        this.parts = parts;
        this.outlet = outlet;
        this.sent = sent;
    }

    /** Begins to send; after the head. */
    void begin() {
        part(0);
    }

    private void part(int index) {
        if (done) {
            return;
        }
        boolean last = index == parts.parts().size();
        ChannelFuture delimiter = outlet.write(parts.delimiter(index), last);
        if (last) {
            finish();
            sent.accept(delimiter);
            return;
        }
        if (!file.tryRetain()) {
            throw new IllegalStateException("the file is closed under its reader");
        }
        ByteRange range = parts.parts().get(index);
        FilePump pump = new FilePump(
                file,
                outlet,
                range.start(),
                range.end(),
                false,
                written -> outlet.loop().execute(() -> part(index + 1)));
        current = pump;
        pump.begin();
    }

    /** Gives everything back, sent or not. */
    void finish() {
        if (!done) {
            done = true;
            FilePump pump = current;
            if (pump != null) {
                pump.finish();
            }
            file.release();
        }
    }
}
