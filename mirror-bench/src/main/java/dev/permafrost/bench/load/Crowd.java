package dev.permafrost.bench.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Many connections that have each been answered once, and stay. */
public final class Crowd implements AutoCloseable {
    private static final ByteBuffer ANYTHING = ByteBuffer.allocate(1);

    private final List<Exchange> exchanges = new ArrayList<>();

    private Crowd() {}

    /**
     * Opens them, one after the other.
     *
     * @throws IOException if one of them is not answered, saying how many were
     */
    public static Crowd of(int connections, URI address) throws IOException {
        Crowd crowd = new Crowd();
        Exchange.Room room = new Exchange.Room();
        ByteBuffer in = Exchange.newIn();
        @Nullable TlsClient client = "https".equals(address.getScheme()) ? new TlsClient() : null;
        ByteBuffer request = ByteBuffer.wrap(("GET " + address.getRawPath() + " HTTP/1.1\r\nHost: 127.0.0.1:"
                        + address.getPort() + "\r\nUser-Agent: permafrost-bench\r\n\r\n")
                .getBytes(ISO_8859_1));
        try {
            for (int i = 0; i < connections; i++) {
                Exchange exchange = Generator.connect(room, address.getPort(), client, in, request);
                crowd.exchanges.add(exchange);
                exchange.forgetTls();
                exchange.channel().configureBlocking(false);
            }
            return crowd;
        } catch (IOException e) {
            int opened = crowd.exchanges.size();
            crowd.close();
            throw new IOException(
                    "connection " + (opened + 1) + " with " + address + ": " + e.getMessage()
                            + (opened > 0 ? " (has this shell room for so many? ulimit -n)" : ""),
                    e);
        }
    }

    /** How many the server has not ended. */
    public int open() {
        int open = 0;
        for (Exchange exchange : exchanges) {
            open += isOpen(exchange) ? 1 : 0;
        }
        return open;
    }

    private static boolean isOpen(Exchange exchange) {
        try {
            return exchange.channel().read(ANYTHING.clear()) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        exchanges.forEach(Exchange::close);
        exchanges.clear();
    }
}
