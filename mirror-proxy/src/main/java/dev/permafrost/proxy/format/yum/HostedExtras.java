package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.format.yum.HostedPackages.Added;
import dev.permafrost.proxy.hosted.RefusedUploadException;
import dev.permafrost.store.Amendment;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.RowReader;
import dev.permafrost.store.index.RowWriter;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Groups, modules and advisories of a repository that is the origin of its packages: files at its top, packed or not, whose content is in its
 * metadata as createrepo has it there. Blocks.
 */
final class HostedExtras implements HostedFiles {
    /** Most bytes that a file may unpack to; the largest known are of some 100 MiB. */
    private static final long OPEN_BYTES_MAX = 256L << 20;

    private static final String KIND = "yum-hosted-extra";
    private static final String WHAT = "hosted groups, modules or advisories";
    private static final int VERSION = 1;
    private static final Pattern PACKED = Pattern.compile("(.+?)(?:\\.(?:gz|xz|bz2|zst))?");
    private static final Pattern MODULES =
            Pattern.compile("modules\\.yaml|.+\\.modulemd(?:-defaults|-obsoletes)?\\.yaml");

    private final String repository;
    private final MirrorStore store;

    /** What a file is of. */
    enum Kind {
        /** Groups of packages (comps). */
        GROUPS,
        /** Streams of modules. */
        MODULES,
        /** Advisories. */
        UPDATES
    }

    /**
     * A file.
     *
     * @param path where it is, below the repository
     * @param sha256 of its bytes
     */
    record Extra(String path, Kind kind, Digest sha256) {}

    HostedExtras(String repository, MirrorStore store) {
        this.repository = repository;
        this.store = store;
    }

    /** What a file is of that is called so; empty where it is none of these. */
    static Optional<Kind> kind(String filename) {
        Matcher packed = PACKED.matcher(filename);
        String name = packed.matches() ? packed.group(1) : filename;
        return switch (name) {
            case "comps.xml" -> Optional.of(Kind.GROUPS);
            case "updateinfo.xml" -> Optional.of(Kind.UPDATES);
            default -> MODULES.matcher(name).matches() ? Optional.of(Kind.MODULES) : Optional.empty();
        };
    }

    /** Whether a path of the repository is that of one. */
    static boolean isOne(String path) {
        return path.indexOf('/') < 0 && kind(path).isPresent();
    }

    /**
     * Checks where one is to be.
     *
     * @throws RefusedUploadException if its content would not be looked for there
     */
    static void require(String path) throws RefusedUploadException {
        if (!isOne(path)) {
            throw new RefusedUploadException(path
                    + " is not used: groups, modules and advisories are those at the top of the repository, of all its packages;"
                    + " put it there");
        }
    }

    @Override
    public Incoming begin(String path) {
        return store.begin(new ArtifactKey(repository, path), Set.of());
    }

    @Override
    public Added add(Incoming incoming, Replaces replaces, String by) throws RefusedUploadException {
        String path = incoming.key().key();
        Kind kind = kind(path).orElseThrow();
        try (FileChannel file = incoming.staged().inspect();
                InputStream in = Decompressed.open(new BlobInput(file), path, OPEN_BYTES_MAX)) {
            check(kind, in, path);
        } catch (IOException e) {
            throw new StoreException(FailureKind.DISK_FAILED, path + ", which is coming, can't be read: " + e, e);
        } catch (StoreException e) {
            if (e.kind() != FailureKind.UPSTREAM_INVALID && e.kind() != FailureKind.UPSTREAM_TOO_LARGE) {
                throw e;
            }
            throw new RefusedUploadException(String.valueOf(e.getMessage()));
        }
        boolean[] isNew = {false};
        // nothing lists its path, so that it takes the place of the one before at once
        incoming.commit(Expectation.NOTHING, by, blob -> {
            isNew[0] = find(store.view(), path)
                    .filter(before -> before.sha256().equals(blob.digest()))
                    .isEmpty();
            return isNew[0]
                    ? new Amendment(Map.of(key(path), List.of(encoded(blob.digest()))), Map.of(), Set.of())
                    : Amendment.NOTHING;
        });
        return isNew[0]
                ? new Added(true, path + " is here")
                : new Added(false, path + " is here already, with the same bytes");
    }

    private static void check(Kind kind, InputStream in, String path) throws IOException {
        switch (kind) {
            case GROUPS -> WellFormed.require(in, path, "comps");
            case UPDATES -> WellFormed.require(in, path, "updates");
            case MODULES -> {
                var unused = ModuleArtifacts.read(in, path);
            }
        }
    }

    /** The file at a path. */
    Optional<Extra> find(View view, String path) {
        return isOne(path) ? view.catalog().docHead(key(path)).map(row -> decoded(path, row)) : Optional.empty();
    }

