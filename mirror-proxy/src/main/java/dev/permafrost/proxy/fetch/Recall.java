package dev.permafrost.proxy.fetch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToIntFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A bounded memory of answers. Looking never blocks.
 *
 * @param <K> what was asked
 * @param <V> what was answered
 */
public final class Recall<K, V> {
    private final Cache<K, V> answers;
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder evictions;

    private Recall(Cache<K, V> answers, LongAdder evictions) {
        this.answers = answers;
        this.evictions = evictions;
    }

    /** A memory of at most so many answers, each forgotten after a while. */
    public static <K, V> Recall<K, V> ofEntries(long entriesMax, Duration ttl) {
        return new Recall<>(
                Caffeine.newBuilder()
                        .maximumSize(entriesMax)
                        .expireAfterWrite(ttl)
                        .build(),
                new LongAdder());
    }

    /** A memory of answers of so many bytes together. */
    public static <K, V> Recall<K, V> ofBytes(long bytesMax, ToIntFunction<V> sizeBytes) {
        LongAdder evictions = new LongAdder();
        return new Recall<>(
                Caffeine.newBuilder()
                        .maximumWeight(bytesMax)
                        .weigher((K key, V value) -> sizeBytes.applyAsInt(value))
                        .evictionListener(
                                (@Nullable K key, @Nullable V value, RemovalCause cause) -> evictions.increment())
                        .build(),
                evictions);
    }

    /** The answer that is remembered, or null. */
    public @Nullable V get(K key) {
        V answer = answers.getIfPresent(key);
        (answer == null ? misses : hits).increment();
        return answer;
    }

    /** How it is doing. */
    public CacheFigures figures() {
        return new CacheFigures(
                answers::estimatedSize,
                () -> answers.policy()
                        .eviction()
                        .map(eviction -> eviction.weightedSize().orElse(0))
                        .orElse(0L),
                hits::sum,
                misses::sum,
                evictions::sum);
    }

    /** Remembers an answer. */
    public void put(K key, V value) {
        answers.put(key, value);
    }

    /** Forgets an answer. */
    public void forget(K key) {
        answers.invalidate(key);
    }

    /**
     * Makes a new answer from the one remembered (null for none), one caller at a time for a key; others of that key wait, so
     * call it where blocking is allowed. Null forgets it.
     */
    public @Nullable V update(K key, UnaryOperator<@Nullable V> change) {
        return answers.asMap().compute(key, (k, old) -> change.apply(old));
    }
}
