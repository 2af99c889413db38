package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp2;
import dev.permafrost.proxy.testing.RawHttp2.Frame;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever only keeps the server busy with frames is sent away soon, while others are served; whoever uses many is not. */
class FloodsOfFramesEndTest {
    /** Far more than any flood below takes to be noticed. */
    private static final int ROUNDS_MAX = 400_000;

    private static final int ROUNDS_AT_ONCE = 50;
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final IndexFile LARGE = IndexFile.sized("large", 24_000_000);

    @TempDir
    static Path data;

    private static ScriptedUpstream upstream;
    private static RunningMirror mirror;
    private CapturedLog log;

    /** What is sent again and again. */
    enum Flood {
        /** CVE-2023-44487. */
        RAPID_RESET {
            @Override
            void round(RawHttp2 client, int stream) {
                client.request(stream, "GET", LARGE.path(), true).frame(RawHttp2.RST_STREAM, 0, stream, 8);
            }
        },
        /** CVE-2025-55163: the server is made to reset its own streams, by a window that is opened by nothing. */
        MADE_YOU_RESET {
            @Override
            void round(RawHttp2 client, int stream) {
                client.request(stream, "GET", LARGE.path(), false).frame(RawHttp2.WINDOW_UPDATE, 0, stream, 0);
            }
        },
        /** The same by a window that is opened too far. */
        MADE_YOU_RESET_BY_OVERFLOW {
            @Override
            void round(RawHttp2 client, int stream) {
                client.request(stream, "GET", LARGE.path(), false)
                        .frame(RawHttp2.WINDOW_UPDATE, 0, stream, Integer.MAX_VALUE);
            }
        },
        /** The same by requests that are none. */
        MALFORMED_REQUESTS {
            @Override
            void round(RawHttp2 client, int stream) {
                client.request(stream, "GET", LARGE.path(), true, "Upper-Case", "x");
            }
        },
        SETTINGS {
            @Override
            void round(RawHttp2 client, int stream) {
                client.frame(RawHttp2.SETTINGS, 0, 0, new byte[] {0, 3, 0, 0, 0, 100});
            }
        },
        PING {
            @Override
            void round(RawHttp2 client, int stream) {
                client.frame(RawHttp2.PING, 0, 0, new byte[8]);
            }
        },
        PRIORITY {
            @Override
            void round(RawHttp2 client, int stream) {
                client.frame(RawHttp2.PRIORITY, 0, stream, new byte[] {0, 0, 0, 0, 1});
            }
        },
        CONNECTION_WINDOW {
            @Override
            void round(RawHttp2 client, int stream) {
                client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, 1);
            }
        },
        WINDOW_OF_A_STREAM_LONG_CLOSED {
            @Override
            void round(RawHttp2 client, int stream) {
                if (stream == 1) {
                    client.request(1, "GET", "/-/health/live", true);
                }
                client.frame(RawHttp2.WINDOW_UPDATE, 0, 1, 1);
            }
        },
        RESETS_OF_A_STREAM_LONG_CLOSED {
            @Override
            void round(RawHttp2 client, int stream) {
                if (stream == 1) {
                    client.request(1, "GET", "/-/health/live", true);
                }
                client.frame(RawHttp2.RST_STREAM, 0, 1, 8);
            }
        },
        /** After one that asks for a head of any length. */
        EMPTY_CONTINUATIONS {
            @Override
            void round(RawHttp2 client, int stream) {
                if (stream == 1) {
                    client.frame(RawHttp2.HEADERS, 0, 1, RawHttp2.head("GET", "/"));
                }
                client.frame(RawHttp2.CONTINUATION, 0, 1, new byte[0]);
            }
        },
        LONG_CONTINUATIONS {
            @Override
            void round(RawHttp2 client, int stream) {
                if (stream == 1) {
                    client.frame(RawHttp2.HEADERS, 0, 1, RawHttp2.head("GET", "/"));
                }
                ByteArrayOutputStream field = new ByteArrayOutputStream();
                field.writeBytes(new byte[] {0, 1, 'x', 127, (byte) (127 + 128), 20});
                byte[] value = new byte[127 + 127 + 20 * 128];
                Arrays.fill(value, (byte) 'a');
                field.writeBytes(value);
                client.frame(RawHttp2.CONTINUATION, 0, 1, field.toByteArray());
            }
        },
        EMPTY_DATA {
            @Override
            void round(RawHttp2 client, int stream) {
                if (stream == 1) {
                    client.request(1, "POST", LARGE.path(), false);
                }
                client.frame(RawHttp2.DATA, 0, 1, new byte[0]);
            }
        },
        UNKNOWN_FRAMES {
            @Override
            void round(RawHttp2 client, int stream) {
                client.frame(0xFA, 0, 0, new byte[4]);
            }
        };

