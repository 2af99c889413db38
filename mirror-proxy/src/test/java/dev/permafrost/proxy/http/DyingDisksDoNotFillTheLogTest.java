package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.unix.Errors;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that can't be read any more are told of one by one, up to a number a minute; and clients that are gone not at all. */
class DyingDisksDoNotFillTheLogTest {
    private static final int EIO = 5;
    private static final int ECONNRESET = 104;

    @TempDir
    Path folder;

    private final List<OpenBlob> blobs = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final CapturedLog log = CapturedLog.open();
    private long nanos = 1;
    private final UnreadableFiles files = new UnreadableFiles(() -> nanos);
    private Http1Exchange exchange;

    @BeforeEach
    void ask() {
        Http1Connection connection = new Http1Connection(
                channel, HttpConfig.defaults(), new RefusalCounts(), new FileTraffic(Runnable::run, 1), asked -> {});
        exchange = new Http1Exchange(
                connection, channel, new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/file"), null);
    }

    @AfterEach
    void close() {
        log.close();
        exchange.leave();
        blobs.forEach(OpenBlob::release);
        var unused = channel.close();
    }

    @Test
    void theRestIsCountedAndToldOfLater() throws IOException {
        for (int i = 0; i < 60; i++) {
            fail(i % 30);
        }
        assertThat(log.messages()).hasSize(20).allMatch(line -> line.contains("/file can't be read"));
        nanos += TimeUnit.SECONDS.toNanos(61);
        fail(29);
        // twenty were told of, each at its first failure; the others at neither
        assertThat(log.messages())
                .hasSize(21)
                .last()
                .asString()
                .endsWith("; 40 more such failures have not been told of");
        nanos += TimeUnit.SECONDS.toNanos(61);
        fail(29);
        assertThat(log.messages()).hasSize(22).last().asString().doesNotContain("more such");
    }

    @Test
    void whatTheKernelSaysOfTheFileIsTold() throws IOException {
        files.tell(exchange, file(0), new Errors.NativeIoException("sendfile", -EIO, false), 3, 10);
        assertThat(log.messages()).singleElement().asString().contains("Input/output error", "after 3 of 10 bytes");
    }

    @Test
    void whatItSaysOfTheClientIsNot() throws IOException {
        files.tell(exchange, file(0), new Errors.NativeIoException("sendfile", -ECONNRESET, false), 3, 10);
        files.tell(exchange, file(0), new ClosedChannelException(), 3, 10);
        files.tell(exchange, file(0), new IOException("Broken pipe"), 3, 10);
        assertThat(log.messages()).isEmpty();
    }

    private void fail(int number) throws IOException {
        files.tell(exchange, file(number), UnreadableException.of(new IOException("made to fail")), 3, 10);
    }

    private WholeFile file(int number) throws IOException {
        Path path = Files.write(folder.resolve("file"), new byte[10]);
        OpenBlob blob = new OpenBlob(Digest.of(Algorithm.SHA256, sha256(number)), FileChannel.open(path), 10);
        blobs.add(blob);
        return new WholeFile(blob);
    }

    private static byte[] sha256(int number) {
        byte[] bytes = new byte[32];
        bytes[31] = (byte) number;
        return bytes;
    }
}
