package dev.permafrost.proxy.sync;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What waits, by the host that it is to be had from: of each only so much is under way at once, and hosts take turns. Not for several
 * threads at once.
 *
 * @param <T> what waits
 */
final class HostQueues<T> {
    private final int perHost;
    private final Map<String, Host<T>> hosts = new LinkedHashMap<>();

    private static final class Host<T> {
        private final Queue<T> waiting = new ArrayDeque<>();
        private int underWay;
        /** Failures to reach it since it was reached last. */
        private int failures;
    }

    HostQueues(int perHost) {
        this.perHost = perHost;
    }

    void add(String host, T waits) {
        host(host).waiting.add(waits);
    }

    /** The next that may begin, of the host that has waited longest; null where none may. */
    @Nullable T next() {
        for (Iterator<Map.Entry<String, Host<T>>> all = hosts.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<String, Host<T>> entry = all.next();
            Host<T> host = entry.getValue();
            T next = host.underWay < perHost ? host.waiting.poll() : null;
            if (next != null) {
                host.underWay++;
                // behind the others
                all.remove();
                hosts.put(entry.getKey(), host);
                return next;
            }
        }
        return null;
    }

    /** One of that host is over; how often in a row it could not be reached by now. */
    int over(String name, boolean isReached) {
        Host<T> host = host(name);
        host.underWay--;
        host.failures = isReached ? 0 : host.failures + 1;
        return host.failures;
    }

    /** Takes all away that waits for that host. */
    Queue<T> giveUp(String name) {
        Host<T> host = host(name);
        Queue<T> left = new ArrayDeque<>(host.waiting);
        host.waiting.clear();
        return left;
    }

    /** Takes all away that waits. */
    Queue<T> giveUp() {
        Queue<T> left = new ArrayDeque<>();
        hosts.keySet().forEach(name -> left.addAll(giveUp(name)));
        return left;
    }

    private Host<T> host(String name) {
        return hosts.computeIfAbsent(name, key -> new Host<>());
    }
}
