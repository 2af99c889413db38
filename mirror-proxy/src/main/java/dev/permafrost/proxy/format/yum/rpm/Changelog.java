package dev.permafrost.proxy.format.yum.rpm;

import dev.permafrost.proxy.format.yum.rpm.RpmHeader.Strings;
import dev.permafrost.proxy.format.yum.rpm.RpmHeader.Values;
import java.util.ArrayList;
import java.util.List;

/** What changed in a package: the newest few entries, of which no two are of one second, since clients tell them apart by it. */
final class Changelog {
    /** Most moves of times; the longest known changelogs, of 3,000 entries, take a few hundred. */
    private static final int MOVES_MAX = 10_000_000;

    private final RpmPackage of;
    private final List<Entry> entries = new ArrayList<>();
    private int moves;

    private Changelog(RpmPackage of) {
        this.of = of;
    }

    /**
     * An entry.
     *
     * @param seconds since 1970
     */
    record Entry(String author, long seconds, String text) {}

    /**
     * The newest entries of a package, the newest first as the header has them.
     *
     * @param entriesMax how many; negative for all
     */
    static List<Entry> of(RpmPackage rpm, int entriesMax) throws BadRpmException {
        return new Changelog(rpm).read(entriesMax);
    }

    private List<Entry> read(int entriesMax) throws BadRpmException {
        Values times = of.header().values(RpmTag.CHANGELOGTIME);
        Strings authors = of.header().strings(RpmTag.CHANGELOGNAME);
        Strings texts = of.header().strings(RpmTag.CHANGELOGTEXT);
        if (times == null || authors == null || texts == null) {
            return entries;
        }
        int count = Math.min(times.count(), Math.min(authors.count(), texts.count()));
        count = entriesMax < 0 ? count : Math.min(count, entriesMax);
        long last = 0;
        for (int i = 0; i < count; i++) {
            long seconds = times.get(i);
            Entry entry = new Entry(withoutBlanksAtEnd(authors.next()), seconds, texts.next());
            of.allowance().takeString(entry.author);
            of.allowance().takeString(entry.text);
            entries.add(entry);
            if (seconds == last) {
                moveOn(i - 1, seconds);
            }
            last = seconds;
        }
        return entries;
    }

    /** Has entries that are newer and of the same second be of one second later each. */
    private void moveOn(int from, long seconds) throws BadRpmException {
        long taken = seconds;
        for (int i = from; i >= 0 && entries.get(i).seconds == taken; i--) {
            Entry entry = entries.get(i);
            taken++;
            if (++moves > MOVES_MAX) {
                throw BadRpmException.tooLarge(of.title(), "too many entries of its changelog are of the same second");
            }
            entries.set(i, new Entry(entry.author, taken, entry.text));
        }
    }

    private static String withoutBlanksAtEnd(String author) {
        int end = author.length();
        while (end > 1 && author.charAt(end - 1) == ' ') {
            end--;
        }
        return author.substring(0, end);
    }
}
