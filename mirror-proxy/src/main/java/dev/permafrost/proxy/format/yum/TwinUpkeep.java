package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.pgp.OwnKey;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Keeps up the {@linkplain TwinWriter twins} of the directories that {@linkplain OldYum yum 3} asks for and can't read, beside a server that
 * fetches or hosts them: whenever there is a new generation, for as long as somebody has asked lately. A generation is served to all others
 * before its twin is begun. What can't be made is told of once, tried again ever later, and at once when there is a new generation.
 */
final class TwinUpkeep {
    private static final Logger log = LoggerFactory.getLogger(TwinUpkeep.class);
    private static final int DIRECTORIES_MAX = 10_000;
    private static final int JOBS_MAX = 1_000;

    /** Who has asked may ask again for so long: hosts are brought up to date once a month at the least. */
    private static final Duration ASKS_WITHIN = Duration.ofDays(35);

    /** How often it is looked whether the store is still being frozen. */
    private static final Duration STANDSTILL_LOOK = Duration.ofSeconds(1);

    private final String repository;
    private final Directories directories;
    private final Making making;
    private final TwinMaker maker;
    private final Pace pace;
    private final Recall<String, Boolean> asked = Recall.ofEntries(DIRECTORIES_MAX, ASKS_WITHIN);
    private final ConcurrentMap<String, Job> jobs = new ConcurrentHashMap<>();

    /** Makes a twin, as {@link TwinWriter#made} does. */
    interface Making {
        TwinWriter.Made made(String dir, Generation of) throws IOException;
    }

    /**
     * How long after a failure it is tried again.
     *
     * @param first after the first one; twice as long after each further one
     * @param most at the most
     */
    record Pace(Duration first, Duration most) {
        static final Pace USUAL = new Pace(Duration.ofMinutes(1), Duration.ofHours(6));

        Duration after(int failures) {
            Duration time = first.multipliedBy(1L << Math.min(failures - 1, 20));
            return time.compareTo(most) < 0 ? time : most;
        }
    }

    /** A directory whose newest generation may want a twin. Changed by the maker's thread, or while {@link #jobs} computes it. */
    private static final class Job {
        /** Ends with the attempt that is to come or under way. */
        private volatile Sinks.Empty<Void> over = Sinks.empty();

        /** Somebody has asked since it was begun. */
        private volatile boolean isWanted;

        /** There is another generation since it was begun. */
        private volatile boolean isNew;

        private volatile int failures;
        private @Nullable Future<?> next;
        private String told = "";

        private void end() {
            Sinks.Empty<Void> ended = over;
            over = Sinks.empty();
            ended.tryEmitEmpty();
        }
    }

    TwinUpkeep(String repository, Directories directories, Making making, TwinMaker maker, Pace pace) {
        this.repository = repository;
        this.directories = directories;
        this.making = making;
        this.maker = maker;
        this.pace = pace;
    }

    /**
     * Those of a repository.
     *
     * @param keyFile where the key lies that signs them; made when it is first wanted
     */
    static TwinUpkeep of(
            String repository, MirrorStore store, Directories directories, TwinMaker maker, Path keyFile, Pace pace) {
        RecordWriter records = new RecordWriter(store, directories.docs(), maker::goOn);
        TwinWriter writer = new TwinWriter(records);
        return new TwinUpkeep(
                repository, directories, (dir, of) -> writer.made(dir, of, OwnKey.of(keyFile)), maker, pace);
    }

    /** Has twins made of new generations from now on. */
    void begin() {
        directories.onReplaced(dir -> {
            if (asked.get(dir) != null) {
                var unused = want(dir, true);
            }
        });
    }

    /** Notes that yum 3 has asked for a directory. */
    void asked(String dir) {
        asked.put(dir, true);
    }

    /** Has it looked at whether a directory's newest generation has its twin, and all files of that. */
    void look(String dir) {
        var unused = made(dir);
    }

    /** Has a directory looked at too; completes once its newest generation has its twin, or can't have one soon. */
    Mono<Void> made(String dir) {
        return want(dir, false);
    }

    /** Whether a directory's twin could not be made when that was tried last. */
    boolean isFailing(String dir) {
        Job job = jobs.get(dir);
        return job != null && job.failures > 0;
    }

