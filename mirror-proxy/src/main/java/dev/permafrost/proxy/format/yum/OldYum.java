package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.format.yum.sqlite.DatabaseKind;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What yum 3 reads, the client of CentOS 7: lists in XML or SQLite that gzip, bzip2 or xz has packed, and no others; groups and the like by
 * gzip or as they are; a {@code repomd.xml} that is not long.
 */
final class OldYum {
    /** It asks for 100 KiB, and bears a tenth more. */
    static final int REPOMD_BYTES_MAX = 112_640;

    /** What it asks for, of all that a repository may name; the rest would make {@code repomd.xml} longer in vain. */
    private static final Set<String> ASKED_FOR = Set.of(
            "primary",
            "filelists",
            "other",
            "primary_db",
            "filelists_db",
            "other_db",
            "group",
            "group_gz",
            "updateinfo",
            "prestodelta",
            "pkgtags",
            "productid");

    /** The header field by which it is told from others. */
    static final String VARY = "User-Agent";

    private static final List<String> LISTS = List.of("primary", "filelists", "other");

    private static final String DATABASE = "_db";

    private static final Pattern AGENT = Pattern.compile("\\byum/[23]\\.");
    private static final Pattern UNREADABLE = Pattern.compile("\\.(zst|zck)$");
    private static final Pattern PACKED = Pattern.compile("\\.(zst|zck|xz|bz2)$");

    private OldYum() {}

    /** Whether a client that calls itself so is one, such as {@code urlgrabber/3.10 yum/3.4.3}. */
    static boolean isOne(@Nullable String userAgent) {
        return userAgent != null && AGENT.matcher(userAgent).find();
    }

    /** Whether it can use a generation as it is. */
    static boolean reads(Generation generation) {
        List<Generation.Item> records = generation.header().records();
        return generation.repomd().length <= REPOMD_BYTES_MAX
                && LISTS.stream().allMatch(list -> reads(records, list) || reads(records, list + DATABASE));
    }

    /** What decides, besides the URL, which {@code repomd.xml} of a generation a client is given; null for nothing. */
    static @Nullable String vary(Generation generation) {
        return reads(generation) ? null : VARY;
    }

    /** A list that is not there is none that it would have to read; a database is. */
    private static boolean reads(List<Generation.Item> records, String type) {
        return records.stream()
                .filter(record -> record.type().equals(type))
                .findFirst()
                .map(record -> reads(type, record.href()))
                .orElse(!isDatabase(type));
    }

    /** Whether it unpacks a file of that type and name. */
    static boolean reads(String type, String href) {
        boolean isList = LISTS.contains(type) || isDatabase(type);
        return !(isList ? UNREADABLE : PACKED).matcher(href).find();
    }

    /** The type of the SQLite that says what a list does. */
    static String database(DatabaseKind kind) {
        return kind.list() + DATABASE;
    }

    /** Whether files of that type are SQLite. */
    static boolean isDatabase(String type) {
        return type.endsWith(DATABASE);
    }

    /** Whether it asks for files of that type. */
    static boolean asksFor(String type) {
        return ASKED_FOR.contains(type);
    }
}
