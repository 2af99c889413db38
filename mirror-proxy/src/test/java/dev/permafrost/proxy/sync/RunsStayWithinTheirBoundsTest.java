package dev.permafrost.proxy.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.SyncItem;
import dev.permafrost.store.model.FailureKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.scheduler.VirtualTimeScheduler;

/** A run has so many files fetched at once, goes on past those that fail, tries again later what may be better then, and says what it came to. */
class RunsStayWithinTheirBoundsTest {
    private static final SyncLimits LIMITS = new SyncLimits(6, 4, 0, 2, Duration.ofSeconds(6), 3);

    private final AtomicReference<@Nullable SyncReport> outcome = new AtomicReference<>();
    private VirtualTimeScheduler time = VirtualTimeScheduler.create();

    @BeforeEach
    void stopTime() {
        time = VirtualTimeScheduler.getOrSet();
    }

    @AfterEach
    void letTimeGoOn() {
        VirtualTimeScheduler.reset();
    }

    private SyncRunner run(List<? extends SyncItem> items, SyncLimits limits) {
        SyncRunner runner = new SyncRunner(List.copyOf(items), limits, System::nanoTime);
        runner.run().subscribe(outcome::set);
        return runner;
    }

    private SyncReport report() {
        return Objects.requireNonNull(outcome.get(), "it is not over");
    }

    private static List<ItemInHand> underWay(List<ItemInHand> items) {
        return items.stream().filter(ItemInHand::isUnderWay).toList();
    }

    private static void succeed(List<ItemInHand> items) {
        for (List<ItemInHand> now = underWay(items); !now.isEmpty(); now = underWay(items)) {
            now.forEach(ItemInHand::succeeds);
        }
    }

    @Test
    void noMoreThanSoManyAreUnderWayAndOfOneHostFewer() {
        List<ItemInHand> a = ItemInHand.of("a", 10);
        List<ItemInHand> b = ItemInHand.of("b", 1);
        List<ItemInHand> all = new ArrayList<>(a);
        all.addAll(b);
        run(all, LIMITS);
        assertThat(underWay(a)).hasSize(4);
        assertThat(underWay(b)).hasSize(1);
        underWay(a).get(0).succeeds();
        assertThat(underWay(a)).as("another one in its place").hasSize(4);
        succeed(all);
        assertThat(report()).isEqualTo(new SyncReport(11, 110, 0, 0, List.of(), 0, null));
    }

    @Test
    void hostsTakeTurns() {
        List<ItemInHand> a = ItemInHand.of("a", 10);
        List<ItemInHand> b = ItemInHand.of("b", 10);
        List<ItemInHand> all = new ArrayList<>(a);
        all.addAll(b);
        run(all, LIMITS);
        assertThat(underWay(a)).hasSize(3);
        assertThat(underWay(b)).hasSize(3);
        succeed(all);
    }

    @Test
    void filesThatAreDoneAtOnceDoNotBeginEachOtherEverDeeper() {
        SyncItem done = new SyncItem() {
            @Override
            public String name() {
                return "done";
            }

            @Override
            public String host() {
                return "a";
            }

            @Override
            public long sizeBytes() {
                return 0;
            }

            @Override
            public Mono<Void> hold() {
                return Mono.empty();
            }
        };
        run(Collections.nCopies(200_000, done), LIMITS);
        assertThat(report().held()).isEqualTo(200_000);
    }

    @Test
    void nothingToDoIsDoneAtOnce() {
        run(List.of(), LIMITS);
        assertThat(report().isWhole()).isTrue();
    }

    @Test
    void oneThatFailsIsNamedAndTheOthersGoOn() {
        List<ItemInHand> all = ItemInHand.of("a", 3);
        run(all, LIMITS);
        all.get(0).fails(FailureKind.DIGEST_MISMATCH);
        all.get(1).succeeds();
        all.get(2).fails(FetchException.ofStatus(404, "it is not there"));
        assertThat(report().isWhole()).isFalse();
        assertThat(report())
                .isEqualTo(new SyncReport(
                        1,
                        10,
                        0,
                        2,
                        List.of(
                                new SyncReport.Failure("a0", "a0 failed"),
                                new SyncReport.Failure("a2", "it is not there")),
                        0,
                        null));
        assertThat(all)
                .extracting(ItemInHand::tries)
                .as("neither is better later")
                .containsOnly(1);
    }

