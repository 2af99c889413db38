package dev.permafrost.proxy.repo;

import org.jspecify.annotations.Nullable;

/** What a format sees of a request. Its path is decoded once, checked, and relative to the repository. */
public interface RequestHead {
    /** The path below the repository's mount, decoded, without a leading slash: {@code simple/numpy/}. */
    String path();

    /** The URL of the repository as the client knows it, through whatever proxies, with a slash at its end. */
    String base();

    /** The same without the repository's name, where it is at the server's root too; else the same. */
    default String baseAtRoot() {
        return base();
    }

    /** What the target has behind its question mark, not decoded; null where it has none. */
    @Nullable String query();

    /** The address of whoever asks, past the proxies that are trusted, as text. */
    String client();

    /** Who has logged in; null where nobody has. */
    @Nullable String user();

    /** The value of a header field, several joined as RFC 9110 §5.3 says; null where it is absent. */
    @Nullable String header(String name);
}
