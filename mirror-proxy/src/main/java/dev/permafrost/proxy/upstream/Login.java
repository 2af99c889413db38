package dev.permafrost.proxy.upstream;

import dev.permafrost.proxy.repo.Secret;
import dev.permafrost.proxy.repo.SecretSource;
import dev.permafrost.proxy.repo.UpstreamAuth;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * What a repository shows its upstream so that it is let in. Files are read when the server starts, and again when a request is made
 * more than some seconds after they were, so that a new token counts without a restart.
 */
final class Login {
    private static final Logger log = LoggerFactory.getLogger(Login.class);
    private static final Duration FILES_GOOD_FOR = Duration.ofSeconds(5);
    private static final int FILE_BYTES_MAX = 64 << 10;

    private final String key;
    private final UpstreamAuth auth;
    private final String host;
    private final Map<String, String> environment;
    private final Executor blocking;
    private final @Nullable Path file;
    private volatile @Nullable String field;
    private volatile long readNanos;

    private Login(String key, UpstreamAuth auth, String host, Map<String, String> environment, Executor blocking) {
        this.key = key;
        this.auth = auth;
        this.host = host;
        this.environment = environment;
        this.blocking = blocking;
        this.file = fileOf(auth);
    }

    /**
     * Reads it. Blocks.
     *
     * @param repository whose login it is
     * @param host the upstream's
     * @param blocking where files are read again
     * @throws StoreException BAD_REQUEST where it can't be read, which names the key and the remedy
     */
    static Login of(
            String repository, UpstreamAuth auth, String host, Map<String, String> environment, Executor blocking) {
        Login login = new Login("repositories." + repository + ".upstream-auth", auth, host, environment, blocking);
        login.field = login.read();
        login.readNanos = System.nanoTime();
        return login;
    }

    /** Whether there is one. */
    boolean isGiven() {
        return !(auth instanceof UpstreamAuth.None);
    }

    /** The value of the Authorization field; empty for none. */
    Mono<String> field() {
        if (file == null || System.nanoTime() - readNanos < FILES_GOOD_FOR.toNanos()) {
            return Mono.justOrEmpty(field);
        }
        return Mono.create(sink -> blocking.execute(() -> {
            readAgain();
            sink.success(field);
        }));
    }

    private void readAgain() {
        readNanos = System.nanoTime();
        try {
            field = read();
        } catch (StoreException e) {
            log.warn("going on with the login as it was: {}", e.getMessage());
        }
    }

    private @Nullable String read() {
        if (auth instanceof UpstreamAuth.Basic basic) {
            return basic(basic.user(), secret(basic.password()));
        }
        if (auth instanceof UpstreamAuth.Bearer bearer) {
            return "Bearer " + secret(bearer.token());
        }
        if (auth instanceof UpstreamAuth.Netrc netrc) {
            try {
                Netrc.Account account = Netrc.parse(text(netrc.file()))
                        .account(host)
                        .orElseThrow(() -> new IllegalArgumentException("says nothing of " + host
                                + " and has no default; add 'machine " + host + " login USER password PASSWORD'"));
                return basic(
                        Secret.of(account.user()).reveal(),
                        Secret.of(account.password()).reveal());
            } catch (IllegalArgumentException e) {
                throw bad(netrc.file() + " " + e.getMessage(), null);
            }
        }
        return null;
    }

    /** RFC 7617, in UTF-8. */
    static String basic(String user, String password) {
        byte[] login = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(login);
    }

    private String secret(SecretSource source) {
        if (source instanceof SecretSource.Inline inline) {
            return inline.secret().reveal();
        }
        if (source instanceof SecretSource.Environment variable) {
            String value = environment.get(variable.variable());
            if (value == null || value.isEmpty()) {
                throw bad(
                        "there is no " + variable.variable() + " in the environment; set it before the server starts",
                        null);
            }
            return checked("the variable " + variable.variable(), value.strip());
        }
        Path named = ((SecretSource.File) source).file();
        String first = text(named).lines().findFirst().orElse("").strip();
        if (first.isEmpty()) {
            throw bad(named + " is empty; its first line must be the secret", null);
        }
        return checked(named.toString(), first);
    }

    private String checked(String where, String secret) {
        try {
            return Secret.of(secret).reveal();
        } catch (IllegalArgumentException e) {
            throw bad(where + " " + e.getMessage(), null);
        }
    }

    private String text(Path from) {
        try {
            if (Files.size(from) > FILE_BYTES_MAX) {
                throw bad(from + " has more than " + FILE_BYTES_MAX + " bytes; is it the right file?", null);
            }
            return new String(Files.readAllBytes(from), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            throw bad("there is no file " + from + "; make it, readable by the server alone", e);
        } catch (AccessDeniedException e) {
            throw bad(from + " can't be read; let the user that the server runs as read it", e);
        } catch (IOException e) {
            throw bad(from + " can't be read (" + e.getMessage() + ")", e);
        }
    }

    private StoreException bad(String what, @Nullable Exception cause) {
        return new StoreException(FailureKind.BAD_REQUEST, key + ": " + what, cause);
    }

    private static @Nullable Path fileOf(UpstreamAuth auth) {
        if (auth instanceof UpstreamAuth.Netrc netrc) {
            return netrc.file();
        }
        SecretSource source = auth instanceof UpstreamAuth.Basic basic
                ? basic.password()
                : auth instanceof UpstreamAuth.Bearer bearer ? bearer.token() : null;
        return source instanceof SecretSource.File named ? named.file() : null;
    }
}
