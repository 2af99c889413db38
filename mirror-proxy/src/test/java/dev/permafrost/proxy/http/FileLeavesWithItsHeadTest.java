package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The head of a file does not wake the client for itself, and nothing is held back once the file has left. */
class FileLeavesWithItsHeadTest {
    private static final byte[] BYTES = "0123456789abcdefghij".getBytes(US_ASCII);
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", BYTES);
    private static final int REQUESTS = 50;
    /** The kernel lets a corked segment go after 200 ms; all requests together must take less than that each. */
    private static final long MILLIS_MAX = REQUESTS * 100L;

    @TempDir
    Path data;

    @Test
    void headAndBodyArriveInOneRead() throws IOException {
        assumeTrue(Epoll.isAvailable(), "only epoll holds segments back");
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            new SimpleIndexTree().add(FILE).serve(upstream);
            try (RunningMirror mirror = RunningMirror.in(data).from(upstream).start();
                    Socket socket = new Socket(InetAddress.getLoopbackAddress(), mirror.port())) {
                assertThat(mirror.get(FILE.path()).status()).isEqualTo(200);
                byte[] request = ("GET " + FILE.path() + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(US_ASCII);
                byte[] buffer = new byte[64 << 10];
                long began = System.nanoTime();
                for (int i = 0; i < REQUESTS; i++) {
                    socket.getOutputStream().write(request);
                    int count = socket.getInputStream().read(buffer);
                    assertThat(new String(buffer, 0, count, US_ASCII))
                            .startsWith("HTTP/1.1 200 OK\r\n")
                            .endsWith("\r\n\r\n" + new String(BYTES, US_ASCII));
                }
                assertThat((System.nanoTime() - began) / 1_000_000).isLessThan(MILLIS_MAX);
            }
        }
    }
}
