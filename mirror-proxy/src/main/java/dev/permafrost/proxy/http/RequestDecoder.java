package dev.permafrost.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

/**
 * Netty's reader of requests, which also refuses a field that goes on in the next line (obs-fold). RFC 9112 §5.2 lets a server
 * choose between that and a space in its place; what stands before us may choose otherwise, so nothing is let through.
 */
final class RequestDecoder extends HttpRequestDecoder {
    private static final byte LF = '\n';

    /** What is read now is a head; else the body behind it. */
    private boolean inHead = true;
    /** The last byte that was read ended a line of the head. */
    private boolean afterLine;

    private boolean folded;

    RequestDecoder(HttpDecoderConfig config) {
        super(config);
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf buffer, List<Object> out) throws Exception {
        int start = buffer.readerIndex();
        int before = out.size();
        super.decode(context, buffer, out);
        if (inHead) {
            folded |= folds(buffer, start, buffer.readerIndex());
        }
        for (int i = before; i < out.size(); i++) {
            Object read = out.get(i);
            if (read instanceof HttpRequest request) {
                inHead = false;
                if (folded && request.decoderResult().isSuccess()) {
                    request.setDecoderResult(
                            DecoderResult.failure(new IllegalArgumentException("a field over several lines")));
                }
            }
            if (read instanceof LastHttpContent) {
                inHead = true;
                afterLine = false;
                folded = false;
            }
        }
    }

    /** Whether a line in that part of the buffer, of which there are whole ones only, begins with a blank. */
    private boolean folds(ByteBuf buffer, int start, int end) {
        if (start == end) {
            return false;
        }
        if (afterLine && blank(buffer.getByte(start))) {
            return true;
        }
        afterLine = buffer.getByte(end - 1) == LF;
        int line = buffer.indexOf(start, end, LF) + 1;
        while (line > 0 && line < end) {
            if (blank(buffer.getByte(line))) {
                return true;
            }
            line = buffer.indexOf(line, end, LF) + 1;
        }
        return false;
    }

    private static boolean blank(byte c) {
        return c == ' ' || c == '\t';
    }
}
