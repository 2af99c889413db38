package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.Standstill;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When what yum 3 reads is made beside a server, by whom, and what becomes of what can't be made. */
final class TwinsAreMadeOneByOneTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final TwinUpkeep.Pace QUICK = new TwinUpkeep.Pace(Duration.ofMillis(20), Duration.ofMillis(80));
    private static final TwinUpkeep.Pace ONCE = new TwinUpkeep.Pace(Duration.ofHours(1), Duration.ofHours(1));

    @TempDir
    Path folder;

    private final Standstill standstill = new Standstill();
    private final TwinMaker maker = new TwinMaker();

    @SuppressWarnings("NullAway.Init") // opened before each test
    private MirrorStore store;

    @BeforeEach
    void open() {
        store = MirrorStore.open(MirrorStore.Options.of(folder));
    }

    @AfterEach
    void close() {
        maker.close();
        store.close();
    }

    private Directories directories(String repository) {
        return new Directories(store, new GenerationDocs(repository, store), standstill);
    }

    private static Generation generation(String revision, String list) {
        byte[] repomd = ("<repomd><revision>" + revision + "</revision></repomd>").getBytes(UTF_8);
        String name = "repodata/" + GenerationBuild.sha256(repomd).hex() + "-" + list;
        Generation.Item primary =
                new Generation.Item("primary", name, name, null, GenerationBuild.sha256(repomd), repomd.length);
        return new Generation(
                new Generation.Header(
                        GenerationBuild.sha256(repomd),
                        "",
                        null,
                        null,
                        Instant.now(),
                        Long.parseLong(revision),
                        "packages",
                        List.of(primary)),
                repomd,
                new byte[0],
                new byte[0]);
    }

    private static Generation zstd(String revision) {
        return generation(revision, "primary.xml.zst");
    }

    /** A twin that names no files. */
    private static TwinWriter.Made twinOf(Generation of) {
        Generation.Header said = of.header();
        return new TwinWriter.Made(
                new Generation(
                        new Generation.Header(
                                said.upstream(),
                                "",
                                null,
                                null,
                                said.fetchedAt(),
                                said.newest(),
                                "packages",
                                List.of()),
                        of.repomd(),
                        new byte[] {1},
                        new byte[] {1}),
                "");
    }

    private static boolean hasTwin(Directories directories, String dir, Generation of) {
        return directories.known(directories.live(), dir).twin(of.id()) != null;
    }

    private TwinUpkeep upkeep(Directories directories, TwinUpkeep.Making making, TwinUpkeep.Pace pace) {
        TwinUpkeep upkeep = new TwinUpkeep("yum", directories, making, maker, pace);
        upkeep.begin();
        return upkeep;
    }

    @Test
    void thoseOfAllRepositoriesAreMadeOneAfterTheOtherWhileOthersSeeTheGeneration() throws Exception {
        AtomicInteger atOnce = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger made = new AtomicInteger();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        TwinUpkeep.Making making = (dir, of) -> {
            most.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
            begun.countDown();
            await(gate);
            made.incrementAndGet();
            atOnce.decrementAndGet();
            return twinOf(of);
        };
        Directories one = directories("one");
        Directories other = directories("other");
        TwinUpkeep first = upkeep(one, making, ONCE);
        TwinUpkeep second = upkeep(other, making, ONCE);
        for (String dir : List.of("a/", "b/")) {
            first.asked(dir);
            second.asked(dir);
            one.become(dir, zstd("1"));
            other.become(dir, zstd("1"));
        }
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(one.known(store.view(), "a/").kept()).isNotNull();
        assertThat(other.known(store.view(), "b/").kept()).isNotNull();
        assertThat(hasTwin(one, "a/", zstd("1"))).isFalse();
        gate.countDown();
        Eventually.is(PATIENCE, "all four", () -> made.get() == 4 && hasTwin(other, "b/", zstd("1")));
        assertThat(most).hasValue(1);
    }

    private static void await(CountDownLatch gate) {
        try {
            assertThat(gate.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody may interrupt who reads shared files", e);
        }
    }

    @Test
    void onlyWhatIsAskedForIsMadeAndOnlyWhereItCannotBeRead() {
        AtomicInteger made = new AtomicInteger();
        Directories directories = directories("yum");
        TwinUpkeep upkeep = upkeep(
                directories,
                (dir, of) -> {
                    made.incrementAndGet();
                    return twinOf(of);
                },
                ONCE);
        directories.become("a/", zstd("1"));
        upkeep.made("a/").block(PATIENCE);
        assertThat(made).hasValue(0);
        upkeep.asked("b/");
        directories.become("b/", generation("1", "primary.xml.gz"));
        upkeep.made("b/").block(PATIENCE);
        assertThat(made).hasValue(0);
        upkeep.asked("a/");
        upkeep.made("a/").block(PATIENCE);
        upkeep.made("a/").block(PATIENCE);
        assertThat(made).hasValue(1);
        assertThat(hasTwin(directories, "a/", zstd("1"))).isTrue();
    }

    @Test
    void whatFailsIsToldOfOnceAndTriedAgainEverLater() {
        AtomicInteger tries = new AtomicInteger();
        AtomicBoolean isMended = new AtomicBoolean();
        Directories directories = directories("yum");
        try (CapturedLog log = CapturedLog.open()) {
            TwinUpkeep upkeep = upkeep(
                    directories,
                    (dir, of) -> {
                        tries.incrementAndGet();
                        if (!isMended.get()) {
                            throw new IOException("no room");
                        }
                        return twinOf(of);
                    },
                    QUICK);
            upkeep.asked("");
            directories.become("", zstd("1"));
            Eventually.is(PATIENCE, "tries", () -> tries.get() > 3);
            assertThat(upkeep.isFailing("")).isTrue();
            assertThat(upkeep.made("").blockOptional(PATIENCE)).isEmpty();
            assertThat(log.messages().stream().filter(one -> one.contains("no room")))
                    .hasSize(1)
                    .first()
                    .asString()
                    .contains("mend that");
            isMended.set(true);
            Eventually.is(PATIENCE, "its twin", () -> hasTwin(directories, "", zstd("1")));
            Eventually.is(PATIENCE, "nothing that fails", () -> !upkeep.isFailing(""));
            assertThat(log.withStackTrace()).isEmpty();
        }
    }

    @Test
    void eachTryIsTwiceAsLateUpToALimit() {
        TwinUpkeep.Pace pace = TwinUpkeep.Pace.USUAL;
        assertThat(List.of(1, 2, 3, 9, 10, 1_000_000))
                .extracting(pace::after)
                .containsExactly(
                        Duration.ofMinutes(1),
                        Duration.ofMinutes(2),
                        Duration.ofMinutes(4),
                        Duration.ofMinutes(256),
                        Duration.ofHours(6),
                        Duration.ofHours(6));
    }

    @Test
    void anotherGenerationIsTriedAtOnce() {
        Directories directories = directories("yum");
        TwinUpkeep upkeep = upkeep(
                directories,
                (dir, of) -> {
                    if (of.id().equals(zstd("1").id())) {
                        throw new StoreException(FailureKind.UPSTREAM_INVALID, "it is broken");
                    }
                    return twinOf(of);
                },
                ONCE);
        upkeep.asked("");
        directories.become("", zstd("1"));
        Eventually.is(PATIENCE, "a failure", () -> upkeep.isFailing(""));
        directories.become("", zstd("2"));
        Eventually.is(PATIENCE, "its twin", () -> hasTwin(directories, "", zstd("2")));
    }

    /** What was read is gone with its generation: that is nobody's fault. */
    @Test
    void oneThatIsReplacedWhileItIsReadIsNoFailure() {
        Directories directories = directories("yum");
        try (CapturedLog log = CapturedLog.open()) {
            TwinUpkeep upkeep = upkeep(
                    directories,
                    (dir, of) -> {
                        if (of.id().equals(zstd("1").id())) {
                            directories.become("", zstd("2"));
                            throw new StoreException(FailureKind.STORE_CORRUPT, "its list is gone");
                        }
                        return twinOf(of);
                    },
                    ONCE);
            upkeep.asked("");
            directories.become("", zstd("1"));
            Eventually.is(PATIENCE, "the twin of the second", () -> hasTwin(directories, "", zstd("2")));
            assertThat(log.messages()).noneMatch(one -> one.contains("its list is gone"));
        }
    }

    @Test
    void oneThatIsMadeWhileTheStoreIsFrozenIsPutAfterwards() throws Exception {
        Directories directories = directories("yum");
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch frozen = new CountDownLatch(1);
        TwinUpkeep upkeep = upkeep(
                directories,
                (dir, of) -> {
                    begun.countDown();
                    await(frozen);
                    return twinOf(of);
                },
                ONCE);
        upkeep.asked("");
        directories.become("", zstd("1"));
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        boolean meanwhile = standstill.during(() -> {
            frozen.countDown();
            Eventually.after(Duration.ofMillis(100));
            return hasTwin(directories, "", zstd("1"));
        });
        assertThat(meanwhile).isFalse();
        Eventually.is(PATIENCE, "its twin", () -> hasTwin(directories, "", zstd("1")));
    }

    @Test
    void whoeverClosesItWaitsForTheStepThatItIsAt() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch gate = new CountDownLatch(1);
        AtomicBoolean done = new AtomicBoolean();
        Directories directories = directories("yum");
        try (CapturedLog log = CapturedLog.open()) {
            TwinUpkeep upkeep = upkeep(
                    directories,
                    (dir, of) -> {
                        begun.countDown();
                        await(gate);
                        done.set(true);
                        maker.goOn();
                        throw new AssertionError("it goes on though it is closing");
                    },
                    ONCE);
            upkeep.asked("");
            directories.become("", zstd("1"));
            assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
            CompletableFuture<Void> closed = CompletableFuture.runAsync(maker::close);
            Eventually.after(Duration.ofMillis(50));
            assertThat(closed).isNotDone();
            gate.countDown();
            closed.get(20, TimeUnit.SECONDS);
            assertThat(done).isTrue();
            assertThat(log.messages()).noneMatch(one -> one.contains("yum 3 can't read"));
        }
    }
}
