package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.pgp.DetachedSignature;
import dev.permafrost.proxy.pgp.PublicKeys;
import dev.permafrost.proxy.repo.WatchedFile;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * By whom a repository's {@code repomd.xml} has to be signed before anybody gets it. The files of keys are read again when they change; the
 * keys of before stay where that is not possible.
 */
final class Signers implements AutoCloseable {
    /** How often the files are looked at for changes, as those of certificates are. */
    private static final Duration LOOK_INTERVAL = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(Signers.class);

    private final String repository;
    private final List<WatchedFile<PublicKeys>> files;
    private final LongAdder refused = new LongAdder();
    private @Nullable ScheduledExecutorService timer;

    private Signers(String repository, List<WatchedFile<PublicKeys>> files) {
        this.repository = repository;
        this.files = List.copyOf(files);
    }

    /**
     * Those of whom the files have the keys, which are looked at from now on. Blocks.
     *
     * @return null where no file is named, and nobody has to sign
     * @throws StoreException BAD_REQUEST where a file can't be read, or has something else than keys in it
     */
    static @Nullable Signers of(String repository, List<Path> files) {
        if (files.isEmpty()) {
            return null;
        }
        // a file without keys can't be read, and so is never one that has no entries any more
        Signers signers = new Signers(
                repository,
                files.stream()
                        .map(file -> new WatchedFile<>(file, path -> read(repository, path), keys -> false))
                        .toList());
        signers.watch();
        return signers;
    }

    private void watch() {
        ScheduledExecutorService started = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "permafrost-signers");
            thread.setDaemon(true);
            return thread;
        });
        timer = started;
        long interval = LOOK_INTERVAL.toMillis();
        var unused = started.scheduleWithFixedDelay(this::look, interval, interval, TimeUnit.MILLISECONDS);
    }

    private void look() {
        for (WatchedFile<PublicKeys> file : files) {
            try {
                file.look();
            } catch (RuntimeException e) {
                log.error("looking at {} failed by a fault of ours", file.file(), e);
            }
        }
    }

    private PublicKeys keys() {
        PublicKeys all = PublicKeys.none();
        for (WatchedFile<PublicKeys> file : files) {
            all = all.and(file.now().value());
        }
        return all;
    }

    private static PublicKeys read(String repository, Path file) {
        try {
            PublicKeys keys = PublicKeys.read(Files.readAllBytes(file), file.toString());
            if (!keys.problems().isEmpty()) {
                throw unusable(repository, String.join("; ", keys.problems()), null);
            }
            return keys;
        } catch (IOException e) {
            throw unusable(repository, file + " can't be read: " + e, e);
        }
    }

    private static StoreException unusable(String repository, String why, @Nullable Exception cause) {
        return new StoreException(
                FailureKind.BAD_REQUEST,
                "repositories." + repository + ".repo-gpg-keys: " + why
                        + "; name files with the public keys of those who" + " sign the metadata",
                cause);
    }

    /**
     * Why a {@code repomd.xml} may not be taken; null where it may. Blocks.
     *
     * @param signature empty where there is none
     * @param title what it is, as a message may say it
     */
    @Nullable String refusal(byte[] repomd, byte[] signature, String title, Instant now) {
        if (signature.length == 0) {
            return title + " has no signature beside it, and repositories." + repository
                    + ".repo-gpg-keys demands one; remove that if upstream does not sign its metadata";
        }
        PublicKeys keys = keys();
        DetachedSignature.Result result;
        try {
            result = DetachedSignature.check(new ByteArrayInputStream(repomd), signature, keys, now);
        } catch (IOException e) {
            throw new IllegalStateException("an array can be read", e);
        }
        if (result instanceof DetachedSignature.Bad bad) {
            return title + " is not taken: " + bad.reason() + " (repositories." + repository + ".repo-gpg-keys has "
                    + String.join(", ", keys.fingerprints()) + ")";
        }
        if (result instanceof DetachedSignature.Good good && good.warning() != null) {
            log.warn("{}: {}: {}", repository, title, good.warning());
        }
        return null;
    }

    /** Counts a {@code repomd.xml} that was thrown away, since {@link #refusal} had something against it. */
    void count() {
        refused.increment();
    }

    /** How many were thrown away. */
    long refused() {
        return refused.sum();
    }

    /** Looks at the files no more. */
    @Override
    public void close() {
        if (timer != null) {
            timer.shutdownNow();
        }
    }
}
