package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Coding;
import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The list of files that pypiserver has at {@code packages/}, which {@code pip --find-links} reads: those that are held, of projects
 * that are served, each by its name alone. It comes in parts, each ending with a link to the next, so that what is done for a request
 * does not grow with what is held.
 */
final class FileList implements AutoCloseable {
    /** A part ends with the project with which it has as many files. */
    private static final int FILES_MAX = 10_000;

    /** Or with which so many have been looked at, whether they are held or not. */
    private static final int LOOKS_MAX = 50_000;

    private static final String AFTER = "after=";
    private static final String TYPE = "text/html; charset=utf-8";
    private static final String VARY = "Accept-Encoding";
    /** Enough for the list of a hundred thousand files, packed. */
    private static final long REMEMBERED_BYTES_MAX = 8 << 20;

    /** Folders in the order of their rows: a slash sorts between what names are made of. */
    private static final Comparator<ProjectName> ROWS = Comparator.comparing(project -> project + "/");

    private final Sources sources;
    private final PageReplies replies;
    private final int filesMax;
    /** One part at a time is made, and the others wait. */
    private final Blocking making = new Blocking(1);

    private final Recall<Key, Made> parts = Recall.ofBytes(REMEMBERED_BYTES_MAX, made -> made.page.sizeBytes());

    private record Key(String view, String after, Coding coding) {}

    /**
     * A part.
     *
     * @param change what the store said of its last change before
     * @param changesAt when it may be another by itself; null for never
     */
    private record Made(long change, @Nullable Instant changesAt, RenderedPage page) {}

    /** The files of a part. */
    private static final class Part {
        private final List<PageRenderer.Linked> files = new ArrayList<>();
        private int looked;
        private @Nullable Instant changesAt;

        boolean isFull(int filesMax) {
            return files.size() >= filesMax || looked >= LOOKS_MAX;
        }
    }

    FileList(Sources sources, PageReplies replies) {
        this(sources, replies, FILES_MAX);
    }

    /** The same, with a most of how many files are in a part, but for those of its last project. */
    FileList(Sources sources, PageReplies replies, int filesMax) {
        this.sources = sources;
        this.replies = replies;
        this.filesMax = filesMax;
    }

    /** Answers with the part that a query asks for; without one, with the first. */
    Mono<Reply> answer(View view, @Nullable String query, Coding coding) {
        ProjectName after = query != null && query.startsWith(AFTER)
                ? ProjectName.parse(query.substring(AFTER.length())).orElse(null)
                : null;
        Key key = new Key(view.snapshot().map(Object::toString).orElse(""), after == null ? "" : after.value(), coding);
        return making.call(() -> retained(view, key))
                .onErrorResume(StoreException.class, e -> Mono.just(PageReplies.failed(e)));
    }

    /** The client may leave before its turn comes. */
    private Reply retained(View view, Key key) {
        if (!view.tryRetain()) {
            throw new StoreException(FailureKind.SHUTTING_DOWN, "the server is closing");
        }
        try {
            return reply(view, key);
        } finally {
            view.release();
        }
    }

    private Reply reply(View view, Key key) {
        long change = view.lastChange();
        Made known = parts.get(key);
        boolean same = known != null && known.change == change && !replies.isPast(known.changesAt);
        Made made = same && known != null ? known : made(view, key, change);
        if (!same) {
            parts.put(key, made);
        }
        return replies.page(view, made.page, 0, made.changesAt, same ? CacheOutcome.HIT : CacheOutcome.MISS);
    }

    private Made made(View view, Key key, long change) {
        Part part = new Part();
        ProjectName last = null;
        List<ProjectName> projects = projects(view, key.after);
        for (ProjectName project : projects) {
            if (part.isFull(filesMax)) {
                break;
            }
            add(view, project, part);
            last = project;
        }
        boolean more = last != null && (part.isFull(filesMax) || projects.size() >= filesMax);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            PageRenderer.files(part.files, more ? "?" + AFTER + last : null, out);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return new Made(change, part.changesAt, PageVariants.of(out.toByteArray(), key.coding, TYPE, VARY, -1));
    }

    /** The next projects of which something is held, as many as a part may have. */
    private List<ProjectName> projects(View view, String after) {
        TreeSet<ProjectName> all = new TreeSet<>(ROWS);
        for (ProjectSource source : sources.all()) {
            all.addAll(source.docs().heldBehind(view, after, filesMax));
        }
        return all.stream().limit(filesMax).toList();
    }

    private void add(View view, ProjectName project, Part part) {
        part.looked++;
        Offer offer = sources.stored(view, project);
        if (offer == null || offer.header().quarantined()) {
            return;
        }
        for (FileRecord file : offer.files()) {
            part.looked++;
            Optional.ofNullable(offer.holding(file).held(file))
                    .ifPresent(held -> part.files.add(new PageRenderer.Linked(file, held.digest())));
        }
        Instant at = offer.changesAt();
        part.changesAt = at != null && (part.changesAt == null || at.isBefore(part.changesAt)) ? at : part.changesAt;
    }

    /** Makes no more. */
    @Override
    public void close() {
        making.close();
    }
}
