package dev.permafrost.proxy.access;

import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.WatchedFile;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says who may do what in one repository. Never blocks, and for a login that is remembered, a token, or a request without
 * either, its verdict is there at once.
 */
public final class Guard {
    private static final Logger log = LoggerFactory.getLogger(Guard.class);
    private static final Verdict OPEN = new Verdict.Allowed(null);
    private static final Verdict FOR_NOBODY = new Verdict.ForNobody();
    private static final Verdict LOGIN_NEEDED = new Verdict.LoginNeeded();
    private static final Verdict BUSY = new Verdict.Busy();

    private final String repository;
    private final RepositoryAuth rules;
    private final @Nullable WatchedFile<Passwords> users;
    /** Tells the logins to one file of users from those to another. */
    private final int usersNumber;

    private final @Nullable WatchedFile<Tokens> tokens;
    private final Memory memory;
    private final Throttle throttle;
    private final Checks checks;

    Guard(
            String repository,
            RepositoryAuth rules,
            @Nullable WatchedFile<Passwords> users,
            int usersNumber,
            @Nullable WatchedFile<Tokens> tokens,
            Memory memory,
            Throttle throttle,
            Checks checks) {
        this.repository = repository;
        this.rules = rules;
        this.users = users;
        this.usersNumber = usersNumber;
        this.tokens = tokens;
        this.memory = memory;
        this.throttle = throttle;
        this.checks = checks;
    }

    /** Whether it makes a difference who wants to do that. */
    public boolean needsLogin(Action action) {
        return audience(action).needsLogin();
    }

    /**
     * Judges a request.
     *
     * @param authorization the value of its Authorization field (RFC 9110 §11.6.2); null without one
     * @param address the client's address, without a port
     */
    public Verdict judge(Action action, @Nullable String authorization, String address) {
        Audience audience = audience(action);
        if (!audience.needsLogin()) {
            return audience.kind() == Audience.Kind.ANYONE ? OPEN : FOR_NOBODY;
        }
        Credentials login = authorization == null ? null : Credentials.parse(authorization);
        if (login == null) {
            return LOGIN_NEEDED;
        }
        return login.isToken() ? token(audience, login) : password(audience, login, address);
    }

    private Audience audience(Action action) {
        return action == Action.READ ? rules.read() : rules.write();
    }

    private static Verdict known(Audience audience, String user) {
        return audience.has(user) ? new Verdict.Allowed(user) : new Verdict.Forbidden(user);
    }

    /** Not throttled: 256 random bits are not guessed. */
    private Verdict token(Audience audience, Credentials login) {
        String name = tokens == null ? null : tokens.now().value().nameOf(login.password());
        return name == null ? LOGIN_NEEDED : known(audience, name);
    }

    private Verdict password(Audience audience, Credentials login, String address) {
        if (users == null) {
            return LOGIN_NEEDED;
        }
        WatchedFile.Read<Passwords> read = users.now();
        Memory.Key key = memory.key(usersNumber, read.generation(), login);
        String user = memory.user(key);
        if (user != null) {
            return known(audience, user);
        }
        int wait = throttle.secondsToWait(address);
        if (wait > 0) {
            return new Verdict.Throttled(wait);
        }
        CompletionStage<Checks.Outcome> outcome = checks.submit(
                key,
                Throttle.network(address),
                throttle.delay(login.user()),
                () -> check(read.value(), key, login, address));
        return new Verdict.Pending(outcome.thenApply(done -> switch (done) {
            case RIGHT -> known(audience, login.user());
            case WRONG -> LOGIN_NEEDED;
            case TOO_MANY -> BUSY;
        }));
    }

    private Checks.Outcome check(Passwords passwords, Memory.Key key, Credentials login, String address) {
        if (throttle.secondsToWait(address) > 0) {
            // those before it in the queue were wrong
            return Checks.Outcome.TOO_MANY;
        }
        if (passwords.accept(login)) {
            memory.remember(key, login.user());
            throttle.succeeded(address, login.user());
            return Checks.Outcome.RIGHT;
        }
        throttle.failed(address, login.user());
        log.info("a wrong login to {} from {}", repository, address);
        return Checks.Outcome.WRONG;
    }

    /** Tells the operator of names that nobody can log in by. */
    void warnOfStrangers() {
        Set<String> known = new HashSet<>();
        if (users != null) {
            known.addAll(users.now().value().names());
        }
        if (tokens != null) {
            known.addAll(tokens.now().value().names());
        }
        Set<String> strangers = new HashSet<>(rules.read().names());
        strangers.addAll(rules.write().names());
        strangers.removeAll(known);
        strangers.stream()
                .sorted()
                .forEach(name -> log.warn(
                        "repositories.{}.auth names '{}', who is in neither of its files: add the user or token, or remove"
                                + " the name",
                        repository,
                        name));
    }
}
