package dev.permafrost.proxy.http;

import dev.permafrost.proxy.address.Network;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What trusted proxies say of the client they speak for: by {@code Forwarded} (RFC 7239), or by {@code X-Forwarded-For},
 * {@code -Proto}, {@code -Host}, {@code -Port} and {@code -Prefix}.
 *
 * @param client the client's address; null where nothing usable is said of it
 * @param https whether the client speaks TLS; null where nothing is said of it
 * @param host the host that the client asked, with a port where it is not the usual one; null where nothing is said of it
 * @param prefix what the proxy has taken off the front of the path, without a slash at its end; "" for nothing
 */
record Forwarded(
        @Nullable String client,
        @Nullable Boolean https,
        @Nullable String host,
        String prefix) {
    /* Each proxy adds its client at the right. The right-most address that is not a trusted proxy's is the client: what is
     * further left has been written by the client itself, or by somebody unknown. Whoever looks at the left is lied to.
     *
     * A proxy that writes one family of fields and passes on the other as it came would have us believe its client. So where
     * both are there and contradict each other, neither counts.
     *
     * Reading goes from right to left, field line by field line, and ends at the first thing that is malformed: a client can
     * spoil what it has sent itself, and no more. */

    /** Nothing is said. */
    static final Forwarded NOTHING = new Forwarded(null, null, null, "");

    private static final AsciiString FORWARDED = AsciiString.cached("forwarded");
    private static final AsciiString FOR = AsciiString.cached("x-forwarded-for");
    private static final AsciiString PROTO = AsciiString.cached("x-forwarded-proto");
    private static final AsciiString HOST = AsciiString.cached("x-forwarded-host");
    private static final AsciiString PORT = AsciiString.cached("x-forwarded-port");
    private static final AsciiString PREFIX = AsciiString.cached("x-forwarded-prefix");
    private static final int PREFIX_CHARS_MAX = 256;
    private static final int HOST_CHARS_MAX = 300;
    private static final Pattern PORT_SYNTAX = Pattern.compile("[0-9]{1,5}");
    private static final Pattern PREFIX_SYNTAX = Pattern.compile("(/(?!\\.{1,2}(/|$))[A-Za-z0-9._~-]+)+");
    private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

    /** What the fields of a request from a trusted proxy say, by the trust that there is in further ones. */
    static Forwarded of(HttpHeaders fields, TrustedProxies trust) {
        Forwarded standard = fields.contains(FORWARDED) ? standard(fields, trust) : NOTHING;
        Forwarded custom = custom(fields, trust);
        if (!agree(standard.client, custom.client)
                || !agree(standard.https, custom.https)
                || !agree(standard.host, custom.host)) {
            return NOTHING;
        }
        return new Forwarded(
                standard.client == null ? custom.client : standard.client,
                standard.https == null ? custom.https : standard.https,
                standard.host == null ? custom.host : standard.host,
                custom.prefix);
    }

    private static boolean agree(@Nullable Object one, @Nullable Object other) {
        return one == null || other == null || one.equals(other);
    }

    /** What one proxy says, in {@code Forwarded}. */
    private record Element(
            @Nullable String by,
            @Nullable Boolean https,
            @Nullable String host) {}

    private static Forwarded standard(HttpHeaders fields, TrustedProxies trust) {
        List<String> lines = fields.getAll(FORWARDED);
        Forwarded nearest = NOTHING;
        for (int i = lines.size() - 1; i >= 0; i--) {
            List<Element> elements = elements(lines.get(i));
            if (elements == null) {
                return nearest;
            }
            for (int j = elements.size() - 1; j >= 0; j--) {
                Element element = elements.get(j);
                Network address = element.by == null ? null : Network.address(element.by);
                if (address == null) {
                    // unknown, or hidden (RFC 7239 §6): what lies beyond can't be told apart from a lie
                    return nearest.client != null ? nearest : new Forwarded(null, element.https, element.host, "");
                }
                nearest = new Forwarded(element.by, element.https, element.host, "");
                if (!trust.include(address)) {
                    return nearest;
                }
            }
        }
        return nearest;
    }

    /** The elements of one field line; null for one that is malformed (RFC 7239 §4). */
    private static @Nullable List<Element> elements(String line) {
        List<Element> elements = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        String by = null;
        Boolean https = null;
        String host = null;
        int i = 0;
        while (true) {
            i = blanks(line, i);
            int start = i;
            while (i < line.length() && isToken(line.charAt(i))) {
                i++;
            }
            if (i > start) {
                String name = line.substring(start, i).toLowerCase(Locale.ROOT);
                if (i == line.length() || line.charAt(i) != '=' || !seen.add(name)) {
                    return null;
                }
                int end = end(line, i + 1);
                if (end < 0) {
                    return null;
                }
                String value = unquoted(line.substring(i + 1, end));
                i = end;
                switch (name) {
                    case "for" -> by = withoutPort(value);
                    case "proto" -> https = https(value);
                    case "host" -> host = host(value);
                    default -> {}
                }
            }
            i = blanks(line, i);
            if (i == line.length() || line.charAt(i) == ',') {
                elements.add(new Element(by, https, host));
                if (i == line.length()) {
                    return elements;
                }
                seen.clear();
                by = null;
                https = null;
                host = null;
            } else if (line.charAt(i) != ';') {
                return null;
            }
            i++;
        }
    }

    private static int blanks(String line, int from) {
        int i = from;
        while (i < line.length() && (line.charAt(i) == ' ' || line.charAt(i) == '\t')) {
            i++;
        }
        return i;
    }

    /** Where a token or quoted string that begins there ends; -1 where it is neither. */
    private static int end(String line, int start) {
        int i = start;
        if (i < line.length() && line.charAt(i) == '"') {
            for (i++; i < line.length(); i++) {
                if (line.charAt(i) == '"') {
                    return i + 1;
                }
                if (line.charAt(i) == '\\') {
                    i++;
                }
            }
            return -1;
        }
        // proxies that don't quote addresses of IPv6, or ports, are taken as they are meant
        while (i < line.length() && (isToken(line.charAt(i)) || "[]:".indexOf(line.charAt(i)) >= 0)) {
            i++;
        }
        return i == start ? -1 : i;
    }

    private static String unquoted(String value) {
        if (!value.startsWith("\"")) {
            return value;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 1; i < value.length() - 1; i++) {
            if (value.charAt(i) == '\\') {
                i++;
            }
            text.append(value.charAt(i));
        }
        return text.toString();
    }

    private static boolean isToken(char c) {
        return isAlphanumeric(c) || TOKEN_MARKS.indexOf(c) >= 0;
    }

    private static boolean isAlphanumeric(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    private static Forwarded custom(HttpHeaders fields, TrustedProxies trust) {
        List<String> clients = list(fields, FOR);
        String client = null;
        int at = clients.size() - 1;
        for (int i = at; i >= 0; i--) {
            String said = withoutPort(clients.get(i));
            Network address = Network.address(said);
            if (address == null) {
                break;
            }
            client = said;
            at = i;
            if (!trust.include(address)) {
                break;
            }
        }
        String proto = said(list(fields, PROTO), clients.size(), at);
        Boolean https = proto == null ? null : https(proto);
        String host = said(list(fields, HOST), clients.size(), at);
        return new Forwarded(
                client,
                https,
                withPort(host == null ? null : host(host), said(list(fields, PORT), clients.size(), at), fields, https),
                prefix(said(list(fields, PREFIX), clients.size(), at)));
    }

    /** All values of a field, in their order. */
    private static List<String> list(HttpHeaders fields, AsciiString name) {
        if (!fields.contains(name)) {
            return List.of();
        }
        List<String> lines = fields.getAll(name);
        if (lines.size() == 1 && lines.get(0).indexOf(',') < 0) {
            return List.of(lines.get(0).strip());
        }
        List<String> values = new ArrayList<>(lines.size());
        for (String line : lines) {
            for (String value : line.split(",", -1)) {
                values.add(value.strip());
            }
        }
        return values;
    }

    /** The value by the proxy that met the client, where each proxy has added one; else that of the nearest. */
    private static @Nullable String said(List<String> values, int clients, int client) {
        if (values.isEmpty()) {
            return null;
        }
        return values.get(values.size() == clients ? client : values.size() - 1);
    }

    private static @Nullable String withPort(
            @Nullable String host, @Nullable String port, HttpHeaders fields, @Nullable Boolean https) {
        if (port == null || !PORT_SYNTAX.matcher(port).matches() || Integer.parseInt(port) > 65_535) {
            return host;
        }
        String to = host;
        if (to == null) {
            String asked = fields.get("host");
            to = asked == null ? null : host(asked);
            if (to != null) {
                to = withoutPort(to);
                to = to.indexOf(':') < 0 ? to : "[" + to + "]";
            }
        }
        boolean usual = Integer.parseInt(port) == (Boolean.TRUE.equals(https) ? 443 : 80);
        return to == null || usual || to.lastIndexOf(':') > to.lastIndexOf(']') ? to : to + ":" + port;
    }

    private static @Nullable Boolean https(String scheme) {
        return switch (scheme.toLowerCase(Locale.ROOT)) {
            case "https" -> true;
            case "http" -> false;
            default -> null;
        };
    }

    /** A host, with or without a port; null for what could be anything else in a URL. */
    static @Nullable String host(String text) {
        if (text.isEmpty() || text.length() > HOST_CHARS_MAX) {
            return null;
        }
        int name = text.startsWith("[") ? text.indexOf(']') + 1 : text.indexOf(':');
        if (name < 0) {
            name = text.length();
        }
        if (name == 0 || (text.length() > name && !isPort(text, name))) {
            return null;
        }
        if (text.startsWith("[")) {
            return Network.address(text.substring(1, name - 1)) == null ? null : text;
        }
        for (int i = 0; i < name; i++) {
            if (!isAlphanumeric(text.charAt(i)) && "._-".indexOf(text.charAt(i)) < 0) {
                return null;
            }
        }
        return text;
    }

    private static boolean isPort(String text, int colon) {
        return text.charAt(colon) == ':'
                && PORT_SYNTAX.matcher(text).region(colon + 1, text.length()).matches();
    }

    /** The prefix without a slash at its end; "" for what is no plain path. */
    private static String prefix(@Nullable String text) {
        if (text == null || text.length() > PREFIX_CHARS_MAX) {
            return "";
        }
        String path = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        return isPrefix(path) ? path : "";
    }

    /** Whether a text is what can stand before all paths: segments of letters, digits, '.', '_', '~' and '-'. */
    static boolean isPrefix(String text) {
        return PREFIX_SYNTAX.matcher(text).matches();
    }

    /** An address as it is written with or without a port, without the port and the brackets. */
    private static String withoutPort(String node) {
        if (node.startsWith("[")) {
            int end = node.indexOf(']');
            return end < 0 ? node : node.substring(1, end);
        }
        int colon = node.indexOf(':');
        return colon < 0 || node.indexOf(':', colon + 1) >= 0 ? node : node.substring(0, colon);
    }
}
