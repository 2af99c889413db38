package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.fetch.Turns;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.Coding;
import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/** Answers of Warehouse's JSON API, made of the same stored pages as those of the simple index; the last ones are remembered. */
final class JsonAnswers {
    private static final Logger log = LoggerFactory.getLogger(JsonAnswers.class);
    private static final String TYPE = "application/json";
    private static final String VARY = "Accept-Encoding";
    /** Each of a project with many files takes tens of megabytes while it is made. */
    private static final int AT_ONCE = 4;

    private static final int WAITING_MAX = 1000;

    private final Sources sources;
    private final Blocking blocking;
    private final Recall<Key, Made> answers;
    private final Turns turns;
    private final PageReplies replies;

    /** An answer, whose URLs begin with the base. */
    private record Key(String view, ProjectName project, String version, boolean all, String base, Coding coding) {}

    /**
     * Such an answer.
     *
     * @param of what it was made of
     */
    private record Made(String of, RenderedPage page) {}

    /**
     * Of a repository.
     *
     * @param wait for how long an answer may wait until those before it are made
     * @param cacheBytesMax most bytes of answers in memory
     */
    JsonAnswers(Sources sources, Blocking blocking, Duration wait, long cacheBytesMax, PageReplies replies) {
        this.sources = sources;
        this.blocking = blocking;
        this.answers = Recall.ofBytes(cacheBytesMax, made -> made.page().sizeBytes());
        this.replies = replies;
        this.turns = new Turns(blocking, AT_ONCE, WAITING_MAX, wait, "answers of the JSON API");
    }

    /**
     * Answers as Warehouse's JSON API does; never with what may be older than the list of all projects.
     *
     * @param version the version that is asked about, null for the newest and the list of all
     * @param base the URL of the repository, with a slash at its end
     */
    Mono<Reply> answer(View view, ProjectName project, @Nullable String version, String base, Coding coding) {
        return sources.asNewAsTheList(view, project)
                .flatMap(choice -> Mono.justOrEmpty(choice.instead())
                        .switchIfEmpty(Mono.defer(() -> answer(view, project, version, base, coding, choice))))
                .onErrorResume(StoreException.class, e -> Mono.just(PageReplies.failed(e)));
    }

    /** At once if it is remembered or nobody else is at it, else in its turn. */
    private Mono<Reply> answer(
            View view,
            ProjectName project,
            @Nullable String version,
            String base,
            Coding coding,
            Sources.Choice choice) {
        return blocking.call(() -> answer(view, project, version, base, coding, choice, false))
                .switchIfEmpty(turns.call(() -> answer(view, project, version, base, coding, choice, true)));
    }

    /** The answer; null where it is to be made, and it is the turn of others. Blocks. */
    private @Nullable Reply answer(
            View view,
            ProjectName project,
            @Nullable String version,
            String base,
            Coding coding,
            Sources.Choice choice,
            boolean inTurn)
            throws Exception {
        Offer offer = choice.offer(view, project);
        if (offer == null || offer.header().quarantined()) {
            return ProjectSource.missing(view, project);
        }
        Reply refusal = offer.refusal();
        if (refusal != null) {
            return refusal;
        }
        List<LegacyJson.Offered> offered = new ArrayList<>();
        for (FileRecord file : offer.files()) {
            HeldFile ours = offer.holding(file).of(file);
            if (ours != null || !view.heldOnly()) {
                offered.add(new LegacyJson.Offered(file, ours));
            }
        }
        Map<String, List<LegacyJson.Offered>> releases = LegacyJson.releases(project, offered);
        String wanted = version == null ? null : Version.key(version);
        String chosen = wanted == null
                ? LegacyJson.latest(releases)
                : releases.keySet().stream()
                        .filter(spelled -> Version.key(spelled).equals(wanted))
                        .findFirst()
                        .orElse(null);
        if (chosen == null) {
            return releases.isEmpty()
                    ? ProjectSource.missing(view, project)
                    : new Reply.NotFound("there is no version " + version + " of " + project, CacheOutcome.NEGATIVE);
        }
        List<LegacyJson.Offered> files = Objects.requireNonNull(releases.get(chosen));
        FileRecord told = told(offer, files);
        Entry sidecar = told == null ? null : offer.holding(told).sidecar(told);
        String of = offer.version() + (sidecar == null ? "" : " " + sidecar.digest()) + names(offer, offered);
        String snapshot = view.snapshot().map(Object::toString).orElse("");
        Key key = new Key(snapshot, project, chosen, version == null, base, coding);
        Made known = answers.get(key);
        if (known != null && known.of().equals(of)) {
            return replies.page(view, known.page(), offer.validatedNanos(), offer.changesAt(), choice.outcome());
        }
        Callable<Reply> making = () -> {
            LegacyJson json = new LegacyJson(base, project, offer.header().lastSerial());
            MetadataFields sayings = told == null ? MetadataFields.NONE : sayings(offer, told);
            Made made = new Made(of, written(json, coding, chosen, files, sayings, version == null ? releases : null));
            answers.put(key, made);
            return replies.page(view, made.page(), offer.validatedNanos(), offer.changesAt(), choice.outcome());
        };
        return inTurn ? making.call() : turns.now(making);
    }

    /** Which of the page's files are offered, where that is not all. */
    private static String names(Offer offer, List<LegacyJson.Offered> offered) {
        if (!offer.isSome()) {
            return "";
        }
        StringBuilder names = new StringBuilder();
        offered.forEach(file -> names.append(file.record().filename()).append('/'));
        return " " + PageVariants.etag(names.toString().getBytes(StandardCharsets.UTF_8), "", Coding.IDENTITY);
    }

    private static RenderedPage written(
            LegacyJson json,
            Coding coding,
            String chosen,
            List<LegacyJson.Offered> files,
            MetadataFields sayings,
            @Nullable Map<String, List<LegacyJson.Offered>> all) {
        try {
            return PageVariants.of(json.write(chosen, files, sayings, all), coding, TYPE, VARY, json.lastSerial());
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
    }

    /** What a file says of itself, if that can be read; the answer is of use without. */
    private static MetadataFields sayings(Offer offer, FileRecord file) {
        try {
            MetadataFields sayings = offer.holding(file).sayings(file);
            return sayings == null ? MetadataFields.NONE : sayings;
        } catch (StoreException e) {
            log.warn("{}", e.getMessage());
            return MetadataFields.NONE;
        }
    }

    /** The first of these whose metadata is held; null for none. */
    private static @Nullable FileRecord told(Offer offer, List<LegacyJson.Offered> files) {
        for (LegacyJson.Offered file : files) {
            if (offer.holding(file.record()).sidecar(file.record()) != null) {
                return file.record();
            }
        }
        return null;
    }
}
