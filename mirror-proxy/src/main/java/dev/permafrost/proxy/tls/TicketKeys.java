package dev.permafrost.proxy.tls;

import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * The keys that seal session tickets (RFC 8446 §4.6.1), in memory only: a new one each hour, so that a key that leaks opens no
 * more than half a day of sessions; the old ones are good for the tickets that are still out. Guarded by itself.
 */
final class TicketKeys {
    private static final int KEPT = 12;

    private final SecureRandom random = new SecureRandom();
    private final Deque<OpenSslSessionTicketKey> keys = new ArrayDeque<>();

    TicketKeys() {
        rotate();
    }

    /** Begins to seal with a new key. */
    synchronized void rotate() {
        byte[] bytes = new byte[OpenSslSessionTicketKey.TICKET_KEY_SIZE];
        random.nextBytes(bytes);
        int name = OpenSslSessionTicketKey.NAME_SIZE;
        int hmac = name + OpenSslSessionTicketKey.HMAC_KEY_SIZE;
        keys.addFirst(new OpenSslSessionTicketKey(
                Arrays.copyOfRange(bytes, 0, name),
                Arrays.copyOfRange(bytes, name, hmac),
                Arrays.copyOfRange(bytes, hmac, bytes.length)));
        if (keys.size() > KEPT) {
            keys.removeLast();
        }
    }

    /** Has a context use them. */
    synchronized void giveTo(OpenSslSessionContext context) {
        context.setTicketKeys(keys.toArray(OpenSslSessionTicketKey[]::new));
    }
}