    /** Lets go of a file, and says whether it was there. */
    boolean delete(String path) {
        boolean[] done = {false};
        store.amend(() -> {
            done[0] = find(store.view(), path).isPresent();
            return done[0]
                    ? new Amendment(Map.of(key(path), List.of()), Map.of(), Set.of(new ArtifactKey(repository, path)))
                    : Amendment.NOTHING;
        });
        return done[0];
    }

    /** All files that are held, by kind and path. */
    List<Extra> all(View view) {
        List<Extra> all = new ArrayList<>();
        view.catalog().docs(repository, KIND, (path, row) -> all.add(decoded(path, row.get())));
        all.removeIf(one -> entry(view, one).isEmpty());
        all.sort(Comparator.comparing(Extra::kind).thenComparing(Extra::path));
        return all;
    }

    private Optional<Entry> entry(View view, Extra extra) {
        return view.lookup(new ArtifactKey(repository, extra.path()))
                .filter(entry -> entry.digest().equals(extra.sha256()));
    }

    /**
     * Writes what metadata has of these: of groups and advisories that is the first of each, of modules it is all.
     *
     * @param seconds when the metadata is made, since 1970
     */
    List<Repomd.Data> write(List<Extra> all, RecordWriter records, String dir, long seconds) throws IOException {
        List<Repomd.Data> written = new ArrayList<>();
        Extra groups = first(all, Kind.GROUPS);
        if (groups != null) {
            // as it is for old clients, and packed for others
            written.add(records.plain(dir, "group", seconds, "comps.xml", out -> copy(groups, out)));
            written.add(records.written(dir, "group_gz", seconds, "comps.xml", out -> copy(groups, out)));
        }
        List<Extra> modules =
                all.stream().filter(one -> one.kind() == Kind.MODULES).toList();
        if (!modules.isEmpty()) {
            written.add(records.written(dir, "modules", seconds, "modules.yaml", out -> join(modules, out)));
        }
        Extra updates = first(all, Kind.UPDATES);
        if (updates != null) {
            written.add(records.written(dir, "updateinfo", seconds, "updateinfo.xml", out -> copy(updates, out)));
        }
        return written;
    }

    /** Those of which another one is taken, with what there is to tell of that. */
    static List<String> unused(List<Extra> all) {
        List<String> told = new ArrayList<>();
        for (Extra one : all) {
            Extra used = first(all, one.kind());
            if (one.kind() != Kind.MODULES && used != null && !used.equals(one)) {
                told.add(one.path() + " is not used, since there is " + used.path() + "; delete one of them");
            }
        }
        return told;
    }

    private static @Nullable Extra first(List<Extra> all, Kind kind) {
        return all.stream().filter(one -> one.kind() == kind).findFirst().orElse(null);
    }

    private void copy(Extra extra, OutputStream out) throws IOException {
        try (OpenBlob blob = open(extra);
                InputStream in = open(blob, extra)) {
            in.transferTo(out);
        }
    }

    private OpenBlob open(Extra extra) {
        return store.open(entry(store.view(), extra)
                .orElseThrow(() -> new StoreException(
                        FailureKind.OVERLOADED, extra.path() + " has changed while metadata was made of it")));
    }

    private static InputStream open(OpenBlob blob, Extra extra) throws IOException {
        return Decompressed.open(new BlobInput(blob.channel()), extra.path(), OPEN_BYTES_MAX);
    }

    /** One file of several, a line feed between them; documents of YAML begin with a line of their own. */
    private void join(List<Extra> all, OutputStream out) throws IOException {
        for (Extra one : all) {
            if (all.size() > 1 && !beginsDocument(one)) {
                out.write("---\n".getBytes(UTF_8));
            }
            copy(one, out);
            if (all.size() > 1) {
                out.write('\n');
            }
        }
    }

    /** Whether the first line of YAML that is no comment begins a document. */
    private boolean beginsDocument(Extra extra) throws IOException {
        try (OpenBlob blob = open(extra);
                BufferedReader lines = new BufferedReader(new InputStreamReader(open(blob, extra), ISO_8859_1))) {
            String line = lines.readLine();
            while (line != null && (line.isBlank() || line.startsWith("#"))) {
                line = lines.readLine();
            }
            return Objects.requireNonNullElse(line, "").startsWith("---");
        }
    }

    private static byte[] encoded(Digest sha256) {
        return new RowWriter(VERSION).digest(sha256).bytes();
    }

    private static Extra decoded(String path, byte[] bytes) {
        RowReader row = new RowReader(WHAT, bytes, VERSION);
        Extra extra = new Extra(path, kind(path).orElseThrow(), row.digest());
        row.end();
        return extra;
    }

    private DocKey key(String path) {
        return new DocKey(repository, KIND, path);
    }
}
