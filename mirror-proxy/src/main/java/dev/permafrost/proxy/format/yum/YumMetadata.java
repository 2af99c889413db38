package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.Blocking;
import dev.permafrost.proxy.fetch.FileRequest;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.format.yum.Directories.Twin;
import dev.permafrost.proxy.format.yum.Offers.Offer;
import dev.permafrost.proxy.format.yum.Upkeep.State;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Answers for what lies in {@code repodata/}: {@code repomd.xml}, its signature, and what it names, always of one generation. {@linkplain OldYum
 * yum 3} is given the twin of one that it can't read.
 */
final class YumMetadata {
    private static final String SIGNATURE = Repodata.REPOMD + ".asc";
    private static final String KEY = Repodata.REPOMD + ".key";
    private static final int CLIENTS_MAX = 10_000;
    private static final Duration CLIENT_TTL = Duration.ofMinutes(10);

    /** So soon after a metalink a client asks for the {@code repomd.xml} that it is of. */
    private static final Duration PROMISE_TTL = Duration.ofSeconds(30);

    private final Directories directories;
    private final Upkeep upkeep;
    private final Offers offers;
    private final @Nullable TwinUpkeep twins;
    private final YumReplies replies;
    private final Blocking blocking;
    /** Which generation's {@code repomd.xml} a client has been given: the rest that it asks for is of that. */
    private final Recall<Client, Digest> given = Recall.ofEntries(CLIENTS_MAX, CLIENT_TTL);
    /** Which generation's checksums a client has been given: its {@code repomd.xml} is that one's. */
    private final Recall<Client, Digest> promised = Recall.ofEntries(CLIENTS_MAX, PROMISE_TTL);

    private record Client(String view, String address, boolean isOld, String dir) {
        static Client of(View view, String address, boolean isOld, String dir) {
            return new Client(view.snapshot().map(Object::toString).orElse(""), address, isOld, dir);
        }
    }

    /**
     * Metadata of a repository.
     *
     * @param twins what has made what yum 3 reads; null where nobody but those who freeze does
     */
    YumMetadata(
            Directories directories,
            Upkeep upkeep,
            Offers offers,
            @Nullable TwinUpkeep twins,
            YumReplies replies,
            Blocking blocking) {
        this.directories = directories;
        this.upkeep = upkeep;
        this.offers = offers;
        this.twins = twins;
        this.replies = replies;
        this.blocking = blocking;
    }

    /**
     * Answers with the file at a path that is {@linkplain Repodata#isBelow below} {@code repodata/}.
     *
     * @param isOld whether the client is yum 3
     */
    Mono<Reply> answer(View view, Mounts.Place place, String path, String address, boolean isOld) {
        String dir = Repodata.dirOf(path);
        String href = path.substring(dir.length());
        if (dir.length() < place.mount().length()) {
            return Mono.just(new Reply.NotFound("no repository is above " + place.mount()));
        }
        Client client = Client.of(view, address, isOld, dir);
        Mono<Reply> answer = switch (href) {
            case Repodata.REPOMD -> repomd(view, place, client);
            case SIGNATURE, KEY -> beside(view, place, client, href);
            default -> record(view, place, client, href);
        };
        return answer.onErrorResume(
                StoreException.class, e -> Mono.just(new Reply.Failed(e.kind(), String.valueOf(e.getMessage()))));
    }

    /**
     * Answers with the list of mirrors at a path that {@linkplain OwnLists#isOne may be} one; empty where no repository is there.
     *
     * @param isOld whether the client is yum 3
     * @param base the URL of the whole, with a slash at its end
     */
    Mono<Reply> list(View view, Mounts.Place place, String path, String address, boolean isOld, String base) {
        String dir = path.substring(0, path.lastIndexOf('/') + 1);
        if (dir.length() < place.mount().length()) {
            return Mono.empty();
        }
        Client client = Client.of(view, address, isOld, dir);
        String url = base + UrlPath.encoded(dir);
        return upkeep.current(view, place, dir)
                .filter(state -> state.newest() != null)
                .flatMap(state -> OwnLists.isMirrorlist(path)
                        ? Mono.just(
                                page(Directories.page(OwnLists.mirrorlist(url), ".mirrorlist", null), state.outcome()))
                        : metalink(view, client, url, state))
                .onErrorResume(
                        StoreException.class,
                        e -> Mono.just(new Reply.Failed(e.kind(), String.valueOf(e.getMessage()))));
    }

    private Mono<Reply> metalink(View view, Client client, String url, State state) {
        return offers.of(view, client.dir(), client.isOld(), state, null).map(offer -> {
            promised.put(client, offer.id());
            return page(
                    Directories.page(OwnLists.metalink(url, offer.generation()), ".metalink", offer.vary()),
                    state.outcome());
        });
    }

    private Mono<Reply> repomd(View view, Mounts.Place place, Client client) {
        State now = upkeep.now(view, client.dir());
        return (now != null ? Mono.just(now) : upkeep.current(view, place, client.dir()))
                .flatMap(state -> repomd(view, client, state));
    }

