package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.HeldFiles;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.fetch.Stored;
import dev.permafrost.proxy.repo.ShownUrl;
import dev.permafrost.store.Amendment;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.ArtifactKey;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.model.Verification;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Metadata sidecars (PEP 658, PEP 714): what a distribution says of itself, as a file beside it, so that a client need not fetch it
 * to know what it depends on. Every wheel that is stored gets one, of its own METADATA, byte by byte, and so does every source
 * distribution whose PKG-INFO holds for all wheels that are built of it (PEP 643); where upstream promises one, only if it is the
 * same. One of a wheel that upstream sent and the wheel belies is let go of. So what is frozen has them whether or not anybody asked
 * while there was an upstream.
 *
 * <p>A wheel has its own before anybody has the whole wheel. A source distribution must be unpacked to its end for it, so that its
 * sidecar comes later, one after the other, and nobody waits.
 */
final class Sidecars implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Sidecars.class);

    /** What a sidecar's name has after its distribution's. */
    static final String SUFFIX = ".metadata";

    private static final String WHEEL = ".whl";
    private static final int LOOKED_MAX = 100_000;
    private static final Duration LOOKED_TTL = Duration.ofDays(1);

    private final ProjectDocs docs;
    private final MirrorStore store;
    private final Consumer<ProjectName> changed;
    private final Consumer<ProjectName> told;
    /** Where source distributions are unpacked. */
    private final Blocking unpacking = new Blocking(1);

    /** Source distributions that need not be looked at again soon, and which bytes of them. */
    private final Recall<ArtifactKey, Digest> looked = Recall.ofEntries(LOOKED_MAX, LOOKED_TTL);

    private volatile boolean closed;

    /**
     * Sidecars of a repository.
     *
     * @param changed is told of a project whose page may lead to other sidecars than before
     * @param told is told of a project of which there is another sidecar, whether its page had led to that or not
     */
    Sidecars(ProjectDocs docs, MirrorStore store, Consumer<ProjectName> changed, Consumer<ProjectName> told) {
        this.docs = docs;
        this.store = store;
        this.changed = changed;
        this.told = told;
    }

    /** SHA-256 of the sidecar that upstream offers; null where it offers none, or does not promise which bytes it has. */
    static @Nullable Digest promised(FileRecord file) {
        FileRecord.CoreMetadata offered = file.coreMetadata();
        return offered == null ? null : offered.digests().get(Algorithm.SHA256);
    }

    /** What upstream's index promises of the sidecar. */
    static Expectation expectation(FileRecord file) {
        FileRecord.CoreMetadata offered = file.coreMetadata();
        return offered == null ? Expectation.NOTHING : new Expectation(-1, offered.digests());
    }

    /** Whether it is a wheel's, which is made before anybody has the whole wheel. */
    static boolean isOfWheel(FileRecord file) {
        return file.filename().endsWith(WHEEL);
    }

    /** Whether a file that is held was proved to be the right one. */
    static boolean isProved(Entry held) {
        return held.verification() != Verification.NONE && held.verification() != Verification.LENGTH;
    }

    /** Makes the sidecar of a file that has been stored, if it can have one and has none yet; that of a wheel at once. Blocks. */
    void make(Stored stored) {
        String key = stored.request().key().key();
        if (key.endsWith(WHEEL)) {
            make(key, stored.entry());
        } else if (key.endsWith(SUFFIX)) {
            docs.trust(stored.request().key());
            told.accept(project(key));
        } else if (SdistMetadata.isOne(key)) {
            looked.put(stored.request().key(), stored.entry().digest());
            unpacking.executor().execute(() -> unpack(stored.request().key(), stored.entry()));
        }
    }

    /**
     * Is told that a source distribution that is held has been asked for: one whose sidecar was not made before the server stopped gets
     * it now. Does not block.
     */
    void asked(ArtifactKey key, Digest held) {
        if (!store.frozen() && SdistMetadata.isOne(key.key()) && !Objects.equals(held, looked.get(key))) {
            looked.put(key, held);
            try {
                unpacking.executor().execute(() -> makeUp(key));
            } catch (StoreException busy) {
                looked.forget(key);
            }
        }
    }

    private void makeUp(ArtifactKey key) {
        View view = store.view();
        if (!view.tryRetain()) {
            return;
        }
        try {
            Entry entry = view.lookup(key).orElse(null);
            if (entry != null && !docs.hasNoSidecar(view, key, entry)) {
                unpack(key, entry);
            }
        } finally {
            view.release();
        }
    }

    private void unpack(ArtifactKey key, Entry distribution) {
        try {
            make(key.key(), distribution);
        } catch (StoreException e) {
            if (e.kind() == FailureKind.OVERLOADED) {
                // whoever asks next has it tried again
                looked.forget(key);
            }
            log.warn("{} gets no {}: {}", key.key(), SUFFIX, e.getMessage());
        }
    }

    private void make(String key, Entry distribution) {
        int slash = key.indexOf('/');
        ProjectName project = project(key);
        View view = store.view();
        if (!view.tryRetain()) {
            return;
        }
        try {
            FileRecord file = docs.file(view, project, key.substring(slash + 1)).orElse(null);
            if (file != null && make(view, project, file, distribution)) {
                changed.accept(project);
            }
        } finally {
            view.release();
        }
    }

    private static ProjectName project(String key) {
        return new ProjectName(key.substring(0, key.indexOf('/')));
    }

    /** Makes one if it is not there; whether the project's page leads to another now. */
    private boolean make(View view, ProjectName project, FileRecord file, Entry distribution) {
        ArtifactKey key = docs.sidecarKey(project, file);
        Expectation promised = expectation(file);
        Entry held = view.lookup(key).orElse(null);
        boolean fits = held != null && HeldFiles.fits(store, view, held, promised);
        if (fits && !isOfWheel(file)) {
            return false;
        }
        byte[] metadata = metadata(project, file, distribution);
        Digest digest = metadata == null ? null : sha256(metadata);
        if (fits && held != null && digest != null && held.digest().equals(digest)) {
            return false;
        }
        if (held != null && isOfWheel(file)) {
            store.amend(() -> new Amendment(Map.of(), Map.of(), Set.of(key)));
        }
        if (metadata != null && digest != null) {
            // bytes out of a distribution that was proved to be the right one are the right ones
            boolean proved = promised.digests().isEmpty() && isProved(distribution);
            commit(key, file, metadata, proved ? Expectation.of(digest) : promised);
            told.accept(project);
        }
        // a page of thousands of files is not made anew for each that is fetched
        Digest asked = promised(file);
        boolean asPromised = asked != null && digest != null && asked.equals(digest) && !docs.isDoubted(key, promised);
        return !asPromised;
    }

    /** What it says of itself; null where that is not to be served. */
    private byte @Nullable [] metadata(ProjectName project, FileRecord file, Entry distribution) {
        String filename = file.filename();
        OpenBlob blob = store.open(distribution);
        try {
            if (filename.endsWith(WHEEL)) {
                return WheelMetadata.of(blob.channel(), blob.sizeBytes(), project);
            }
            byte[] metadata = SdistMetadata.of(blob.channel(), blob.sizeBytes(), filename, project, () -> closed);
            MetadataFields fields = MetadataFields.of(metadata);
            if (SdistMetadata.isFixed(fields) && DistributionCheck.agrees(fields, filename, project)) {
                return metadata;
            }
            docs.putNoSidecar(docs.entryKey(project, filename), distribution);
            return null;
        } catch (WheelMetadata.RefusedException e) {
            if (filename.endsWith(WHEEL)) {
                log.warn("{} gets no {}: {}", filename, SUFFIX, e.getMessage());
            } else {
                if (!closed) {
                    docs.putNoSidecar(docs.entryKey(project, filename), distribution);
                }
                // as with most of those that are some years old
                log.debug("{} gets no {}: {}", filename, SUFFIX, e.getMessage());
            }
            return null;
        } catch (IOException e) {
            log.warn("{} gets no {}: it can't be read: {}", filename, SUFFIX, e.getMessage());
            return null;
        } finally {
            blob.release();
        }
    }

    /** Unpacks no more. */
    @Override
    public void close() {
        closed = true;
        unpacking.close();
    }

    private void commit(ArtifactKey key, FileRecord file, byte[] metadata, Expectation expectation) {
        Incoming incoming = store.begin(key, expectation.algorithms());
        try {
            incoming.staged().write(ByteBuffer.wrap(metadata));
            incoming.commit(expectation.withSize(metadata.length), ShownUrl.of(URI.create(file.url())));
        } catch (StoreException e) {
            log.warn("{} gets no {}: {}", file.filename(), SUFFIX, e.getMessage());
        } finally {
            incoming.discard();
        }
    }

    /** SHA-256 of a sidecar. */
    static Digest sha256(byte[] bytes) {
        try {
            return Digest.of(
                    Algorithm.SHA256,
                    MessageDigest.getInstance(Algorithm.SHA256.jcaName()).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
