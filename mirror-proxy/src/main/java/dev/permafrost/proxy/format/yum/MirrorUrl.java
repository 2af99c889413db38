package dev.permafrost.proxy.format.yum;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** URLs of mirrors: absolute, of HTTP or HTTPS, without a login, a query or a fragment. */
final class MirrorUrl {
    private static final int CHARS_MAX = 2048;

    private MirrorUrl() {}

    /** The URL that a text is; null where it is none that is fetched from. */
    static @Nullable URI parse(String text) {
        if (text.length() > CHARS_MAX) {
            return null;
        }
        try {
            URI uri = new URI(text);
            String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
            boolean isPlain = uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
            return isPlain && (scheme.equals("http") || scheme.equals("https")) ? uri : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    /** The URL with a slash at its end. */
    static URI folder(URI uri) {
        String text = uri.toString();
        return text.endsWith("/") ? uri : URI.create(text + "/");
    }
}
