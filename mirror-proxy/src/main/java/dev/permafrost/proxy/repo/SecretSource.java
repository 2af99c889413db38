package dev.permafrost.proxy.repo;

import java.nio.file.Path;

/** Where a secret is. */
public sealed interface SecretSource {
    /** In the configuration itself. */
    record Inline(Secret secret) implements SecretSource {}

    /** The first line of a file, which is read again when it has changed. */
    record File(Path file) implements SecretSource {}

    /** A variable of the server's environment. */
    record Environment(String variable) implements SecretSource {}
}
