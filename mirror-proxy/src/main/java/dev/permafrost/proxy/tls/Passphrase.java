package dev.permafrost.proxy.tls;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What encrypts a private key. */
public final class Passphrase {
    private Passphrase() {}

    /**
     * The first line of a file; null without a file. Blocks.
     *
     * @throws dev.permafrost.store.model.StoreException BAD_REQUEST where the file can't be read or its first line is empty
     */
    public static char @Nullable [] of(@Nullable Path file) {
        return PemFiles.passphrase(file);
    }
}
