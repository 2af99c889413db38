package dev.permafrost.proxy.admin;

import dev.permafrost.proxy.admin.ControlMessages.Answer;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Asks the process that owns a store to run a verb. */
public final class ControlClient {
    private static final int LINE_BYTES_MAX = 16 << 20;

    private ControlClient() {}

    /**
     * Has a verb run by the server at that socket, and waits for it as long as it takes. Blocks.
     *
     * @return its result; empty when no server listens there, so that the caller may open the store itself
     * @throws StoreException with the kind and message that the server sent; or of kind INTERNAL when it went away in the
     *     middle, or STORE_LOCKED when there is one that does not let this user in
     */
    public static Optional<Map<String, Object>> call(
            Path socket, String verb, Map<String, String> arguments, ProgressSink progress) {
        if (ControlServer.isTooLong(socket) || !Files.exists(socket)) {
            return Optional.empty();
        }
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return Optional.of(converse(channel, socket, new ControlMessages.Request(verb, arguments), progress));
        } catch (ConnectException e) {
            return Optional.empty();
        } catch (IOException e) {
            if (!Files.exists(socket)) {
                return Optional.empty();
            }
            throw new StoreException(
                    FailureKind.STORE_LOCKED,
                    "the server at " + socket + " can't be reached (" + e.getMessage()
                            + "); run the command as the user who runs the server",
                    e);
        }
    }

    private static Map<String, Object> converse(
            SocketChannel channel, Path socket, ControlMessages.Request request, ProgressSink progress) {
        try {
            ByteBuffer line = ByteBuffer.wrap(ControlMessages.write(request).getBytes(StandardCharsets.UTF_8));
            while (line.hasRemaining()) {
                channel.write(line);
            }
            Lines lines = new Lines(channel);
            while (true) {
                Answer answer = ControlMessages.answer(lines.next());
                if (answer instanceof Answer.Progress step) {
                    progress.progress(step.text(), step.done(), step.total());
                } else if (answer instanceof Answer.Result result) {
                    return result.values();
                } else if (answer instanceof Answer.Failure failure) {
                    throw new StoreException(failure.kind(), failure.message());
                }
            }
        } catch (IOException e) {
            throw new StoreException(
                    FailureKind.INTERNAL,
                    "the server at " + socket + " went away before '" + request.verb() + "' was done; its log says why",
                    e);
        }
    }

    /** Cuts what comes into lines. */
    private static final class Lines {
        private final SocketChannel channel;
        private final ByteBuffer buffer = ByteBuffer.allocate(16 << 10).limit(0);

        Lines(SocketChannel channel) {
            this.channel = channel;
        }

        String next() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (line.size() <= LINE_BYTES_MAX) {
                if (!buffer.hasRemaining()) {
                    int read = channel.read(buffer.clear());
                    buffer.flip();
                    if (read < 0) {
                        throw new IOException("the connection ended");
                    }
                }
                while (buffer.hasRemaining()) {
                    byte b = buffer.get();
                    if (b == '\n') {
                        return line.toString(StandardCharsets.UTF_8);
                    }
                    line.write(b);
                }
            }
            throw new IOException("the answer is too long");
        }
    }
}
