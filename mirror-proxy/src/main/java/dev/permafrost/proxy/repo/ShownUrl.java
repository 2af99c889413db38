package dev.permafrost.proxy.repo;

import java.net.URI;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** URLs as messages, logs and the store's records may have them: without what may be a key to something. */
public final class ShownUrl {
    private static final Pattern USER_INFO = Pattern.compile("(?<=://)[^/?#]*@");

    private ShownUrl() {}

    /** A URL without a user's name and password, and without its query, which is where a link to a store of files has its signature. */
    public static String of(@Nullable URI url) {
        String text = USER_INFO.matcher(String.valueOf(url)).replaceFirst("");
        int query = text.indexOf('?');
        return query < 0 ? text : text.substring(0, query + 1) + "…";
    }
}
