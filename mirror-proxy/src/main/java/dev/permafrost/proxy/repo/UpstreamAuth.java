package dev.permafrost.proxy.repo;

import java.nio.file.Path;

/** How a repository logs in at its upstream. It does so at the scheme, host and port of the upstream's URL, and nowhere else. */
public sealed interface UpstreamAuth {
    /** It does not. */
    record None() implements UpstreamAuth {}

    /** By user and password (RFC 7617). */
    record Basic(String user, SecretSource password) implements UpstreamAuth {
        /** The user that package indexes take a token for the password of. */
        public static final String TOKEN_USER = "__token__";
    }

    /** By a token in a field of its own (RFC 6750). */
    record Bearer(SecretSource token) implements UpstreamAuth {}

    /** By user and password of the upstream's host in a netrc file, which is read again when it has changed. */
    record Netrc(Path file) implements UpstreamAuth {}
}
