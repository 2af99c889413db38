package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.HeldFiles;
import dev.permafrost.proxy.repo.RepositoryProof;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.function.Consumer;

/** Proves what a snapshot lists of a repository of RPMs: all metadata that it names, and every package in its lists. Blocks. */
final class YumProof {
    private static final long DOCUMENT_BYTES_MAX = 16L << 30;

    private final String repository;
    private final MirrorStore store;
    private final GenerationDocs docs;
    private final View sealed;
    private final RepositoryProof proof;

    YumProof(String repository, MirrorStore store, View sealed) {
        this.repository = repository;
        this.store = store;
        this.docs = new GenerationDocs(repository, store);
        this.sealed = sealed;
        this.proof = new RepositoryProof(repository);
    }

    RepositoryProof prove() {
        docs.each(sealed, (dir, upstreams) -> {
            Generation served = docs.kept(sealed, dir).map(Kept::newest).orElse(null);
            try {
                if (served == null) {
                    proof.wanting(
                            "/" + dir,
                            "it is left out, since nobody can tell what is held of it; freeze says why",
                            sync(dir));
                } else {
                    records(dir, served);
                    packages(dir, served, upstreams.newest());
                }
            } catch (StoreException | IOException e) {
                proof.wanting("/" + dir, "its metadata can't be read: " + e.getMessage(), sync(dir));
            }
        });
        return proof;
    }

    private void records(String dir, Generation served) {
        for (Generation.Item item : served.header().records()) {
            proof.named();
            if (isHeld(sealed.lookup(docs.recordKey(dir, item)), item.expectation())) {
                proof.listed();
            } else {
                proof.wanting(dir + item.href(), "repomd.xml names it", sync(dir));
            }
        }
    }

    private void packages(String dir, Generation served, Generation upstreams) throws IOException {
        boolean isUpstreams = primary(served).equals(primary(upstreams));
        read(dir, served, one -> {
            boolean isHeld = isHeld(dir, one);
            if (isUpstreams) {
                proof.named();
            }
            if (isHeld) {
                proof.listed();
            } else {
                proof.wanting(dir + one.location().path(), "the list of packages names it", sync(dir));
            }
        });
        if (!isUpstreams) {
            read(dir, upstreams, one -> {
                proof.named();
                if (!isHeld(dir, one)) {
                    proof.leftOut(
                            dir + one.location().path(),
                            sealed.lookup(docs.fileKey(dir + one.location().path()))
                                            .isPresent()
                                    ? "what is held is not what upstream lists"
                                    : "nobody has asked for it");
                }
            });
        }
    }

    private boolean isHeld(String dir, ListedPackage one) {
        return isHeld(
                sealed.lookup(docs.fileKey(dir + one.location().path())),
                Expectation.of(one.checksum()).withSize(one.sizeBytes()));
    }

    private boolean isHeld(Optional<Entry> entry, Expectation promised) {
        return entry.isPresent() && HeldFiles.fits(store, sealed, entry.get(), promised);
    }

    private static Optional<Generation.Item> primary(Generation generation) {
        return generation.header().records().stream()
                .filter(item -> item.type().equals("primary"))
                .findFirst();
    }

    private void read(String dir, Generation generation, Consumer<ListedPackage> to) throws IOException {
        String title = "the primary of /" + dir;
        Generation.Item primary = primary(generation).orElse(null);
        if (primary == null) {
            return;
        }
        Entry entry = sealed.lookup(docs.recordKey(dir, primary))
                .orElseThrow(() -> new StoreException(FailureKind.STORE_CORRUPT, title + " is not held"));
        try (OpenBlob blob = store.open(entry);
                InputStream in = Decompressed.open(new BlobInput(blob.channel()), title, DOCUMENT_BYTES_MAX)) {
            PrimaryReader.read(in, title, to);
        }
    }

    private String sync(String dir) {
        return "permafrost sync yum " + (repository + "/" + dir).replaceAll("/$", "");
    }
}
