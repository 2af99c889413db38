package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FileRequest;
import dev.permafrost.proxy.fetch.Scrutiny;
import dev.permafrost.proxy.repo.FetchException;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.SyncItem;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** A package that is to be held, and to be signed by somebody who is trusted where that is demanded. */
final class PackageItem implements SyncItem {
    private static final int NOT_FOUND = 404;

    private final Source source;
    private final PackageTable.Listed listed;
    private final boolean isHeld;
    /** Whether its signature was found to be good before it was stored. */
    private volatile boolean isChecked;

    /**
     * Where packages of a directory come from.
     *
     * @param memory what syncs of before have found out
     * @param signers by whom they have to be signed; null for nobody
     */
    record Source(
            String dir,
            Mounts.Place place,
            Directories directories,
            YumReplies replies,
            Blocking blocking,
            SyncMemory memory,
            @Nullable PackageSigners signers) {}

    /**
     * A package.
     *
     * @param isHeld whether it is held, and only to be looked at
     */
    PackageItem(Source source, PackageTable.Listed listed, boolean isHeld) {
        this.source = source;
        this.listed = listed;
        this.isHeld = isHeld;
    }

    /** Looks at its bytes before anybody is given any. */
    private final class Signed implements Scrutiny {
        private final PackageSigners signers;

        Signed(PackageSigners signers) {
            this.signers = signers;
        }

        @Override
        public long bytesMax() {
            return Long.MAX_VALUE;
        }

        @Override
        public boolean isOfType(@Nullable String contentType) {
            return true;
        }

        @Override
        public String kind(String contentType) {
            return "package of those who are trusted";
        }

        @Override
        public void read(InputStream bytes) throws IOException {
            String refusal = signers.refusal(bytes, sizeOrMost(), name());
            if (refusal != null) {
                throw new IOException(refusal);
            }
            isChecked = true;
        }
    }

    @Override
    public String name() {
        return source.dir() + listed.path();
    }

    @Override
    public String host() {
        return Objects.requireNonNullElse(urls().get(0).getRawAuthority(), "");
    }

    @Override
    public long sizeBytes() {
        return isHeld ? 0 : listed.sizeBytes();
    }

    @Override
    public Mono<Void> hold() {
        List<URI> urls = urls();
        PackageSigners signers = source.signers();
        FileRequest request = new FileRequest(
                source.directories().docs().fileKey(name()),
                urls.get(0),
                listed.expectation(),
                Repodata.contentType(name()),
                YumFiles.CACHE_CONTROL,
                null,
                signers == null ? null : new Signed(signers));
        return source.replies()
                .whole(source.directories().live(), request, urls)
                .switchIfEmpty(Mono.error(
                        () -> FetchException.ofStatus(NOT_FOUND, "upstream lists it and has it not: " + urls.get(0))))
                .flatMap(held -> checked(held, request))
                .then();
    }

    /** What was held before, or has come by the request of a client, has not been looked at yet. */
    private Mono<Void> checked(Reply.Held held, FileRequest request) {
        PackageSigners signers = source.signers();
        if (signers == null) {
            held.drop();
            return Mono.empty();
        }
        return source.blocking().call(() -> {
            Digest sha256 = held.blob().digest();
            String refusal;
            try {
                refusal = isChecked
                        ? null
                        : signers.refusal(new BlobInput(held.blob().channel()), sizeOrMost(), name());
            } finally {
                held.drop();
            }
            if (refusal != null) {
                source.directories().delete(List.of(request.key()));
                throw new FetchException(
                        FailureKind.UPSTREAM_INVALID, name() + " was held, and is not any more: " + refusal);
            }
            source.memory().noteSigned(name(), sha256, signers.id());
            return null;
        });
    }

    private long sizeOrMost() {
        return listed.sizeBytes() < 0 ? Long.MAX_VALUE : listed.sizeBytes();
    }

    private List<URI> urls() {
        return YumFiles.urls(source.place(), name(), listed);
    }
}
