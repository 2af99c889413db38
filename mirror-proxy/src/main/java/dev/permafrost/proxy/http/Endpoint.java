package dev.permafrost.proxy.http;

/** Where a listener is: at a TCP port, or in the file system. */
public sealed interface Endpoint permits ListenAddress, UnixAddress {
    /**
     * Reads an address as {@link ListenAddress#parse} and {@link UnixAddress#parse} do.
     *
     * @throws IllegalArgumentException for anything else, saying what is wrong and what was expected
     */
    static Endpoint parse(String text) {
        return text.startsWith(UnixAddress.SCHEME) ? UnixAddress.parse(text) : ListenAddress.parse(text);
    }
}
