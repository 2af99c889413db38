package dev.permafrost.proxy.http;

/**
 * Where to listen, and how.
 *
 * @param address where
 * @param security whether clients are spoken to under TLS, and by which certificate
 */
public record Listener(Endpoint address, Security security) {
    /** How a listener protects what it says. */
    public enum Security {
        /** Not at all. */
        PLAIN,
        /** By the certificates that the configuration names. */
        FILES,
        /** By the same, and behind them by one that the server makes for itself. */
        AUTO
    }

    /** Whether clients are spoken to under TLS. */
    public boolean tls() {
        return security != Security.PLAIN;
    }
}
