package dev.permafrost.proxy.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.access.Tokens;
import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryAuth;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Set;

/**
 * A token of a test's own with which one may write to its repository, which anyone reads.
 *
 * @param auth the repository's rules
 */
public record WriteLogin(String token, RepositoryAuth auth) {
    /** One whose file lies in that folder. */
    public static WriteLogin in(Path folder) {
        Path tokens = folder.resolve("tokens");
        String token = Tokens.issue(tokens, "ci");
        return new WriteLogin(token, new RepositoryAuth(null, tokens, Audience.ANYONE, Audience.of(Set.of("ci"))));
    }

    /** A user's name and a password, as curl takes them. */
    public String userAndPassword() {
        return "__token__:" + token;
    }

    /** The line of a request's head. */
    public String headerLine() {
        return "Authorization: " + headerValue();
    }

    /** Its value. */
    public String headerValue() {
        return "Basic " + Base64.getEncoder().encodeToString(userAndPassword().getBytes(UTF_8));
    }
}