    @Test
    void whatMayBeBetterLaterIsTriedAgainLaterAndThenLaterStill() {
        ItemInHand one = new ItemInHand("one", "a", 10);
        run(List.of(one), LIMITS);
        one.fails(FetchException.ofStatus(503, "busy"));
        time.advanceTimeBy(Duration.ofMillis(5_900));
        assertThat(one.tries()).isEqualTo(1);
        time.advanceTimeBy(Duration.ofMillis(200));
        assertThat(one.tries()).isEqualTo(2);
        one.fails(FailureKind.UPSTREAM_TIMEOUT);
        time.advanceTimeBy(Duration.ofMillis(11_900));
        assertThat(one.tries()).isEqualTo(2);
        time.advanceTimeBy(Duration.ofMillis(200));
        assertThat(one.tries()).isEqualTo(3);
        assertThat(outcome.get()).isNull();
        one.succeeds();
        assertThat(report().isWhole()).isTrue();
    }

    @Test
    void triesHaveAnEnd() {
        ItemInHand one = new ItemInHand("one", "a", 10);
        run(List.of(one), LIMITS);
        for (int i = 0; i < 3; i++) {
            one.fails(FetchException.ofStatus(503, "busy for the " + i + ". time"));
            time.advanceTimeBy(Duration.ofMinutes(1));
        }
        assertThat(one.tries()).isEqualTo(3);
        assertThat(report().failures()).containsExactly(new SyncReport.Failure("one", "busy for the 2. time"));
    }

    @Test
    void aHostThatCanNotBeReachedIsGivenUpAndOthersAreNot() {
        List<ItemInHand> a = ItemInHand.of("a", 10);
        List<ItemInHand> b = ItemInHand.of("b", 5);
        List<ItemInHand> all = new ArrayList<>(a);
        all.addAll(b);
        run(all, LIMITS);
        for (int i = 0; i < 3; i++) {
            underWay(a).get(0).fails(FailureKind.UPSTREAM_UNREACHABLE);
        }
        underWay(a).forEach(one -> one.fails(FailureKind.UPSTREAM_UNREACHABLE));
        succeed(b);
        time.advanceTimeBy(Duration.ofSeconds(7));
        underWay(a).forEach(one -> one.fails(FailureKind.UPSTREAM_UNREACHABLE));
        assertThat(report().held()).isEqualTo(5);
        assertThat(report().failed()).isEqualTo(10);
        assertThat(report().failures())
                .extracting(SyncReport.Failure::reason)
                .contains("a could not be reached 3 times in a row; it was not tried");
        assertThat(a.get(9).tries()).isZero();
    }

    @Test
    void whereNothingCanBeStoredAnyMoreItEnds() {
        List<ItemInHand> all = ItemInHand.of("a", 10);
        run(all, LIMITS);
        all.get(1).fails(FetchException.ofStatus(503, "busy"));
        all.get(0).fails(FailureKind.DISK_FULL);
        assertThat(outcome.get()).as("some are under way").isNull();
        succeed(all);
        assertThat(report().ended()).isEqualTo("a0 failed");
        assertThat(report().held()).isEqualTo(3);
        assertThat(report().failures()).containsExactly(new SyncReport.Failure("a0", "a0 failed"));
        assertThat(report().notTried()).as("one was to be tried again").isEqualTo(6);
        assertThat(report().isWhole()).isFalse();
    }

    @Test
    void bytesAreCountedWhileTheyComeAndTakenBackWhereTheyWereInVain() {
        ItemInHand one = new ItemInHand("one", "a", 100);
        ItemInHand held = new ItemInHand("held", "a", 50);
        SyncRunner runner = run(List.of(one, held), LIMITS);
        one.bytes(60);
        assertThat(runner.progress()).isEqualTo(new SyncProgress(0, 2, 60, 150));
        // somebody else has it fetched
        held.succeeds();
        assertThat(runner.progress()).isEqualTo(new SyncProgress(1, 2, 110, 150));
        one.fails(FailureKind.UPSTREAM_UNREACHABLE);
        assertThat(runner.progress()).isEqualTo(new SyncProgress(1, 2, 50, 150));
        time.advanceTimeBy(Duration.ofSeconds(7));
        one.bytes(40);
        one.succeeds();
        assertThat(runner.progress()).isEqualTo(new SyncProgress(2, 2, 150, 150));
        assertThat(report().receivedBytes()).isEqualTo(100);
    }
}
