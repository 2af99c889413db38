package dev.permafrost.proxy.access;

import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.WatchedFile;
import dev.permafrost.store.model.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of users and tokens, each read once for all repositories that name it and again when it changes; and the guards. */
public final class Accounts implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Accounts.class);

    private final Memory memory;
    private final Throttle throttle;
    private final Checks checks;
    private final Map<Path, WatchedFile<Passwords>> users = new HashMap<>();
    private final Map<Path, Integer> numbers = new HashMap<>();
    private final Map<Path, WatchedFile<Tokens>> tokens = new HashMap<>();
    private final Map<String, Guard> guards = new HashMap<>();
    /** Users of a file of whom the operator has been told that their passwords are hashed by MD5. */
    private final Set<String> toldOf = new HashSet<>();

    private @Nullable ScheduledExecutorService timer;

    /**
     * Reads the files. Blocks.
     *
     * @param rules of each repository
     * @param pool runs what blocks; throws a StoreException where it can't
     * @param nanos a clock that only goes forward, in nanoseconds
     * @throws StoreException BAD_REQUEST where a file can't be used, and says which line and why
     */
    Accounts(
            Map<String, RepositoryAuth> rules,
            LoginConfig config,
            Executor pool,
            Checks.Timer delays,
            LongSupplier nanos) {
        memory = new Memory(config.remember(), nanos::getAsLong);
        throttle = new Throttle(config, nanos);
        checks = new Checks(pool, delays, config.checksMax());
        rules.forEach((repository, of) -> {
            if (!of.isOpen()) {
                guards.put(repository, guard(repository, of));
            }
        });
        users.forEach(this::warnOfWeak);
        guards.values().forEach(Guard::warnOfStrangers);
    }

    /**
     * Reads the files, and begins to look at them for changes. Blocks.
     *
     * @param rules of each repository
     * @param pool runs what blocks; throws a StoreException where it can't
     * @throws StoreException BAD_REQUEST where a file can't be used, and says which line and why
     */
    public static Accounts of(Map<String, RepositoryAuth> rules, LoginConfig config, Executor pool) {
        Accounts accounts = new Accounts(rules, config, pool, Accounts::after, System::nanoTime);
        accounts.watch(config.reloadInterval());
        return accounts;
    }

    private static void after(Duration delay, Runnable task) {
        // only hands the task over, and so may run on the JDK's own timer
        CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, Runnable::run)
                .execute(task);
    }

    private Guard guard(String repository, RepositoryAuth rules) {
        Path usersFile = rules.users();
        Path tokensFile = rules.tokens();
        return new Guard(
                repository,
                rules,
                usersFile == null
                        ? null
                        : users.computeIfAbsent(
                                usersFile,
                                file -> new WatchedFile<>(
                                        file,
                                        Passwords::read,
                                        passwords -> passwords.names().isEmpty())),
                usersFile == null ? 0 : numbers.computeIfAbsent(usersFile, file -> numbers.size() + 1),
                tokensFile == null
                        ? null
                        : tokens.computeIfAbsent(
                                tokensFile,
                                file -> new WatchedFile<>(
                                        file,
                                        Tokens::read,
                                        found -> found.names().isEmpty())),
                memory,
                throttle,
                checks);
    }

    /** The guards of those repositories that are not open to everybody, by their names. */
    public Map<String, Guard> guards() {
        return Map.copyOf(guards);
    }

    private void watch(Duration interval) {
        if (guards.isEmpty()) {
            return;
        }
        ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "permafrost-accounts");
            thread.setDaemon(true);
            return thread;
        });
        timer = started;
        var unused = started.scheduleWithFixedDelay(
                this::look, interval.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Reads what has changed. Blocks. */
    void look() {
        users.forEach((path, file) -> {
            if (look(file)) {
                warnOfWeak(path, file);
            }
        });
        tokens.values().forEach(Accounts::look);
    }

    private static boolean look(WatchedFile<?> file) {
        try {
            return file.look();
        } catch (RuntimeException e) {
            log.error("looking at {} failed by a fault of ours", file.file(), e);
            return false;
        }
    }

    private void warnOfWeak(Path path, WatchedFile<Passwords> file) {
        List<String> weak = new ArrayList<>(file.now().value().weak());
        weak.stream()
                .filter(name -> toldOf.add(path + ":" + name))
                .forEach(name -> log.warn(
                        "the password of '{}' in {} is hashed by MD5 ($apr1$), which is weak; set it again with: htpasswd -B"
                                + " {} {}",
                        name,
                        path,
                        path,
                        name));
    }

    /** Stops looking at the files. */
    @Override
    public void close() {
        if (timer != null) {
            timer.shutdownNow();
        }
    }
}