    /**
     * Has a directory looked at.
     *
     * @param isNew whether it is another than when an attempt failed
     * @return completes with the attempt that is to come or under way; at once where there is none soon
     */
    private Mono<Void> want(String dir, boolean isNew) {
        List<Mono<Void>> over = new ArrayList<>();
        jobs.compute(dir, (key, there) -> {
            if (there == null && jobs.size() >= JOBS_MAX) {
                return null;
            }
            Job job = there == null ? new Job() : there;
            job.isWanted = true;
            if (isNew) {
                job.isNew = true;
            }
            if (job.failures == 0) {
                over.add(job.over.asMono());
            }
            if (there == null || (isNew && job.failures > 0)) {
                schedule(dir, job, Duration.ZERO);
            }
            return job;
        });
        return over.isEmpty() ? Mono.empty() : over.get(0);
    }

    private void schedule(String dir, Job job, Duration after) {
        if (job.next != null) {
            // one that has begun goes on, and is looked at again when it ends
            job.next.cancel(false);
        }
        job.next = maker.later(() -> run(dir, job), after);
        if (job.next == null) {
            job.end();
        }
    }

    private void run(String dir, Job job) {
        job.isWanted = false;
        job.isNew = false;
        String failure = null;
        try {
            make(dir, job);
        } catch (StoreException e) {
            if (e.kind() == FailureKind.SHUTTING_DOWN) {
                job.end();
                return;
            }
            failure = String.valueOf(e.getMessage());
        } catch (Throwable e) {
            failure = e.toString();
        }
        over(dir, job, failure);
    }

    private void over(String dir, Job job, @Nullable String failure) {
        Duration after = Duration.ZERO;
        if (failure != null) {
            int failures = job.failures + 1;
            job.failures = failures;
            after = pace.after(failures);
            tell(dir, job, failure, after);
        }
        Duration wait = after;
        jobs.compute(dir, (key, there) -> {
            boolean goesOn = failure != null || job.isWanted;
            if (goesOn) {
                schedule(dir, job, job.isNew ? Duration.ZERO : wait);
            }
            job.end();
            return goesOn ? job : null;
        });
    }

    private void tell(String dir, Job job, String failure, Duration after) {
        if (!failure.equals(job.told)) {
            job.told = failure;
            log.warn(
                    "{}: yum 3 can't read the metadata of /{}, and what it could read can't be made: {}; mend that, or wait for"
                            + " other metadata: yum 3 is given what it was given before; it is tried again in {} s, then"
                            + " ever later, and at once when there is new metadata; other clients are not concerned",
                    repository,
                    dir,
                    failure,
                    after.toSeconds());
        }
    }

    /** Makes what is wanted; where another generation has come meanwhile, that is wanted now. */
    private void make(String dir, Job job) throws IOException {
        Generation newest = newest(dir);
        if (asked.get(dir) == null || newest == null || OldYum.reads(newest) || isThere(dir, newest)) {
            return;
        }
        GenerationDocs docs = directories.docs();
        long begun = System.nanoTime();
        docs.beginTwin(dir);
        try {
            TwinWriter.Made made = making.made(dir, newest);
            if (put(dir, made.twin())) {
                log.info(
                        "{}: yum 3 is given /{} packed by gzip and in SQLite, {} files that took {} s{}",
                        repository,
                        dir,
                        made.twin().header().records().size(),
                        Duration.ofNanos(System.nanoTime() - begun).toSeconds(),
                        made.faults());
                job.failures = 0;
                job.told = "";
            } else {
                throw new StoreException(
                        FailureKind.STORE_MISSING,
                        "a file of it is not held any more, though it was made a moment ago");
            }
        } catch (IOException | StoreException e) {
            if (!isNewest(dir, newest) && !(e instanceof StoreException s && s.kind() == FailureKind.SHUTTING_DOWN)) {
                // what it was made of may have gone
                job.isWanted = true;
                job.isNew = true;
                return;
            }
            throw e;
        } finally {
            docs.endTwin(dir);
        }
    }

    private boolean put(String dir, Generation twin) {
        while (true) {
            Boolean done = directories.putTwin(dir, twin).orElse(null);
            if (done != null) {
                return done;
            }
            maker.pause(STANDSTILL_LOOK);
        }
    }

    private boolean isThere(String dir, Generation newest) {
        Directories.Twin twin = directories.known(directories.live(), dir).twin(newest.id());
        return twin != null && directories.docs().isHeld(dir, twin.generation());
    }

    private boolean isNewest(String dir, Generation one) {
        Generation newest = newest(dir);
        return newest != null && newest.id().equals(one.id());
    }

    private @Nullable Generation newest(String dir) {
        return directories
                .known(directories.live(), dir)
                .generations()
                .map(Kept::newest)
                .orElse(null);
    }
}
