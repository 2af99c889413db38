package dev.permafrost.proxy.admin;

import dev.permafrost.proxy.repo.Hosting;
import dev.permafrost.proxy.repo.Published;
import dev.permafrost.proxy.repo.Publishing;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the files of a folder, and of those in it, as they come, by a thread of its own. What becomes of those that go is the
 * repository's to say.
 *
 * <p>A file is published once it has been left alone for a while, since nobody says that it is complete. What the kernel tells of
 * changes is a hint: the whole folder is looked through at the start, now and then, and when something has been missed.
 */
public final class FolderFollower implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FolderFollower.class);
    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(10);
    /** So long after something has changed clients see it, though more is coming. */
    private static final Duration COMPLETE_WITHIN = Duration.ofSeconds(15);

    private static final long CLOSE_MILLIS = 10_000;

    private final String repository;
    private final Path folder;
    private final Publishing how;
    private final Hosting hosting;
    private final Pace pace;
    private final Thread thread;
    private volatile boolean closing;
    private volatile @Nullable WatchService watch;

    /** Folders that the kernel tells of. */
    private final Map<WatchKey, Path> watched = new HashMap<>();
    /** Files that somebody may be writing, as they were when they were looked at last. */
    private final Map<Path, Look> unsettled = new HashMap<>();
    /** Files that can't be read, which is said once. */
    private final Set<Path> unreadable = new HashSet<>();

    private long scanAtNanos = System.nanoTime();
    /** Not all folders are watched. */
    private boolean blind;
    /** All that there is was found when the folder was looked through last. */
    private boolean complete;
    /** What was said last of the folder as a whole, and whether it was said since it was looked through last. */
    private String told = "";

    private boolean toldLately;
    /** Something may have changed that clients do not see yet, and since when. */
    private boolean incomplete = true;

    private long incompleteSinceNanos = System.nanoTime();
    /** How many of the files that were published are not there any more, as far as that was said. */
    private long goneBefore;

    /**
     * How patient it is.
     *
     * @param quiet how long a file has to be left alone
     * @param rescan how often the folder is looked through
     * @param blindRescan how often if the kernel does not tell of all changes
     */
    record Pace(Duration quiet, Duration rescan, Duration blindRescan) {
        static final Pace USUAL = new Pace(Duration.ofSeconds(2), Duration.ofMinutes(5), Duration.ofSeconds(30));
    }

    /** What a file was, and since when. */
    private record Look(long sizeBytes, FileTime modified, long sinceNanos) {}

    /**
     * A follower that has not begun.
     *
     * @param links whether files are linked where that is possible
     */
    public FolderFollower(String repository, Path folder, boolean links, Hosting hosting) {
        this(repository, folder, links, hosting, Pace.USUAL);
    }

    FolderFollower(String repository, Path folder, boolean links, Hosting hosting, Pace pace) {
        this.repository = repository;
        this.folder = FolderFiles.real(folder);
        this.how = new Publishing(this.folder, links, false);
        this.hosting = hosting;
        this.pace = pace;
        this.thread = new Thread(this::run, "permafrost-folder-" + repository);
        thread.setDaemon(true);
    }

    /** Begins, and does not wait for anything. */
    public void begin() {
        thread.start();
    }

    private void run() {
        try (WatchService service = folder.getFileSystem().newWatchService()) {
            watch = service;
            while (!closing) {
                step(service);
            }
        } catch (ClosedWatchServiceException e) {
            // that is how it is woken to end
        } catch (IOException | RuntimeException e) {
            if (!closing) {
                log.error("{} is not followed any more, restart to follow it again", folder, e);
            }
        }
    }

    private void step(WatchService service) {
        try {
            if (System.nanoTime() - scanAtNanos >= 0) {
                scan(service);
            }
            settle();
            complete();
            take(service);
        } catch (StoreException e) {
            if (e.kind() == FailureKind.SHUTTING_DOWN) {
                closing = true;
            } else {
                // a full disk, mostly
                tell("publishing " + folder + ": " + e.getMessage());
                scanWithin(pace.blindRescan());
                pause();
            }
        } catch (ClosedWatchServiceException e) {
            throw e;
        } catch (RuntimeException e) {
            if (!closing) {
                tell("following " + folder + " failed by a fault of ours, and is tried again: " + e);
                scanWithin(pace.blindRescan());
                pause();
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(pace.quiet().toMillis());
        } catch (InterruptedException e) {
            closing = true;
        }
    }

    /** Says something of the folder as a whole, unless that was what was said last. */
    private void tell(String what) {
        toldLately = true;
        if (!what.equals(told)) {
            told = what;
            log.warn("{}", what);
        }
    }

    private void scanAfter(Duration wait) {
        scanAtNanos = System.nanoTime() + wait.toNanos();
    }

    private void scanWithin(Duration wait) {
        long then = System.nanoTime() + wait.toNanos();
        if (then - scanAtNanos < 0) {
            scanAtNanos = then;
        }
    }

    /** Waits for word from the kernel, or until there is something else to do. */
    private void take(WatchService service) {
        long quietNanos = pace.quiet().toNanos();
        long wait = Math.max(0, scanAtNanos - System.nanoTime());
        if (!unsettled.isEmpty()) {
            wait = Math.min(wait, quietNanos / 4);
        }
        WatchKey key;
        try {
            key = service.poll(wait, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            closing = true;
            return;
        }
        while (key != null && !closing) {
            Path where = watched.get(key);
            for (WatchEvent<?> event : key.pollEvents()) {
                heard(service, event, where);
            }
            if (!key.reset()) {
                watched.remove(key);
                scanWithin(pace.quiet());
            }
            key = service.poll();
        }
    }

    private void heard(WatchService service, WatchEvent<?> event, @Nullable Path where) {
        if (where == null || !(event.context() instanceof Path name)) {
            // more has happened than the kernel remembers
            scanWithin(pace.quiet());
            return;
        }
        Path path = where.resolve(name);
        if (FolderFiles.isHidden(path)) {
            return;
        }
        if (event.kind() == StandardWatchEventKinds.ENTRY_DELETE) {
            scanWithin(pace.quiet());
        } else if (isPublishable(path)) {
            unsettled.remove(path);
            look(path);
        } else if (event.kind() == StandardWatchEventKinds.ENTRY_CREATE && Files.isDirectory(path)) {
            entered(service, path);
        }
    }

    /** What came while nobody watched a new folder is found by looking. */
    private void entered(WatchService service, Path below) {
        List<Path> files = new ArrayList<>();
        try {
            watch(service, below, files);
        } catch (IOException e) {
            scanWithin(pace.quiet());
        }
        files.stream().filter(this::isPublishable).forEach(this::look);
    }

    /** Watches all folders from that one on, and finds their files: what comes after it was looked for is told of. */
    private void watch(WatchService service, Path top, List<Path> files) throws IOException {
        Set<Path> known = new HashSet<>(watched.values());
        FolderFiles.visit(
                top,
                files,
                entered -> {
                    if (!known.contains(entered) && !blind) {
                        watch(service, entered);
                    }
                },
                failure -> {
                    complete = false;
                    if (!(failure instanceof NoSuchFileException)) {
                        tell("not all of " + folder + " can be read, and is tried again: " + failure);
                    }
                });
    }

    private void watch(WatchService service, Path entered) {
        try {
            WatchKey key = entered.register(
                    service,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_MODIFY,
                    StandardWatchEventKinds.ENTRY_DELETE);
            watched.put(key, entered);
        } catch (IOException e) {
            blind = true;
            tell(entered + " can't be watched, and all of " + folder + " is looked through every "
                    + pace.blindRescan().toSeconds() + " s: " + e.getMessage());
        }
    }

    private boolean isPublishable(Path file) {
        return hosting.isPublishable(file);
    }

    /** Notes what a file is now, to see whether it stays so. */
    private void look(Path file) {
        try {
            BasicFileAttributes is = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (is.isRegularFile()) {
                Look before = unsettled.get(file);
                boolean same = before != null
                        && before.sizeBytes == is.size()
                        && before.modified.equals(is.lastModifiedTime());
                if (!same) {
                    unsettled.put(file, new Look(is.size(), is.lastModifiedTime(), System.nanoTime()));
                }
            }
        } catch (IOException gone) {
            unsettled.remove(file);
            scanWithin(pace.quiet());
        }
    }

    /** Publishes what has been left alone. */
    private void settle() {
        long quietNanos = pace.quiet().toNanos();
        for (Path file : List.copyOf(unsettled.keySet())) {
            look(file);
            Look seen = unsettled.get(file);
            if (seen != null && System.nanoTime() - seen.sinceNanos >= quietNanos && !closing) {
                unsettled.remove(file);
                publish(file);
            }
        }
    }

    private void changed() {
        if (!incomplete) {
            incomplete = true;
            incompleteSinceNanos = System.nanoTime();
        }
    }

    /** Has clients see what has changed, as one where several files come one after the other. */
    private void complete() {
        boolean late = System.nanoTime() - incompleteSinceNanos >= COMPLETE_WITHIN.toNanos();
        if (incomplete && !closing && (unsettled.isEmpty() || late)) {
            hosting.complete();
            incomplete = false;
        }
    }

    private String who() {
        return "the folder " + folder;
    }

    private void publish(Path file) {
        try {
            Published result = hosting.publish(file, how, who());
            unreadable.remove(file);
            if (result.outcome() == Published.Outcome.UNSETTLED) {
                look(file);
            } else if (result.outcome() == Published.Outcome.HERE && result.anew()) {
                changed();
            } else if (result.outcome() == Published.Outcome.REFUSED && result.anew()) {
                log.warn("{} is not published in {}: {}", file, repository, result.text());
            }
        } catch (StoreException e) {
            if (e.kind() != FailureKind.BAD_REQUEST) {
                unsettled.put(file, new Look(-1, FileTime.fromMillis(0), System.nanoTime()));
                throw e;
            }
            if (Files.exists(file) && unreadable.add(file)) {
                log.warn("{} is not published in {}: {}", file, repository, e.getMessage());
            }
        } catch (RuntimeException e) {
            // a fault of ours with one file is no reason to pass over all others
            if (!closing && unreadable.add(file)) {
                log.error("publishing {} in {} failed by a fault of ours", file, repository, e);
            }
        }
    }

    /** Looks through the folder. */
    private void scan(WatchService service) {
        scanAfter(pace.rescan());
        if (!toldLately) {
            told = "";
        }
        toldLately = false;
        blind = false;
        complete = true;
        watched.keySet().removeIf(key -> !key.isValid());
        List<Path> files = new ArrayList<>();
        try {
            watch(service, folder, files);
        } catch (IOException e) {
            tell(folder + " can't be looked through, and what was published from it stays: " + e);
            scanAfter(pace.blindRescan());
            return;
        }
        files.removeIf(file -> !isPublishable(file));
        if (blind || !complete) {
            scanAfter(pace.blindRescan());
        }
        publishAll(files);
        if (!closing && complete) {
            noteGone(new HashSet<>(files));
        }
    }

    private void publishAll(List<Path> files) {
        long nextNanos = System.nanoTime() + PROGRESS_INTERVAL.toNanos();
        long settledMillis = System.currentTimeMillis() - pace.quiet().toMillis();
        for (int i = 0; i < files.size() && !closing; i++) {
            Path file = files.get(i);
            try {
                long modified = Files.getLastModifiedTime(file).toMillis();
                if (modified <= settledMillis && !unsettled.containsKey(file)) {
                    publish(file);
                } else {
                    look(file);
                }
            } catch (IOException gone) {
                scanWithin(pace.quiet());
            }
            if (System.nanoTime() - nextNanos >= 0) {
                nextNanos = System.nanoTime() + PROGRESS_INTERVAL.toNanos();
                log.info("publishing {} in {}: {} of {} files", folder, repository, i + 1, files.size());
            }
        }
    }

    /** Says once how many files are gone and stay published: whether they were deleted, or a disk is not mounted, nobody can tell. */
    private void noteGone(Set<Path> files) {
        Set<Path> missing = new HashSet<>(hosting.published(folder));
        missing.removeAll(files);
        if (missing.isEmpty()) {
            goneBefore = 0;
            return;
        }
        int gone = hosting.gone(how, missing, files.size(), who());
        if (gone < missing.size()) {
            changed();
        }
        if (gone > goneBefore) {
            log.warn(
                    "{} of the files that were published in {} from {} are not there any more; they stay published: to delete"
                            + " them, use permafrost delete",
                    gone,
                    repository,
                    folder);
        }
        goneBefore = gone;
    }

    /** Ends it, after the file that it is at, for which it waits up to ten seconds. */
    @Override
    public void close() {
        closing = true;
        WatchService service = watch;
        try {
            if (service != null) {
                service.close();
            }
            thread.join(CLOSE_MILLIS);
        } catch (IOException e) {
            log.warn("closing the watch of {}: {}", folder, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
