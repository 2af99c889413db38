package dev.permafrost.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandler;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;

/** A request that waits for its answer, under TLS too, has no room yet for what may be sent. */
class WaitingRequestsHoldLittleMemoryTest {
    @Test
    void whileTheAnswerIsNotKnown() throws Exception {
        UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
        EmbeddedChannel client = new EmbeddedChannel();
        client.config().setAllocator(memory);
        SSLEngine engine = SSLContext.getDefault().createSSLEngine();
        engine.setUseClientMode(false);
        List<Exchange> asked = new ArrayList<>();
        client.pipeline()
                .addLast(new SslHandler(engine))
                .addLast(new Http1Connection(
                        client,
                        HttpConfig.defaults(),
                        new RefusalCounts(),
                        new FileTraffic(Runnable::run, 1),
                        asked::add));
        long before = memory.metric().usedDirectMemory();
        client.pipeline()
                .context(SslHandler.class)
                .fireChannelRead(new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/x"));
        assertThat(asked).hasSize(1);
        assertThat(memory.metric().usedDirectMemory() - before).isBetween(1L, 1024L);
        ByteBuf body = Unpooled.directBuffer().writeZero(10_000);
        asked.get(0).send(body);
        // one buffer, and so one record, has both
        assertThat(body.refCnt()).isZero();
        client.finishAndReleaseAll();
        assertThat(memory.metric().usedDirectMemory()).isEqualTo(before);
    }
}