    private Mono<Reply> repomd(View view, Client client, State state) {
        if (state.newest() == null) {
            return Mono.just(none(view, client.dir()));
        }
        return offers.of(view, client.dir(), client.isOld(), state, promised.get(client))
                .map(offer -> {
                    if (offer.generation().isSigned()) {
                        given.put(client, offer.id());
                    }
                    return page(offer.repomd(), state.outcome());
                });
    }

    /** The signature, or the key, of what a client has been given before. */
    private Mono<Reply> beside(View view, Mounts.Place place, Client client, String href) {
        return upkeep.known(view, place, client.dir())
                .flatMap(state -> state.newest() == null
                        ? Mono.just(none(view, client.dir()))
                        : offers.of(view, client.dir(), client.isOld(), state, given.get(client))
                                .map(offer -> beside(client, href, offer, state)));
    }

    private static Reply beside(Client client, String href, Offer offer, State state) {
        byte[] bytes =
                href.equals(KEY) ? offer.generation().key() : offer.generation().signature();
        return bytes.length == 0
                ? new Reply.NotFound("upstream has no " + client.dir() + href, CacheOutcome.NEGATIVE)
                : page(Directories.page(bytes, href, offer.vary()), state.outcome());
    }

    private Mono<Reply> record(View view, Mounts.Place place, Client client, String href) {
        String path = client.dir() + href;
        // one of a name that is the same in every generation may be another for the next client
        long change = replies.changes();
        Reply now = given.get(client) == null ? replies.now(view, path) : null;
        if (now != null) {
            return Mono.just(now);
        }
        Mono<Reply> answer = upkeep.known(view, place, client.dir()).flatMap(state -> {
            Generation of = having(view, client, state, href);
            Generation.Item record = of == null
                    ? null
                    : of.header()
                            .record(href)
                            .orElseGet(() -> of.header().ofUpstream(href).orElse(null));
            if (of == null || record == null) {
                return ofTwins(view, client, href, change);
            }
            FileRequest request = Repodata.request(directories.docs(), client.dir(), of.header(), record);
            // who is given the file of an older generation by its plain name must not be a precedent for others
            String remembered =
                    record.hasUniqueName() ? path : path + "\0" + of.id().hex();
            return replies.file(view, remembered, request, Repodata.urls(place, client.dir(), request, record), change);
        });
        return client.isOld() ? answer.flatMap(reply -> looked(view, client.dir(), reply)) : answer;
    }

    /** What yum 3 alone is given is made anew where a file of it has got lost. */
    private Mono<Reply> looked(View view, String dir, Reply reply) {
        TwinUpkeep lookedAt = twins;
        return lookedAt == null || view.heldOnly() || !(reply instanceof Reply.NotFound)
                ? Mono.just(reply)
                : blocking.call(() -> {
                    lookedAt.look(dir);
                    return reply;
                });
    }

    /** A file that is there for yum 3 alone; its name tells it from all others. */
    private Mono<Reply> ofTwins(View view, Client client, String href, long change) {
        String dir = client.dir();
        return blocking.call(() -> directories.known(view, dir)).flatMap(known -> {
            for (Twin twin : known.twins()) {
                Generation.Header header = twin.generation().header();
                Generation.Item record = header.record(href).orElse(null);
                if (record != null && record.hasUniqueName()) {
                    FileRequest request = Repodata.request(directories.docs(), dir, header, record);
                    return replies.file(view, dir + href, request, List.of(), change);
                }
            }
            return Mono.just(new Reply.NotFound(
                    "no generation of " + dir + " that is here names " + href, CacheOutcome.NEGATIVE));
        });
    }

    /** The generation of which a client wants that file. */
    private @Nullable Generation having(View view, Client client, State state, String href) {
        Generation theirs = offers.known(view, client.dir(), client.isOld(), state, given.get(client))
                .filter(one -> names(one, href))
                .orElse(null);
        if (theirs != null) {
            return theirs;
        }
        if (state.kept() != null) {
            for (Generation one : state.kept().all()) {
                if (names(one, href)) {
                    return one;
                }
            }
        }
        if (state.forming() != null && names(state.forming(), href)) {
            return state.forming();
        }
        List<Generation> forming = upkeep.forming(view, client.dir());
        for (int i = forming.size() - 1; i >= 0; i--) {
            if (names(forming.get(i), href)) {
                return forming.get(i);
            }
        }
        return null;
    }

    private static boolean names(Generation generation, String href) {
        return generation.header().record(href).isPresent()
                || generation.header().ofUpstream(href).isPresent();
    }

    private Reply none(View view, String dir) {
        return new Reply.NotFound(
                upkeep.fetches(view)
                        ? "upstream has no " + dir + Repodata.REPOMD
                        : dir + Repodata.REPOMD + " is not held",
                CacheOutcome.NEGATIVE);
    }

    private static Reply page(RenderedPage page, CacheOutcome outcome) {
        return new Reply.Page(page, Repodata.CHECKED, 0, outcome);
    }
}
