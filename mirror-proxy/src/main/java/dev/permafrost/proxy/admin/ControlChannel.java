package dev.permafrost.proxy.admin;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The server's end of one connection. Never waits without a limit: not for a caller that sends no request, and not for one
 * that does not read its answer. Progress that the caller does not take in time is dropped.
 */
final class ControlChannel implements AutoCloseable {
    static final int REQUEST_BYTES_MAX = 64 << 10;

    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);

    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;
    private ByteBuffer unsent = ByteBuffer.allocate(0);
    private boolean isBroken;

    ControlChannel(SocketChannel channel) throws IOException {
        this.channel = channel;
        selector = Selector.open();
        channel.configureBlocking(false);
        key = channel.register(selector, 0);
    }

    /**
     * Waits for the request's line.
     *
     * @throws StoreException of kind BAD_REQUEST when it is too long, too late, or broken off
     */
    String request() throws IOException {
        long deadline = System.nanoTime() + REQUEST_TIMEOUT.toNanos();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(8 << 10);
        while (line.size() <= REQUEST_BYTES_MAX) {
            await(SelectionKey.OP_READ, deadline, "no request came within " + REQUEST_TIMEOUT.toSeconds() + " seconds");
            int read = channel.read(buffer.clear());
            if (read < 0) {
                throw new StoreException(FailureKind.BAD_REQUEST, "the request broke off before the end of its line");
            }
            for (int i = 0; i < read; i++) {
                if (buffer.get(i) == '\n') {
                    line.write(buffer.array(), 0, i);
                    return line.toString(StandardCharsets.UTF_8);
                }
            }
            line.write(buffer.array(), 0, read);
        }
        throw new StoreException(
                FailureKind.BAD_REQUEST, "a request may have " + REQUEST_BYTES_MAX + " bytes; this one has more");
    }

    /** Sends progress if the caller takes it at once, else drops it. */
    synchronized void progress(String text, long done, long total) {
        if (isBroken) {
            return;
        }
        try {
            channel.write(unsent);
            if (!unsent.hasRemaining()) {
                unsent = encode(ControlMessages.progress(text, done, total));
                channel.write(unsent);
            }
        } catch (IOException e) {
            isBroken = true;
        }
    }

    /** Sends the last line, after whatever is left of the one before. */
    synchronized void finish(String line) throws IOException {
        long deadline = System.nanoTime() + ANSWER_TIMEOUT.toNanos();
        for (ByteBuffer rest : new ByteBuffer[] {unsent, encode(line)}) {
            while (rest.hasRemaining()) {
                if (channel.write(rest) == 0) {
                    await(SelectionKey.OP_WRITE, deadline, "the caller does not read its answer");
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        selector.close();
    }

    private void await(int operation, long deadline, String complaint) throws IOException {
        key.interestOps(operation);
        long millis = Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
        if (deadline - System.nanoTime() <= 0 || selector.select(millis) == 0) {
            throw new StoreException(FailureKind.BAD_REQUEST, complaint);
        }
        selector.selectedKeys().clear();
    }

    private static ByteBuffer encode(String line) {
        return ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8));
    }
}