        abstract void round(RawHttp2 client, int stream);
    }

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(LARGE).serve(upstream);
        mirror = RunningMirror.in(data).from(upstream).withTls().start();
        mirror.get(LARGE.path());
    }

    @AfterAll
    static void stop() {
        mirror.close();
        upstream.close();
    }

    @BeforeEach
    void capture() {
        log = CapturedLog.open();
    }

    @AfterEach
    void quiet() {
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    @ParameterizedTest
    @EnumSource
    void itsClientIsSentAwayWhileOthersAreServed(Flood flood) throws InterruptedException {
        AtomicInteger error = new AtomicInteger(-1);
        int rounds = 0;
        try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort());
                RawHttp2 other = RawHttp2.connect(mirror.tlsPort())) {
            // it reads all that comes, so that no queue of ours fills up
            Thread reader = new Thread(() -> {
                Frame last = client.readTimeout(SOON).await(RawHttp2.GOAWAY);
                if (last != null) {
                    error.set(last.error());
                }
            });
            reader.start();
            boolean open = true;
            int stream = 1;
            int asked = 1;
            while (open && reader.isAlive() && rounds < ROUNDS_MAX) {
                for (int i = 0; i < ROUNDS_AT_ONCE; i++) {
                    flood.round(client, stream);
                    stream += 2;
                }
                rounds += ROUNDS_AT_ONCE;
                open = client.flush();
                if (rounds % (20 * ROUNDS_AT_ONCE) == 0) {
                    assertThat(isAnswered(other, asked)).isTrue();
                    asked += 2;
                }
            }
            reader.join(SOON.toMillis());
            assertThat(reader.isAlive()).as("the connection has ended").isFalse();
            assertThat(rounds).isLessThan(ROUNDS_MAX);
            assertThat(isAnswered(other, asked)).isTrue();
            System.getLogger("floods").log(System.Logger.Level.INFO, flood + " ended within " + rounds + " rounds");
        }
        assertThat(mirror.get("/-/health/live").status()).isEqualTo(200);
        // where the reset has overtaken it, GOAWAY was not seen
        assertThat(error.get()).isIn(-1, RawHttp2.ENHANCE_YOUR_CALM, 1);
    }

    /** For each frame it gets it opens both windows, and asks whether we are there. */
    @Test
    void aBusyClientIsNot() throws Exception {
        long before = mirror.refused(Refusal.FLOOD);
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        try (RawHttp2 client = RawHttp2.connect(mirror.tlsPort())) {
            client.request(1, "GET", LARGE.path(), true).flush();
            boolean ended = false;
            while (!ended) {
                Frame frame = client.expect(RawHttp2.DATA);
                sha256.update(frame.payload());
                ended = frame.has(RawHttp2.END_STREAM);
                client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, Math.max(1, frame.payload().length));
                if (!ended) {
                    client.frame(RawHttp2.WINDOW_UPDATE, 0, 1, Math.max(1, frame.payload().length));
                }
                client.frame(RawHttp2.PING, 0, 0, new byte[8]).flush();
            }
        }
        assertThat(HexFormat.of().formatHex(sha256.digest())).isEqualTo(LARGE.sha256());
        assertThat(mirror.refused(Refusal.FLOOD)).isEqualTo(before);
    }

    private static boolean isAnswered(RawHttp2 client, int stream) {
        client.request(stream, "GET", "/-/health/live", true).flush();
        Frame head = client.await(RawHttp2.HEADERS);
        return head != null && head.stream() == stream;
    }
}
