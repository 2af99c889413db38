package dev.permafrost.proxy.sync;

import dev.permafrost.proxy.repo.SyncItem;
import dev.permafrost.proxy.repo.SyncPlan;
import dev.permafrost.proxy.repo.Syncing;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A run as a command sees it: it waits. Everything blocks, for as long as it takes. */
public final class SyncRun {
    private static final Duration TELL_INTERVAL = Duration.ofMillis(250);

    private static final int GRANTS_AT_ONCE = 8;

    private SyncRun() {}

    /** What there is to do for parts of a repository; all of it where there are none. */
    public static List<SyncPlan> plans(Syncing syncing, List<String> parts, Map<String, String> wishes) {
        return Objects.requireNonNull(syncing.plan(parts, wishes).block());
    }

    /** What there is to do for each of several wishes, in their order. None of them may err. */
    public static List<SyncPlan> granted(List<Mono<SyncPlan>> grants) {
        return Objects.requireNonNull(Flux.fromIterable(grants)
                .flatMapSequential(grant -> grant, GRANTS_AT_ONCE)
                .collectList()
                .block());
    }

    /**
     * Does it.
     *
     * @param told is told now and then how far it is
     */
    public static SyncReport of(List<SyncItem> items, SyncLimits limits, Consumer<SyncProgress> told) {
        SyncRunner runner = new SyncRunner(items, limits, System::nanoTime);
        Mono<SyncReport> report = runner.run();
        while (true) {
            SyncReport now = report.timeout(TELL_INTERVAL, Mono.empty()).block();
            told.accept(runner.progress());
            if (now != null) {
                return now;
            }
        }
    }
}
