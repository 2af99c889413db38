package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.fetch.Confirmed;
import dev.permafrost.proxy.format.pypi.ProjectPage.Header;
import dev.permafrost.proxy.hosted.RefusedUploadException;
import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.proxy.repo.Reply.NotTaken.Reason;
import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.store.Amendment;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.CommittedBlob;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The projects of which this repository is the origin. A file and the page that lists it change at once, durably, so that a page
 * never lists what is not there; each change has a serial number one higher than the one before. Everything blocks.
 */
final class HostedProjects {
    private static final Logger log = LoggerFactory.getLogger(HostedProjects.class);

    /** Stands for where a file of this machine lay, which is nobody else's business. */
    private static final String HERE = "a file of the server";

    private static final String SERIAL = "serial";
    private static final String LAST = "last";
    private static final DateTimeFormatter UPLOAD_TIME = DateTimeFormatter.ofPattern(
                    "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    /** The version of the simple API in which pages of ours are written. */
    private static final String API_VERSION = "1.4";

    private final String repository;
    private final MirrorStore store;
    private final ProjectDocs docs;
    private final UploadConfig config;
    private final BiConsumer<ProjectName, Set<String>> changed;
    private final Clock clock;
    /** Keys of files that are being added, each by one at a time. */
    private final Set<ArtifactKey> adding = ConcurrentHashMap.newKeySet();

    /**
     * What whoever sends a file says of it.
     *
     * @param fileType what kind of distribution, in the words of Warehouse; null where that is not said
     * @param requiresPython null where that is not said
     * @param digests those that are said
     * @param signature a detached OpenPGP signature, null for none
     * @param attestations PEP 740's, as a JSON array, null for none
     * @param isNew whether it was just built, so that what its metadata requires must be what today's installers can read
     */
    record Claims(
            ProjectName project,
            String version,
            @Nullable String fileType,
            @Nullable String requiresPython,
            Map<Algorithm, Digest> digests,
            @Nullable String signature,
            @Nullable String attestations,
            boolean isNew) {}

    /**
     * The projects of a repository.
     *
     * @param changed is told the project of which something has changed, and the paths of its files that are not what they were
     */
    HostedProjects(
            String repository,
            MirrorStore store,
            ProjectDocs docs,
            UploadConfig config,
            BiConsumer<ProjectName, Set<String>> changed,
            Clock clock) {
        this.repository = repository;
        this.store = store;
        this.docs = docs;
        this.config = config;
        this.changed = changed;
        this.clock = clock;
    }

    /** Most bytes of a file. */
    long bytesMax() {
        return config.bytesMax();
    }

    /** Begins to take in a file. */
    Incoming begin(ProjectName project, String filename, Set<Algorithm> algorithms) {
        return store.begin(docs.entryKey(project, filename), algorithms);
    }

    /**
     * Adds a file whose bytes are all there, if it is what is claimed, and says what came of it.
     *
     * @param by who adds it, for the record
     * @throws RefusedUploadException if it is not, or if there is another file of that name
     */
    String add(Incoming incoming, String filename, Claims claims, String by) throws RefusedUploadException {
        ArtifactKey key = incoming.key();
        if (!key.equals(docs.entryKey(claims.project(), filename))) {
            throw new RefusedUploadException("the field name must come before the file, or agree with its name");
        }
        if (!adding.add(key)) {
            throw RefusedUploadException.busy(
                    "File already exists: " + filename + " is being uploaded by somebody else");
        }
        try {
            Optional<byte[]> metadata = DistributionCheck.metadata(incoming, filename, claims);
            return add(incoming, filename, claims, metadata.orElse(null), by);
        } finally {
            adding.remove(key);
        }
    }

    private String add(Incoming incoming, String filename, Claims claims, byte @Nullable [] metadata, String by)
            throws RefusedUploadException {
        ProjectName project = claims.project();
        Map<String, byte[]> companions = companions(claims, metadata);
        Set<ArtifactKey> lacking = new HashSet<>();
        Companions.SUFFIXES.stream()
                .filter(suffix -> !companions.containsKey(suffix))
                .forEach(suffix -> lacking.add(docs.entryKey(project, filename + suffix)));
        Set<String> old = new HashSet<>();
        try {
            incoming.commit(new Expectation(-1, claims.digests()), claims.isNew() ? by : HERE, blob -> {
                FileRecord file = record(filename, claims, metadata, blob);
                Amendment listed = amendment(project, files -> replaced(project, files, file, old), lacking);
                Map<ArtifactKey, CommittedBlob> belonging = new HashMap<>();
                companions.forEach(
                        (suffix, bytes) -> belonging.put(docs.entryKey(project, filename + suffix), store.hold(bytes)));
                return listed.adding(belonging);
            });
        } catch (SameFileException e) {
            return filename + " is here already, with the same bytes";
        } catch (StoreException e) {
            throw refused(filename, e);
        }
        changed.accept(project, old);
        log.info("{} was added to {} by {}", filename, repository, by);
        return filename + " is here";
    }

    private FileRecord record(String filename, Claims claims, byte @Nullable [] metadata, CommittedBlob blob) {
        return new FileRecord(
                filename,
                "",
                blob.digests(),
                requiresPython(claims, metadata),
                null,
                blob.sizeBytes(),
                UPLOAD_TIME.format(clock.instant()),
                metadata == null
                        ? null
                        : new FileRecord.CoreMetadata(Map.of(Algorithm.SHA256, Sidecars.sha256(metadata))),
                claims.signature() != null ? Boolean.TRUE : null,
                claims.attestations() == null ? null : Companions.OURS);
    }

    /** What belongs to a file, by what its name has behind the file's. */
    private static Map<String, byte[]> companions(Claims claims, byte @Nullable [] metadata)
            throws RefusedUploadException {
        Map<String, byte[]> companions = new HashMap<>();
        if (metadata != null) {
            companions.put(Sidecars.SUFFIX, metadata);
        }
        if (claims.signature() != null) {
            companions.put(Companions.SIGNATURE, claims.signature().getBytes(UTF_8));
        }
        if (claims.attestations() != null) {
            companions.put(Companions.PROVENANCE, Companions.provenance(claims.attestations()));
        }
        return companions;
    }

    private static @Nullable String requiresPython(Claims claims, byte @Nullable [] metadata) {
        String own = metadata == null ? null : MetadataFields.of(metadata).first("requires-python");
        String said = own == null ? claims.requiresPython() : own;
        return said == null || said.isBlank() ? null : PlainText.cleaned(said, PageCollector.REQUIRES_PYTHON_CHARS_MAX);
    }

    /** The same bytes are there under the same name. */
    private static final class SameFileException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /** The files with that one among them, in the place of one of its name. */
    private List<FileRecord> replaced(ProjectName project, List<FileRecord> files, FileRecord file, Set<String> old) {
        Digest digest = file.digests().get(Algorithm.SHA256);
        List<FileRecord> now = new ArrayList<>();
        FileRecord listed = file;
        for (FileRecord one : files) {
            if (!one.filename().equals(file.filename())) {
                if (isAnotherSpelling(project, one, file.filename())) {
                    throw new StoreException(FailureKind.STORE_EXISTS, otherSpelling(one, file.filename()));
                }
                now.add(one);
            } else if (Objects.equals(digest, one.digests().get(Algorithm.SHA256))) {
                throw new SameFileException();
            } else if (!config.overwrite()) {
                throw new StoreException(FailureKind.STORE_EXISTS, otherBytes(one, digest));
            } else {
                old.add(one.path(project));
                // other bytes do not make good what it was yanked for
                listed = file.withYanked(one.yanked());
            }
        }
        now.add(listed);
        return now;
    }

    private static String otherSpelling(FileRecord there, String filename) {
        return "File already exists: " + filename + " is here under another spelling, " + there.filename();
    }

    private static String otherBytes(FileRecord there, @Nullable Digest digest) {
        Algorithm algorithm = digest == null ? Algorithm.SHA256 : digest.algorithm();
        return "File already exists: " + there.filename() + " is here with other bytes (" + algorithm.label() + " "
                + there.digests().get(algorithm) + ", not " + digest
                + "); give the new one another version, or delete the old one first";
    }

    /**
     * Finds out before a file comes whether it is certain that it won't be taken, because of one that is here: so that nobody waits for
     * gigabytes to be written first.
     *
     * @param claimed those of its digests that are known by now
     * @throws RefusedUploadException if it is
     */
    void requireFree(ProjectName project, String filename, Map<Algorithm, Digest> claimed)
            throws RefusedUploadException {
        FileRecord there = rival(project, filename).orElse(null);
        if (there == null) {
            return;
        }
        if (!there.filename().equals(filename)) {
            throw new RefusedUploadException(Reason.CONFLICT, otherSpelling(there, filename));
        }
        for (Digest digest : claimed.values()) {
            Digest its = there.digests().get(digest.algorithm());
            if (its != null && !its.equals(digest) && !config.overwrite()) {
                throw new RefusedUploadException(Reason.CONFLICT, otherBytes(there, digest));
            }
        }
    }

    /** Whether a file may take the place of another with its name. */
    boolean overwrites() {
        return config.overwrite();
    }

    private static boolean isAnotherSpelling(ProjectName project, FileRecord file, String filename) {
        return canonical(project, file.filename()).equals(canonical(project, filename));
    }

    /** What two file names share that an installer takes for the same: the version, however it is written, and what is behind it. */
    private static String canonical(ProjectName project, String filename) {
        String version = DistributionName.version(project, filename).orElse("");
        String rest = filename.substring(filename.indexOf("-" + version) + 1 + version.length());
        return Version.key(version) + " " + rest.toLowerCase(Locale.ROOT);
    }

    /** The file that stands in the way of another of that name, or of one that an installer takes for it. */
    Optional<FileRecord> rival(ProjectName project, String filename) {
        return seen(view -> {
            ProjectDocs.Stored page = docs.page(view, project).orElse(null);
            if (page != null) {
                for (FileRecord file : page.files()) {
                    if (file.filename().equals(filename) || isAnotherSpelling(project, file, filename)) {
                        return Optional.of(file);
                    }
                }
            }
            return Optional.empty();
        });
    }

    /** Sees what there is at this moment. */
    <T> T seen(Function<View, T> look) {
        View view = store.view();
        if (!view.tryRetain()) {
            throw new StoreException(FailureKind.SHUTTING_DOWN, "the store is closed");
        }
        try {
            return look.apply(view);
        } finally {
            view.release();
        }
    }

    private static RefusedUploadException refused(String filename, StoreException e) {
        return switch (e.kind()) {
            case DIGEST_MISMATCH, LENGTH_MISMATCH ->
                new RefusedUploadException(
                        filename + " has other bytes than its digests say, and is not kept: " + e.getMessage());
            case STORE_EXISTS -> new RefusedUploadException(Reason.CONFLICT, String.valueOf(e.getMessage()));
            default -> throw e;
        };
    }

    /**
     * Withdraws a version, or takes that back (PEP 592), and says what came of it.
     *
     * @param version a version, however it is spelled
     * @param reason why, "" for no reason given; null to take it back
     */
    String yank(String name, String version, @Nullable String reason, String by) throws RefusedUploadException {
        ProjectName project = known(name);
        List<String> done = new ArrayList<>();
        String cleaned = reason == null ? null : PlainText.cleaned(reason, PageCollector.REASON_CHARS_MAX);
        store.amend(() -> amendment(
                project,
                files -> files.stream()
                        .map(file -> {
                            if (!isOf(project, version, file)) {
                                return file;
                            }
                            done.add(file.filename());
                            return file.withYanked(cleaned);
                        })
                        .toList(),
                Set.of()));
        if (done.isEmpty()) {
            throw unknown(project, version);
        }
        changed.accept(project, Set.of());
        String what = cleaned == null ? "no longer yanked" : "yanked";
        log.info("{} {} was {} in {} by {}", project, version, what, repository, by);
        return project + " " + version + " is " + what + ": " + String.join(", ", done);
    }

    /** Deletes a version and its files for good, and says what came of it. */
    String delete(String name, String version, String by) throws RefusedUploadException {
        ProjectName project = known(name);
        Set<String> gone = delete(project, file -> isOf(project, version, file));
        if (gone.isEmpty()) {
            throw unknown(project, version);
        }
        log.info("{} {} was deleted from {} by {}: {}", project, version, repository, by, gone);
        return project + " " + version + " is deleted: " + String.join(", ", gone);
    }

    /** Deletes a file, if it is the one with those bytes, and says whether it was. */
    boolean delete(ProjectName project, String filename, Digest sha256, String by) {
        boolean gone = !delete(
                        project,
                        file -> file.filename().equals(filename)
                                && Objects.equals(sha256, file.digests().get(Algorithm.SHA256)))
                .isEmpty();
        if (gone) {
            log.info("{} was deleted from {} by {}", filename, repository, by);
        }
        return gone;
    }

    /** Deletes files of a project, and what belongs to them, and tells their names. */
    private Set<String> delete(ProjectName project, Predicate<FileRecord> wanted) {
        Set<String> gone = new TreeSet<>();
        Set<String> paths = new HashSet<>();
        store.amend(() -> {
            Set<ArtifactKey> keys = new HashSet<>();
            return amendment(
                    project,
                    files -> files.stream()
                            .filter(file -> {
                                if (!wanted.test(file)) {
                                    return true;
                                }
                                gone.add(file.filename());
                                paths.add(file.path(project));
                                keys.add(docs.entryKey(project, file.filename()));
                                Companions.SUFFIXES.forEach(
                                        suffix -> keys.add(docs.entryKey(project, file.filename() + suffix)));
                                return false;
                            })
                            .toList(),
                    keys);
        });
        if (!gone.isEmpty()) {
            changed.accept(project, paths);
        }
        return gone;
    }

    private static boolean isOf(ProjectName project, String version, FileRecord file) {
        return DistributionName.version(project, file.filename())
                .map(Version::key)
                .filter(Version.key(version)::equals)
                .isPresent();
    }

    private ProjectName known(String name) throws RefusedUploadException {
        return ProjectName.parse(name)
                .orElseThrow(
                        () -> new RefusedUploadException(PlainText.quoted(name) + " can't be the name of a project"));
    }

    private RefusedUploadException unknown(ProjectName project, String version) {
        return new RefusedUploadException(
                Reason.NOT_FOUND, "there is no " + project + " " + PlainText.quoted(version) + " in " + repository);
    }

    /** Makes a project's files other ones. Under the store's lock, so that nothing comes between. */
    private Amendment amendment(ProjectName project, FilesChange change, Set<ArtifactKey> deleted) {
        return seen(view -> {
            List<FileRecord> before = new ArrayList<>();
            docs.page(view, project).ifPresent(page -> page.files().forEach(before::add));
            List<FileRecord> after = change.of(before);
            if (after.equals(before)) {
                return Amendment.NOTHING;
            }
            long serial = serial(view) + 1;
            Instant now = clock.instant();
            Map<DocKey, List<byte[]>> rows = new HashMap<>();
            rows.put(
                    serialKey(),
                    List.of(ByteBuffer.allocate(Long.BYTES).putLong(serial).array()));
            if (after.isEmpty()) {
                rows.put(docs.key(project), List.of());
            } else {
                Header header = new Header(
                        project,
                        API_VERSION,
                        null,
                        null,
                        List.of(),
                        serial,
                        null,
                        null,
                        now,
                        IndexFormat.JSON,
                        after.size());
                rows.putAll(docs.rows(new ProjectPage(header, after)));
            }
            Set<ArtifactKey> there = new HashSet<>(deleted);
            there.removeIf(key -> view.lookup(key).isEmpty());
            // where the repository had an upstream once
            there.forEach(key -> rows.put(Confirmed.key(key), List.of()));
            return new Amendment(rows, Map.of(), there);
        });
    }

    /** What becomes of a project's files. */
    private interface FilesChange {
        List<FileRecord> of(List<FileRecord> before);
    }

    /** The serial number of the last change; 0 where there was none. */
    long serial(View view) {
        return view.catalog()
                .docHead(serialKey())
                .map(bytes -> ByteBuffer.wrap(bytes).getLong())
                .orElse(0L);
    }

    private DocKey serialKey() {
        return new DocKey(repository, SERIAL, LAST);
    }
}
