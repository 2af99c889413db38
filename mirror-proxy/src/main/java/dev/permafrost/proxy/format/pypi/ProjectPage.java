package dev.permafrost.proxy.format.pypi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A project's page of the simple index as upstream gave it, whatever the form.
 *
 * @param header what is said of the project as a whole
 * @param files its files, in upstream's order, no name twice
 */
record ProjectPage(Header header, List<FileRecord> files) {
    /** Copies the list, and checks its size against the header's. */
    ProjectPage {
        files = List.copyOf(files);
        if (header.filesCount() != files.size()) {
            throw new IllegalArgumentException(
                    "the header counts " + header.filesCount() + " files, but there are " + files.size());
        }
    }

    /**
     * What is said of the project as a whole, and of the answer that said it.
     *
     * @param project whose page it is
     * @param apiVersion the version of the simple API that upstream named (PEP 629), {@code 1.0} if it named none
     * @param status the project's status (PEP 792), null if not told
     * @param statusReason why it has that status, null if not told
     * @param versions every version that upstream lists (PEP 700), older before newer, empty if not told
     * @param lastSerial upstream's serial number of the page, -1 if not told
     * @param etag the validator of upstream's answer, null if it had none
     * @param lastModified the date that upstream's answer bore, verbatim, null if it bore none
     * @param fetchedAt when the answer was received or last confirmed
     * @param format the form in which upstream answered
     * @param filesCount number of files on the page
     * @param index the URL of the index that was asked for it, null where there was none, or a version before has written the page
     */
    record Header(
            ProjectName project,
            String apiVersion,
            @Nullable String status,
            @Nullable String statusReason,
            List<String> versions,
            long lastSerial,
            @Nullable String etag,
            @Nullable String lastModified,
            Instant fetchedAt,
            IndexFormat format,
            int filesCount,
            @Nullable String index) {
        /** PEP 792's status of a project whose files must not be offered. */
        static final String QUARANTINED = "quarantined";

        /** Of no index. */
        Header(
                ProjectName project,
                String apiVersion,
                @Nullable String status,
                @Nullable String statusReason,
                List<String> versions,
                long lastSerial,
                @Nullable String etag,
                @Nullable String lastModified,
                Instant fetchedAt,
                IndexFormat format,
                int filesCount) {
            this(
                    project,
                    apiVersion,
                    status,
                    statusReason,
                    versions,
                    lastSerial,
                    etag,
                    lastModified,
                    fetchedAt,
                    format,
                    filesCount,
                    null);
        }

        /** Copies the list of versions. */
        Header {
            versions = List.copyOf(versions);
        }

        /** The same page, confirmed by upstream at that moment (a 304, whose validators may be newer). */
        Header confirmed(Instant at, @Nullable String newEtag, @Nullable String newLastModified) {
            String tag = newEtag == null ? etag : newEtag;
            String date = newLastModified == null ? lastModified : newLastModified;
            return with(tag, date, at, filesCount, index);
        }

        /** The same of a page with so many files. */
        Header withFiles(int count) {
            return with(etag, lastModified, fetchedAt, count, index);
        }

        /** The same of a page that was asked of that index. */
        Header from(String asked) {
            return with(etag, lastModified, fetchedAt, filesCount, asked);
        }

        private Header with(
                @Nullable String tag, @Nullable String date, Instant at, int count, @Nullable String asked) {
            return new Header(
                    project,
                    apiVersion,
                    status,
                    statusReason,
                    versions,
                    lastSerial,
                    tag,
                    date,
                    at,
                    format,
                    count,
                    asked);
        }

        /** Whether the project's files must not be offered (PEP 792). */
        boolean quarantined() {
            return QUARANTINED.equals(status);
        }
    }
}
