package dev.permafrost.proxy.http;

import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where to listen: an IPv4 or IPv6 address or a host name, and a TCP port.
 *
 * @param host the address without brackets, or {@link #ANY} for every address of this machine
 * @param port 0 to 65535; 0 lets the system choose a free one
 */
public record ListenAddress(String host, int port) implements Endpoint {
    /** The host that stands for every address of this machine. */
    public static final String ANY = "*";

    private static final String EXPECTED =
            "write host:port, such as 127.0.0.1:8080, [::1]:8080, or :8080 for all addresses";
    private static final Pattern SYNTAX = Pattern.compile("(?:\\[(?<six>[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)]"
            + "|(?<name>\\*?|[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,252}))):(?<port>[0-9]{1,5})");

    /**
     * Checks the port.
     *
     * @throws IllegalArgumentException for a port beyond 65535
     */
    public ListenAddress {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("names a port that does not exist; write a port from 0 to 65535");
        }
    }

    /**
     * Reads {@code host:port}, {@code [ipv6]:port}, {@code *:port} or {@code :port}.
     *
     * @throws IllegalArgumentException for anything else, saying what is wrong and what was expected
     */
    public static ListenAddress parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("is not an address to listen at; " + EXPECTED);
        }
        int port = Integer.parseInt(matcher.group("port"));
        String six = matcher.group("six");
        if (six != null) {
            return new ListenAddress(six, port);
        }
        String name = matcher.group("name");
        return new ListenAddress(name == null || name.isEmpty() ? ANY : name, port);
    }

    /** Whether it stands for every address of this machine. */
    public boolean isAny() {
        return host.equals(ANY);
    }

    /** The address to bind. Blocks while a host name is being resolved. */
    public InetSocketAddress toSocketAddress() {
        return isAny() ? new InetSocketAddress(port) : new InetSocketAddress(host, port);
    }

    /** The form that {@link #parse} reads. */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
