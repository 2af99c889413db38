package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp2;
import dev.permafrost.proxy.testing.RawHttp2.Frame;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients of HTTP/2 that ask for files and open no window have nothing of them read into memory; as they open it, it is. */
@SuppressWarnings("FutureReturnValueIgnored") // what goes wrong here is a failed test
class ShutWindowsHoldNoMemoryTest {
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int STREAM_CLOSED = 5;
    private static final int STREAMS = 100;
    private static final int CONNECTIONS = 5;
    private static final IndexFile FILE = IndexFile.sized("large", 300_000);

    @TempDir
    static Path data;

    private static ScriptedUpstream upstream;
    private static RunningMirror mirror;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(FILE).serve(upstream);
        mirror = RunningMirror.in(data).from(upstream).withTls().start();
        mirror.get(FILE.path());
    }

    @AfterAll
    static void stop() {
        mirror.close();
        upstream.close();
    }

    /** A piece for each would be 32 MB. */
    @Test
    void hundredsOfStreamsAskAndTakeNothing() throws Exception {
        List<RawHttp2> clients = new ArrayList<>();
        try {
            clients.add(asking(1, 0));
            long before = directBytes();
            for (int i = 0; i < CONNECTIONS; i++) {
                clients.add(asking(STREAMS, 0));
            }
            assertThat(directBytes() - before).isLessThan(8 << 20);
            RawHttp2 last = clients.get(CONNECTIONS);
            last.frame(RawHttp2.SETTINGS, 0, 0, setting(1 << 20))
                    .frame(RawHttp2.WINDOW_UPDATE, 0, 0, 1 << 30)
                    .flush();
            assertThat(digests(last, STREAMS, 0)).hasSize(STREAMS).allMatch(FILE.sha256()::equals);
        } finally {
            clients.forEach(RawHttp2::close);
        }
    }

    /** Windows as narrow as a frame, of each stream and of the connection, which is shared. */
    @Test
    void whoOpensWindowsByAndByGetsAll() throws Exception {
        try (RawHttp2 client = asking(10, 5_000)) {
            assertThat(digests(client, 10, 1)).hasSize(10).allMatch(FILE.sha256()::equals);
        }
    }

    /** One whose window is shut does not stand in the way of the others. */
    @Test
    void oneStreamsWindowIsOpenedAndTheOthersNot() throws Exception {
        try (RawHttp2 client = asking(20, 0)) {
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, 1 << 30)
                    .frame(RawHttp2.WINDOW_UPDATE, 0, 39, 1 << 20)
                    .flush();
            assertThat(digests(client, 1, 0)).containsExactly(FILE.sha256());
        }
    }

    @Test
    void severalPartsWaitForTheirWindowsToo() throws Exception {
        try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort(), INITIAL_WINDOW_SIZE, 10)) {
            client.request(1, "GET", FILE.path(), true, "range", "bytes=0-99999,150000-299999")
                    .flush();
            client.expect(RawHttp2.HEADERS);
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, 1 << 20).flush();
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 1, 1 << 20).flush();
            int length = 0;
            Frame frame;
            do {
                frame = client.expect(RawHttp2.DATA);
                length += frame.payload().length;
            } while (!frame.has(RawHttp2.END_STREAM));
            assertThat(length).isBetween(250_000, 251_000);
        }
    }

    /** RFC 9113 §5.1; the answer may have begun. */
    @Test
    void aHeadOnAStreamThatItsClientHasEndedIsTooLate() {
        for (boolean atOnce : new boolean[] {true, false}) {
            try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort())) {
                client.request(1, "GET", FILE.path(), true);
                if (!atOnce) {
                    client.flush();
                    client.expect(RawHttp2.HEADERS);
                }
                client.request(1, "GET", FILE.path(), true).flush();
                Frame reset = client.expect(RawHttp2.RST_STREAM);
                assertThat(reset.stream()).isEqualTo(1);
                assertThat(reset.error()).isEqualTo(STREAM_CLOSED);
            }
        }
    }

    @Test
    void piecesAreSmallWhereManyAreOnTheirWay() {
        EmbeddedChannel channel = new EmbeddedChannel();
        CopiesUnderWay copies = new CopiesUnderWay();
        ChannelPromise large = channel.newPromise();
        copies.add(33 << 20, large);
        assertThat(copies.pieceBytesMax(128 << 10)).isEqualTo(8 << 10);
        large.setFailure(new IllegalStateException("made to fail"));
        channel.runPendingTasks();
        assertThat(copies.pieceBytesMax(128 << 10)).isEqualTo(128 << 10);
        assertThat(copies.bytes()).isZero();
    }

    /** One with so many streams on which the file has been asked for, and which have had its head. */
    private static RawHttp2 asking(int streams, int windowBytes) {
        RawHttp2 client = RawHttp2.connect(mirror.tlsPort(), INITIAL_WINDOW_SIZE, windowBytes);
        for (int i = 0; i < streams; i++) {
            client.request(2 * i + 1, "GET", FILE.path(), true);
        }
        client.flush();
        if (windowBytes == 0) {
            for (int i = 0; i < streams; i++) {
                client.expect(RawHttp2.HEADERS);
            }
        }
        return client;
    }

    /**
     * Reads until so many streams have ended.
     *
     * @param opens 1 to open the windows by as much as comes
     */
    private static List<String> digests(RawHttp2 client, int streams, int opens) throws Exception {
        Map<Integer, MessageDigest> bodies = new HashMap<>();
        List<String> ended = new ArrayList<>();
        while (ended.size() < streams) {
            Frame frame = client.expect(RawHttp2.DATA);
            MessageDigest body = bodies.get(frame.stream());
            if (body == null) {
                body = MessageDigest.getInstance("SHA-256");
                bodies.put(frame.stream(), body);
            }
            body.update(frame.payload());
            if (opens > 0 && frame.payload().length > 0) {
                client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, frame.payload().length);
                if (!frame.has(RawHttp2.END_STREAM)) {
                    client.frame(RawHttp2.WINDOW_UPDATE, 0, frame.stream(), frame.payload().length);
                }
                client.flush();
            }
            if (frame.has(RawHttp2.END_STREAM)) {
                ended.add(HexFormat.of().formatHex(body.digest()));
            }
        }
        return ended;
    }

    private static byte[] setting(int windowBytes) {
        return ByteBuffer.allocate(6)
                .putShort((short) INITIAL_WINDOW_SIZE)
                .putInt(windowBytes)
                .array();
    }

    private static long directBytes() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }
}
