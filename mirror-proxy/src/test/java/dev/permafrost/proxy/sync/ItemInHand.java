package dev.permafrost.proxy.sync;

import dev.permafrost.proxy.repo.ByteFlow;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.SyncItem;
import dev.permafrost.store.model.FailureKind;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A file whose fetch does what a test says, when it says so. */
final class ItemInHand implements SyncItem {
    private final String name;
    private final String host;
    private final long sizeBytes;
    private final List<Sinks.Empty<Void>> tries = new ArrayList<>();
    private ByteFlow flow = ByteFlow.FREE;

    ItemInHand(String name, String host, long sizeBytes) {
        this.name = name;
        this.host = host;
        this.sizeBytes = sizeBytes;
    }

    static List<ItemInHand> of(String host, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new ItemInHand(host + i, host, 10))
                .toList();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String host() {
        return host;
    }

    @Override
    public long sizeBytes() {
        return sizeBytes;
    }

    @Override
    public Mono<Void> hold() {
        return Mono.deferContextual(subscription -> {
            flow = ByteFlow.of(subscription);
            Sinks.Empty<Void> one = Sinks.empty();
            tries.add(one);
            return one.asMono();
        });
    }

    /** How often it was begun. */
    int tries() {
        return tries.size();
    }

    boolean isUnderWay() {
        Sinks.Empty<Void> last = last();
        return last != null && !isOver(last);
    }

    private static boolean isOver(Sinks.Empty<Void> one) {
        return Boolean.TRUE.equals(one.scan(reactor.core.Scannable.Attr.TERMINATED));
    }

    private Sinks.@Nullable Empty<Void> last() {
        return tries.isEmpty() ? null : tries.get(tries.size() - 1);
    }

    /** So many bytes come; for how many nanoseconds no more may. */
    long bytes(int count) {
        return flow.taken(count);
    }

    void succeeds() {
        tries.get(tries.size() - 1).tryEmitEmpty().orThrow();
    }

    void fails(FailureKind kind) {
        fails(new FetchException(kind, name + " failed"));
    }

    void fails(Exception why) {
        tries.get(tries.size() - 1).tryEmitError(why).orThrow();
    }
}
