package dev.permafrost.proxy.fetch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was asked for where nothing can be fetched, and is not held. Kept in memory, bounded: the oldest make room. */
public final class Wishes {
    private static final Logger log = LoggerFactory.getLogger(Wishes.class);
    private static final int WISHES_MAX = 10_000;

    private final Map<String, Long> counts = new LinkedHashMap<>();

    /** An empty list. */
    public Wishes() {}

    /** Notes that something was asked for; the first time it is logged too. */
    public void missing(String repository, String what) {
        String wish = repository + ":" + what;
        synchronized (counts) {
            if (counts.merge(wish, 1L, Long::sum) == 1) {
                log.info("{} was asked for and is not held", wish);
                if (counts.size() > WISHES_MAX) {
                    counts.remove(counts.keySet().iterator().next());
                }
            }
        }
    }

    /** What was asked for, oldest first, with how often. */
    public List<Map.Entry<String, Long>> all() {
        synchronized (counts) {
            List<Map.Entry<String, Long>> copy = new ArrayList<>();
            counts.forEach((wish, count) -> copy.add(Map.entry(wish, count)));
            return copy;
        }
    }
}
