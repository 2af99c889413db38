package dev.permafrost.proxy.repo;

import org.jspecify.annotations.Nullable;

/** How the bytes of a page are coded for the way (RFC 9110 §8.4.1). */
public enum Coding {
    /** As they are. */
    IDENTITY(null),
    /** As RFC 1952 has it. */
    GZIP("gzip"),
    /** As RFC 8878 has it. */
    ZSTD("zstd");

    private final @Nullable String token;

    Coding(@Nullable String token) {
        this.token = token;
    }

    /** Value of the {@code Content-Encoding} field; null for none. */
    public @Nullable String token() {
        return token;
    }
}
