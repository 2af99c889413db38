package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.FileHead;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.proxy.testing.TailInHand;
import io.netty.buffer.ByteBuf;
import io.netty.channel.FileRegion;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where only the end of the connection tells the end of a body (HTTP/1.0 without a length), and no connection can end otherwise
 * than in order (not TCP), nothing is sent of a file that is not verified yet.
 */
@SuppressWarnings({"FutureReturnValueIgnored", "NullAway"}) // what goes wrong here is a failed test
class NoPartPassesForTheWholeTest {
    private static final FileHead HEAD =
            new FileHead("application/octet-stream", null, null, "no-store", CacheOutcome.MISS);

    @TempDir
    Path folder;

    private FileChannel bytes;
    private TailInHand file;
    private EmbeddedChannel client;

    @BeforeEach
    void open() throws IOException {
        Path path = folder.resolve("file");
        Files.write(path, new byte[1_000]);
        bytes = FileChannel.open(path);
        file = new TailInHand(-1, bytes);
        ReplyWriter writer = new ReplyWriter();
        client = new EmbeddedChannel();
        client.pipeline()
                .addLast(new RequestDecoder(new HttpDecoderConfig()))
                .addLast(new Http1Connection(
                        client,
                        HttpConfig.defaults(),
                        new RefusalCounts(),
                        new FileTraffic(Runnable::run, 1),
                        exchange -> writer.write(exchange, new Reply.Growing(file, HEAD))));
    }

    @AfterEach
    void close() throws IOException {
        client.finishAndReleaseAll();
        bytes.close();
        assertThat(file.references()).isZero();
    }

    @Test
    void whatIsCompleteInTheEndComesWithItsLength() {
        ask("HTTP/1.0");
        file.grow(600, Tail.State.GROWING);
        client.runPendingTasks();
        assertThat(client.outboundMessages()).isEmpty();
        file.grow(1_000, Tail.State.COMPLETE);
        client.runPendingTasks();
        assertThat(text()).startsWith("HTTP/1.1 200 OK\r\n").contains("\r\nContent-Length: 1000\r\n");
        FileRegion body = client.readOutbound();
        assertThat(body.count()).isEqualTo(1_000);
        body.release();
    }

    @Test
    void whatFailsIsAnError() {
        ask("HTTP/1.0");
        file.grow(999, Tail.State.GROWING);
        file.grow(999, Tail.State.FAILED);
        client.runPendingTasks();
        assertThat(text()).startsWith("HTTP/1.1 502 Bad Gateway\r\n");
    }

    @Test
    void whoLeavesBeforeLeavesTheFileAlone() {
        ask("HTTP/1.0");
        client.close();
        assertThat(file.listeners()).isZero();
        assertThat(file.references()).isZero();
    }

    /** Chunks tell their end. */
    @Test
    void whoSpeaksAnythingNewerNeedNotWait() {
        ask("HTTP/1.1");
        file.grow(600, Tail.State.GROWING);
        client.runPendingTasks();
        assertThat(text()).contains("\r\nTransfer-Encoding: chunked\r\n");
        client.close();
    }

    private void ask(String version) {
        client.writeInbound(
                client.alloc().buffer().writeBytes(("GET /x " + version + "\r\nHost: a\r\n\r\n").getBytes(US_ASCII)));
    }

    private String text() {
        ByteBuf bytes = client.readOutbound();
        try {
            return bytes.toString(US_ASCII);
        } finally {
            bytes.release();
        }
    }
}
