package dev.permafrost.proxy.format.yum.rpm;

import dev.permafrost.proxy.format.yum.rpm.RpmHeader.Strings;
import dev.permafrost.proxy.format.yum.rpm.RpmHeader.Values;
import java.util.ArrayList;
import java.util.List;

/** What changed in a package: the newest few entries, of which no two are of one second, since clients tell them apart by it. */
final class Changelog {
    private Changelog() {}

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
        Values times = rpm.header().values(RpmTag.CHANGELOGTIME);
        Strings authors = rpm.header().strings(RpmTag.CHANGELOGNAME);
        Strings texts = rpm.header().strings(RpmTag.CHANGELOGTEXT);
        List<Entry> entries = new ArrayList<>();
        if (times == null || authors == null || texts == null) {
            return entries;
        }
        int count = Math.min(times.count(), Math.min(authors.count(), texts.count()));
        count = entriesMax < 0 ? count : Math.min(count, entriesMax);
        long last = 0;
        for (int i = 0; i < count; i++) {
            long seconds = times.get(i);
            entries.add(new Entry(withoutBlanksAtEnd(authors.next()), seconds, texts.next()));
            if (seconds == last) {
                moveOn(entries, i - 1, seconds);
            }
            last = seconds;
        }
        return entries;
    }

    /** Has entries that are newer and of the same second be of one second later each. */
    private static void moveOn(List<Entry> entries, int from, long seconds) {
        long taken = seconds;
        for (int i = from; i >= 0 && entries.get(i).seconds == taken; i--) {
            Entry entry = entries.get(i);
            taken++;
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
