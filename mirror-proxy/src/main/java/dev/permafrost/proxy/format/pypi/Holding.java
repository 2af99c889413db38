package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.HeldFiles;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.model.Algorithm;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.Entry;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a repository holds of a project, looked up only if some file asks for it. For one thread, which it blocks. */
final class Holding implements PageRenderer.Held {
    private final ProjectDocs docs;
    private final View view;
    private final ProjectName project;
    private @Nullable Map<String, Entry> held;

    Holding(ProjectDocs docs, View view, ProjectName project) {
        this.docs = docs;
        this.view = view;
        this.project = project;
    }

    @Override
    public @Nullable HeldFile of(FileRecord file) {
        if (!view.heldOnly() && file.sizeBytes() >= 0 && file.digests().containsKey(Algorithm.SHA256)) {
            return null;
        }
        Entry entry = held(file);
        return entry == null ? null : new HeldFile(entry.digest(), entry.sizeBytes());
    }

    /**
     * Of a wheel that is held, its own, which was made when it was stored, or none where upstream promises another; of others, what
     * upstream promises, unless it turned out to be wrong or absent, else one that was made from bytes that were proved.
     */
    @Override
    public @Nullable Digest metadata(FileRecord file) {
        Entry sidecar = held().get(file.filename() + Sidecars.SUFFIX);
        Digest ours = sidecar != null && fits(sidecar, Sidecars.expectation(file)) ? sidecar.digest() : null;
        if (view.heldOnly()) {
            return ours;
        }
        Digest promised = Sidecars.promised(file);
        boolean here = isHeld(file);
        if (promised != null && !(here && Sidecars.isOfWheel(file))) {
            return docs.isDoubted(docs.sidecarKey(project, file), Sidecars.expectation(file)) ? null : promised;
        }
        return here && sidecar != null && (promised != null || Sidecars.isProved(sidecar)) ? ours : null;
    }

    private boolean isHeld(FileRecord file) {
        return held(file) != null;
    }

    /** What a file is held as, if it is held and agrees with what its record promises; else null. */
    @Nullable Entry held(FileRecord file) {
        Entry entry = held().get(file.filename());
        return entry != null && fits(entry, ProjectDocs.expectation(file)) ? entry : null;
    }

    /**
     * No file is read so that a page can be made. What would have to be counts as held where nothing else can be had: it is read when
     * it is asked for.
     */
    private boolean fits(Entry entry, Expectation expectation) {
        HeldFiles.Fit fit = HeldFiles.known(view, entry, expectation);
        return fit == HeldFiles.Fit.YES || (fit == HeldFiles.Fit.UNPROVED && view.heldOnly());
    }

    /** What lies beside a file, and has that behind its name, where the page leads to it; null for nothing. */
    @Nullable Entry beside(FileRecord file, String suffix) {
        boolean leads = suffix.equals(Companions.SIGNATURE) ? signature(file) : provenance(file);
        return leads ? held().get(file.filename() + suffix) : null;
    }

    /** Those that were sent with the file alone. */
    @Override
    public boolean signature(FileRecord file) {
        return Boolean.TRUE.equals(file.gpgSig()) && held().containsKey(file.filename() + Companions.SIGNATURE);
    }

    @Override
    public boolean provenance(FileRecord file) {
        return file.provenance() != null
                && ((!view.heldOnly() && !file.provenance().equals(Companions.OURS))
                        || held().containsKey(file.filename() + Companions.PROVENANCE));
    }

    /** What a file says of itself, as far as that is held; null where it is not, or is too long to be that. */
    @Nullable MetadataFields sayings(FileRecord file) {
        Entry sidecar = sidecar(file);
        return sidecar == null ? null : MetadataFields.of(docs.bytes(sidecar));
    }

    /** The metadata of a file, if it is held and not too long to be any. */
    @Nullable Entry sidecar(FileRecord file) {
        Entry sidecar = held().get(file.filename() + Sidecars.SUFFIX);
        return sidecar != null
                        && sidecar.sizeBytes() <= WheelMetadata.BYTES_MAX
                        && fits(sidecar, Sidecars.expectation(file))
                ? sidecar
                : null;
    }

    private Map<String, Entry> held() {
        Map<String, Entry> known = held;
        if (known == null) {
            known = docs.held(view, project);
            held = known;
        }
        return known;
    }
}
