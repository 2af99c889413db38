package dev.permafrost.proxy.tls;

import dev.permafrost.store.blob.SmallFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Writes PEM files whole or not at all, and keys so that nobody else ever could read them. Blocks. */
final class PemWriter {
    private PemWriter() {}

    /** Puts a file in its place, as {@link SmallFile#write} does. */
    static void write(Path file, String text, boolean secret) {
        SmallFile.write(file, text.getBytes(StandardCharsets.US_ASCII), secret);
    }
}
