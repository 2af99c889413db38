package dev.permafrost.proxy.format.pypi;

import dev.permafrost.store.index.RowReader;
import dev.permafrost.store.index.RowWriter;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/*
 * Chunk 0 is the header, every other one holds up to 4,096 projects, each as the number of characters that it shares with the one
 * before, the rest of its name, and the difference of the serial numbers.
 */
/** Upstream's list of all projects, as rows of the index. Rows are versioned by their first byte. */
final class RootList {
    /** Most projects in a chunk. */
    static final int CHUNK_PROJECTS_MAX = 4096;

    private static final String WHAT = "list of projects";
    private static final int VERSION = 1;
    /** Since 2 it says which index was asked. */
    private static final int HEADER_VERSION = 2;

    private RootList() {}

    /**
     * What is said of the list as a whole, and of the answer that said it.
     *
     * @param lastSerial upstream's serial number of the list, -1 if not told
     * @param etag the validator of upstream's answer, null if it had none
     * @param lastModified the date that upstream's answer bore, verbatim, null if it bore none
     * @param fetchedAt when the answer was received or last confirmed
     * @param projectsCount number of projects
     * @param index the URL of the index that was asked for it, null where there was none, or a version before has written the list
     */
    record Header(
            long lastSerial,
            @Nullable String etag,
            @Nullable String lastModified,
            Instant fetchedAt,
            int projectsCount,
            @Nullable String index) {
        /** The same list, confirmed by upstream at that moment (a 304, whose validators may be newer). */
        Header confirmed(Instant at, @Nullable String newEtag, @Nullable String newLastModified) {
            return new Header(
                    lastSerial,
                    newEtag == null ? etag : newEtag,
                    newLastModified == null ? lastModified : newLastModified,
                    at,
                    projectsCount,
                    index);
        }
    }

    /** The list as rows, of one moment. */
    record Stored(Header header, List<byte[]> chunks) {
        /** The projects in upstream's order, decoded a chunk at a time. */
        Iterable<Listed> projects() {
            return () -> chunks.stream()
                    .skip(1)
                    .flatMap(chunk -> RootList.projects(chunk).stream())
                    .iterator();
        }
    }

    /** Makes rows of projects as they come, so that only their rows are in memory. */
    static final class Writer {
        private final List<byte[]> chunks = new ArrayList<>();
        private RowWriter row = new RowWriter();
        private String before = "";
        private long serialBefore;
        private int inChunk;
        private int count;

        /** Adds the next project. */
        void add(Listed project) {
            String name = project.name().value();
            int shared = 0;
            int most = Math.min(before.length(), name.length());
            while (shared < most && before.charAt(shared) == name.charAt(shared)) {
                shared++;
            }
            row.number(shared).text(name.substring(shared)).signed(project.lastSerial() - serialBefore);
            before = name;
            serialBefore = project.lastSerial();
            count++;
            if (++inChunk == CHUNK_PROJECTS_MAX) {
                endChunk();
            }
        }

        private void endChunk() {
            if (inChunk > 0) {
                chunks.add(new RowWriter(VERSION)
                        .number(inChunk)
                        .append(row.bytes())
                        .bytes());
                row = new RowWriter();
                before = "";
                serialBefore = 0;
                inChunk = 0;
            }
        }

        /** How many there are. */
        int count() {
            return count;
        }

        /** All rows, the header first. */
        List<byte[]> rows(Header header) {
            endChunk();
            List<byte[]> rows = new ArrayList<>(1 + chunks.size());
            rows.add(encoded(header));
            rows.addAll(chunks);
            return rows;
        }
    }

    /** The header alone: all that is written anew when upstream confirms the list. */
    static byte[] encoded(Header header) {
        Instant fetchedAt = header.fetchedAt();
        return new RowWriter(HEADER_VERSION)
                .signed(header.lastSerial())
                .optional(header.etag())
                .optional(header.lastModified())
                .signed(fetchedAt.getEpochSecond())
                .number(fetchedAt.getNano())
                .number(header.projectsCount())
                .optional(header.index())
                .bytes();
    }

    /**
     * The header in chunk 0.
     *
     * @throws StoreException of kind {@link FailureKind#STORE_TOO_NEW} or {@link FailureKind#STORE_CORRUPT}
     */
    static Header header(byte[] chunk) {
        try {
            RowReader row = new RowReader(WHAT, chunk, HEADER_VERSION);
            return new Header(
                    row.signed(),
                    row.optional(),
                    row.optional(),
                    Instant.ofEpochSecond(row.signed(), row.count(999_999_999)),
                    row.count(Integer.MAX_VALUE),
                    chunk[0] < HEADER_VERSION ? null : row.optional());
        } catch (IllegalArgumentException | DateTimeException e) {
            throw corrupt(e);
        }
    }

    private static List<Listed> projects(byte[] chunk) {
        try {
            RowReader row = new RowReader(WHAT, chunk, VERSION);
            int count = row.count(CHUNK_PROJECTS_MAX);
            List<Listed> projects = new ArrayList<>(count);
            String before = "";
            long serial = 0;
            for (int i = 0; i < count; i++) {
                String name = before.substring(0, row.count(before.length())) + row.text();
                serial += row.signed();
                projects.add(new Listed(new ProjectName(name), serial));
                before = name;
            }
            return projects;
        } catch (IllegalArgumentException e) {
            throw corrupt(e);
        }
    }

    private static StoreException corrupt(Exception cause) {
        return new StoreException(
                FailureKind.STORE_CORRUPT, "the stored list of projects is damaged: " + cause.getMessage(), cause);
    }
}
