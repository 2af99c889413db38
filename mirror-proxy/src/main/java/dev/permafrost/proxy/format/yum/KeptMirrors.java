package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.repo.YumConfig.Source;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.RowReader;
import dev.permafrost.store.index.RowWriter;
import dev.permafrost.store.model.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What lists of mirrors said last, in the index, as long as somebody asks for what they are of: clients choose which releases there are
 * lists of. Blocks.
 */
final class KeptMirrors {
    /** So long after somebody has asked for it, one goes. */
    static final Duration KEPT = Duration.ofDays(90);

    /** How many stay: those that were asked for last. */
    static final int ROWS_MAX = 1000;

    private static final Logger log = LoggerFactory.getLogger(KeptMirrors.class);

    private static final String KIND = "yum-mirrors";
    private static final String WHAT = "list of mirrors";

    /** Of rows that say when they were asked for. */
    private static final int VERSION = 2;

    /** How exactly that is noted. */
    private static final Duration NOTED = Duration.ofDays(1);

    /** After so long, or so many that came, those that may go are looked for. */
    private static final Duration TIDIED = Duration.ofDays(1);

    private static final int CAME_MAX = 100;

    private final String repository;
    private final MirrorStore store;
    private final Clock clock;
    private Instant tidied = Instant.MIN;
    private int came;

    KeptMirrors(String repository, MirrorStore store, Clock clock) {
        this.repository = repository;
        this.store = store;
        this.clock = clock;
    }

    /**
     * A list.
     *
     * @param at when it said so
     */
    @SuppressWarnings("ArrayRecordComponent") // compared by nobody
    record Row(Instant at, byte[] document) {}

    /** Keeps what a list has just said, and lets go of others. */
    void put(Source source, Row row) {
        store.putDoc(key(source), List.of(head(row.at(), clock.instant()), row.document()));
        if (isTimeToTidy()) {
            try {
                tidy();
            } catch (StoreException e) {
                // the list itself is kept, and good
                log.warn("{}: lists of mirrors that nobody asks for stay for now: {}", repository, e.getMessage());
            }
        }
    }

    /** What a list said last, for somebody who asks for it; null for nothing. */
    @Nullable Row find(Source source) {
        List<byte[]> rows = store.view().catalog().doc(key(source));
        if (rows.size() < 2) {
            return null;
        }
        RowReader head = new RowReader(WHAT, rows.get(0), VERSION);
        Instant at = head.instant();
        Instant now = clock.instant();
        if (asked(rows.get(0)).plus(NOTED).isBefore(now)) {
            store.putDocHead(key(source), head(at, now));
        }
        return new Row(at, rows.get(1));
    }

    private synchronized boolean isTimeToTidy() {
        Instant now = clock.instant();
        if (++came < CAME_MAX && tidied.isAfter(now.minus(TIDIED))) {
            return false;
        }
        came = 0;
        tidied = now;
        return true;
    }

    private void tidy() {
        Map<String, Instant> asked = new HashMap<>();
        store.view().catalog().docs(repository, KIND, (key, head) -> {
            asked.put(key, asked(head.get()));
            return true;
        });
        Instant since = clock.instant().minus(KEPT);
        List<Map.Entry<String, Instant>> newest = new ArrayList<>(asked.entrySet());
        newest.sort(Map.Entry.<String, Instant>comparingByValue(Comparator.reverseOrder()));
        for (int i = 0; i < newest.size(); i++) {
            if (i >= ROWS_MAX || newest.get(i).getValue().isBefore(since)) {
                drop(
                        new DocKey(repository, KIND, newest.get(i).getKey()),
                        newest.get(i).getValue());
            }
        }
    }

    /** Lets go of a list, unless somebody has asked for it since it was looked at. */
    private void drop(DocKey key, Instant asked) {
        List<byte[]> rows = store.view().catalog().doc(key);
        if (!rows.isEmpty() && asked(rows.get(0)).equals(asked)) {
            store.putDoc(key, List.of());
        }
    }

    private static byte[] head(Instant at, Instant asked) {
        return new RowWriter(VERSION).instant(at).instant(asked).bytes();
    }

    /** When somebody asked for one; of the first version it is not known, and when it came is as good. */
    private static Instant asked(byte[] head) {
        try {
            RowReader row = new RowReader(WHAT, head, VERSION);
            Instant at = row.instant();
            return row.remaining() == 0 ? at : row.instant();
        } catch (StoreException e) {
            return Instant.EPOCH;
        }
    }

    private DocKey key(Source source) {
        return new DocKey(repository, KIND, source.kind() + " " + source.url());
    }
}
