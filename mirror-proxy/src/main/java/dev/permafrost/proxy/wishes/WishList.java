package dev.permafrost.proxy.wishes;

import dev.permafrost.proxy.repo.Misses;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What was asked for where nothing can be fetched, and is not held; in memory, bounded, for all threads. */
public final class WishList implements Misses {
    /** Most wishes at once. */
    public static final int WISHES_MAX = 10_000;

    private static final Logger log = LoggerFactory.getLogger(WishList.class);

    /* Whoever asks for ten thousand things that nobody has would push out what is wished in earnest. So of a full list what one
     * client alone has asked for makes room first, the oldest of it before the rest. */

    private final Clock clock;
    private final Map<String, Noted> ofOne = new LinkedHashMap<>();
    private final Map<String, Noted> ofSeveral = new LinkedHashMap<>();
    private long changes;

    /** A wish, and who has it. */
    record Noted(String repository, String what, long times, Instant first, Instant last, Askers askers) {
        Wish wish() {
            return new Wish(repository, what, times, first, last, askers.count());
        }

        private boolean isOfSeveral() {
            // what somebody has added by hand has no address
            return times == 0 || askers.count() > 1;
        }
    }

    /** An empty list. */
    public WishList(Clock clock) {
        this.clock = clock;
    }

    @Override
    public void missing(String repository, String what, String client) {
        if (Wish.isOne(what)) {
            note(repository, what, Askers.NONE.and(client), 1);
        }
    }

    /** Adds what an operator wants. */
    public void add(String repository, String what) {
        note(repository, what, Askers.NONE, 0);
    }

    private void note(String repository, String what, Askers asker, long times) {
        Instant now = Instant.ofEpochSecond(clock.instant().getEpochSecond());
        boolean isNew;
        synchronized (ofOne) {
            String key = repository + ":" + what;
            Noted before = ofSeveral.remove(key);
            before = before == null ? ofOne.remove(key) : before;
            isNew = before == null;
            Noted noted = before == null
                    ? new Noted(repository, what, times, now, now, asker)
                    : new Noted(
                            repository,
                            what,
                            before.times() + times,
                            before.first(),
                            now,
                            union(before.askers(), asker));
            put(key, noted);
            changes++;
        }
        if (isNew) {
            log.info("{}:{} was asked for and is not held", repository, what);
        }
    }

    private static Askers union(Askers one, Askers other) {
        return new Askers(one.a() | other.a(), one.b() | other.b(), one.c() | other.c(), one.d() | other.d());
    }

    private void put(String key, Noted noted) {
        (noted.isOfSeveral() ? ofSeveral : ofOne).put(key, noted);
        if (ofOne.size() + ofSeveral.size() > WISHES_MAX) {
            Iterator<String> oldest =
                    (ofOne.isEmpty() ? ofSeveral : ofOne).keySet().iterator();
            oldest.next();
            oldest.remove();
        }
    }

    /** All of them, those that most clients have first. */
    public List<Wish> all() {
        return noted().stream()
                .map(Noted::wish)
                .sorted(Comparator.comparingLong(Wish::clients)
                        .thenComparingLong(Wish::times)
                        .reversed()
                        .thenComparing(Wish::first)
                        .thenComparing(Wish::title))
                .toList();
    }

    /** How many there are. */
    public int size() {
        synchronized (ofOne) {
            return ofOne.size() + ofSeveral.size();
        }
    }

    /** Forgets them all. */
    public void clear() {
        synchronized (ofOne) {
            ofOne.clear();
            ofSeveral.clear();
            changes++;
        }
    }

    /** A number that is another one after each change. */
    long changes() {
        synchronized (ofOne) {
            return changes;
        }
    }

    /** All of them, those asked for longest ago first. */
    List<Noted> noted() {
        List<Noted> all = new ArrayList<>();
        synchronized (ofOne) {
            all.addAll(ofOne.values());
            all.addAll(ofSeveral.values());
        }
        all.sort(Comparator.comparing(Noted::last));
        return all;
    }

    /** Adds those of before, which are no change. */
    void restore(Collection<Noted> before) {
        synchronized (ofOne) {
            before.stream()
                    .filter(noted -> Wish.isOne(noted.what()))
                    .forEach(noted -> put(noted.repository() + ":" + noted.what(), noted));
        }
    }
}
