package dev.permafrost.proxy.repo;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what in a repository, and how they prove who they are.
 *
 * @param users a file of users and hashed passwords, as htpasswd writes it; null where nobody has a password
 * @param tokens a file of hashed tokens, as {@code permafrost token new} writes it; null where there are none
 * @param read who may read; anyone
 * @param write who may upload and change; nobody
 */
public record RepositoryAuth(@Nullable Path users, @Nullable Path tokens, Audience read, Audience write) {
    /** What holds where nothing is configured: anyone reads, nobody writes. */
    public static RepositoryAuth defaults() {
        return new RepositoryAuth(null, null, Audience.ANYONE, Audience.NOBODY);
    }

    /** Whether everybody may do whatever the repository can do, without a login. */
    public boolean isOpen() {
        return read.kind() == Audience.Kind.ANYONE && !write.needsLogin();
    }

    /** Whether anybody is ever asked for a login. */
    public boolean needsLogin() {
        return read.needsLogin() || write.needsLogin();
    }
}
