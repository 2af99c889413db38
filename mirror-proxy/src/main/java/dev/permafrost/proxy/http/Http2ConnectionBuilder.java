package dev.permafrost.proxy.http;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Settings;
import java.util.function.Consumer;

/** Makes connections with the limits that there are. */
final class Http2ConnectionBuilder
        extends AbstractHttp2ConnectionHandlerBuilder<Http2Connection, Http2ConnectionBuilder> {
    /** Resets in one window of time beyond which a client is sent away (CVE-2023-44487, CVE-2025-55163). */
    private static final int RESETS_MAX = 200;

    private static final int RESETS_WINDOW_SECONDS = 30;
    private static final int EMPTY_FRAMES_MAX = 2;
    private static final int CONTROL_FRAMES_QUEUED_MAX = 1_000;

    private final Channel channel;
    private final HttpConfig config;
    private final RefusalCounts refusals;
    private final FileTraffic files;
    private final Consumer<Exchange> handler;

    /** For the connection that serves that channel. */
    Http2ConnectionBuilder(
            Channel channel, HttpConfig config, RefusalCounts refusals, FileTraffic files, Consumer<Exchange> handler) {
        this.channel = channel;
        this.files = files;
        this.config = config;
        this.refusals = refusals;
        this.handler = handler;
        server(true);
        initialSettings(Http2Settings.defaultSettings()
                .maxConcurrentStreams(config.streamsMax())
                .maxHeaderListSize(config.headerBytesMax()));
        // who cuts off what takes too long are the looks at it, and the end of the server
        gracefulShutdownTimeoutMillis(-1);
        decoderEnforceMaxRstFramesPerWindow(RESETS_MAX, RESETS_WINDOW_SECONDS);
        encoderEnforceMaxRstFramesPerWindow(RESETS_MAX, RESETS_WINDOW_SECONDS);
        decoderEnforceMaxConsecutiveEmptyDataFrames(EMPTY_FRAMES_MAX);
        encoderEnforceMaxQueuedControlFrames(CONTROL_FRAMES_QUEUED_MAX);
    }

    @Override
    public Http2Connection build() {
        return super.build();
    }

    @Override
    protected Http2Connection build(
            Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
        Http2Connection connection =
                new Http2Connection(decoder, encoder, settings, channel, config, refusals, files, handler);
        frameListener(connection.frames());
        return connection;
    }
}
