package dev.permafrost.proxy.format.pypi;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Turns the links of one page into absolute URLs that may be fetched, or says why one may not. */
final class LinkResolver {
    /** Longest URL accepted, in characters. */
    static final int URL_CHARS_MAX = 4096;

    private URI base;
    private boolean rebased;

    /** Relative links start from that URL, whose user information is not passed on. */
    LinkResolver(URI base) {
        this.base = withPath(withoutUserInfo(base));
    }

    /**
     * A link, made absolute.
     *
     * @param url the URL without its fragment; "" if refused
     * @param lastSegment the path's last segment, decoded; null if it can't be decoded
     * @param fragment what followed the '#', undecoded; "" if nothing did
     * @param refusal why it is not to be followed; null if it may be
     */
    record Link(
            String url,
            @Nullable String lastSegment,
            String fragment,
            @Nullable String refusal) {}

    /** Heeds the first {@code <base href>} of a page; one that is no http or https URL is ignored. */
    void rebase(String href) {
        if (!rebased) {
            rebased = true;
            Link link = resolve(href);
            if (link.refusal() == null) {
                base = withPath(URI.create(link.url()));
            }
        }
    }

    /** Resolves a link as a browser would, but without mending what is dangerous. */
    Link resolve(String href) {
        String link = href.strip();
        if (link.length() > URL_CHARS_MAX) {
            return refused("a URL of more than " + URL_CHARS_MAX + " characters");
        }
        for (int i = 0; i < link.length(); i++) {
            if (Character.isISOControl(link.charAt(i))) {
                return refused("a control character in its URL");
            }
        }
        int hash = link.indexOf('#');
        String fragment = hash < 0 ? "" : link.substring(hash + 1);
        URI uri;
        try {
            URI reference = new URI(escaped(hash < 0 ? link : link.substring(0, hash)));
            uri = reference.toString().isEmpty() ? base : base.resolve(reference);
        } catch (URISyntaxException | IllegalArgumentException e) {
            return refused("a malformed URL");
        }
        String refusal = refusal(uri);
        if (refusal != null) {
            return refused(refusal);
        }
        uri = withoutDotSegments(uri);
        String path = uri.getRawPath();
        String lastSegment = PercentCoding.decoded(path.substring(path.lastIndexOf('/') + 1));
        return new Link(uri.toString(), lastSegment, fragment, null);
    }

    /** With a path of "/" where there is none, without which java.net.URI glues a relative path to the host. */
    private static URI withPath(URI uri) {
        return "".equals(uri.getRawPath()) ? uri.resolve("/") : uri;
    }

    /** RFC 3986 §5.2.4: java.net.URI leaves them in absolute links, and leaves those that lead above the root. */
    private static URI withoutDotSegments(URI uri) {
        if (!uri.getRawPath().contains("/.")) {
            return uri;
        }
        String text = uri.normalize().toString();
        int start = text.indexOf('/', text.indexOf("//") + 2);
        int end = start;
        while (text.startsWith("/../", end)) {
            end += 3;
        }
        return end == start ? uri.normalize() : URI.create(text.substring(0, start) + text.substring(end));
    }

    private static @Nullable String refusal(URI uri) {
        String scheme = uri.getScheme();
        if (!"https".equalsIgnoreCase(scheme) && !"http".equalsIgnoreCase(scheme)) {
            return "a URL that is neither http nor https";
        }
        String authority = uri.getRawAuthority();
        if (authority == null || uri.isOpaque()) {
            return "a URL without a host";
        }
        if (authority.indexOf('@') >= 0) {
            return "user information in its URL";
        }
        if (uri.toString().length() > URL_CHARS_MAX) {
            return "a URL of more than " + URL_CHARS_MAX + " characters";
        }
        return null;
    }

    private static Link refused(String why) {
        return new Link("", null, "", why);
    }

    /** Escapes what RFC 3986 has no place for but pages contain: blanks, quotes, stray percent signs, non-ASCII. */
    private static String escaped(String link) {
        for (int i = 0; i < link.length(); i++) {
            if (!isPlain(link, i)) {
                return escapedFrom(link, i);
            }
        }
        return link;
    }

    private static String escapedFrom(String link, int start) {
        StringBuilder escaped = new StringBuilder(link.length() + 16).append(link, 0, start);
        for (int i = start; i < link.length(); ) {
            int codePoint = link.codePointAt(i);
            if (isPlain(link, i)) {
                escaped.append((char) codePoint);
            } else {
                for (byte b : Character.toString(codePoint).getBytes(StandardCharsets.UTF_8)) {
                    HexFormat.of().withUpperCase().toHexDigits(escaped.append('%'), b);
                }
            }
            i += Character.charCount(codePoint);
        }
        return escaped.toString();
    }

    private static boolean isPlain(String link, int i) {
        char c = link.charAt(i);
        return switch (c) {
            case ' ', '"', '<', '>', '\\', '^', '`', '{', '|', '}' -> false;
            case '%' ->
                i + 2 < link.length()
                        && HexFormat.isHexDigit(link.charAt(i + 1))
                        && HexFormat.isHexDigit(link.charAt(i + 2));
            default -> c < 0x7f;
        };
    }

    /** The link without what may be a user's name and password; good for a message only. */
    static String withoutUserInfo(String link) {
        int at = link.lastIndexOf('@');
        return at < 0 ? link : "…" + link.substring(at);
    }

    /** The same URL without a user's name and password, which belong neither in a link nor in a log. */
    static URI withoutUserInfo(URI url) {
        String authority = url.getRawAuthority();
        if (authority == null || authority.indexOf('@') < 0) {
            return url;
        }
        String text = url.toString();
        int start = text.indexOf(authority);
        return URI.create(text.substring(0, start) + text.substring(start + authority.lastIndexOf('@') + 1));
    }
}
