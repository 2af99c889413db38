package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.fetch.FileRequest;
import dev.permafrost.proxy.fetch.Recall;
import dev.permafrost.proxy.format.yum.Upkeep.State;
import dev.permafrost.proxy.repo.CacheOutcome;
import dev.permafrost.proxy.repo.RenderedPage;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.store.View;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Answers for what lies in {@code repodata/}: {@code repomd.xml}, its signature, and what it names, always of one generation. */
final class YumMetadata {
    private static final String SIGNATURE = Repodata.REPOMD + ".asc";
    private static final String KEY = Repodata.REPOMD + ".key";
    private static final int CLIENTS_MAX = 10_000;
    private static final Duration CLIENT_TTL = Duration.ofMinutes(10);

    /** So soon after a metalink a client asks for the {@code repomd.xml} that it is of. */
    private static final Duration PROMISE_TTL = Duration.ofSeconds(30);

    private final Directories directories;
    private final Upkeep upkeep;
    private final YumReplies replies;
    /** Which generation's {@code repomd.xml} a client has been given: the rest that it asks for is of that. */
    private final Recall<Client, Digest> given = Recall.ofEntries(CLIENTS_MAX, CLIENT_TTL);
    /** Which generation's checksums a client has been given: its {@code repomd.xml} is that one's. */
    private final Recall<Client, Digest> promised = Recall.ofEntries(CLIENTS_MAX, PROMISE_TTL);

    private record Client(String view, String address, String dir) {
        static Client of(View view, String address, String dir) {
            return new Client(view.snapshot().map(Object::toString).orElse(""), address, dir);
        }
    }

    YumMetadata(Directories directories, Upkeep upkeep, YumReplies replies) {
        this.directories = directories;
        this.upkeep = upkeep;
        this.replies = replies;
    }

    /** Answers with the file at a path that is {@linkplain Repodata#isBelow below} {@code repodata/}. */
    Mono<Reply> answer(View view, Mounts.Place place, String path, String address) {
        String dir = Repodata.dirOf(path);
        String href = path.substring(dir.length());
        if (dir.length() < place.mount().length()) {
            return Mono.just(new Reply.NotFound("no repository is above " + place.mount()));
        }
        Client client = Client.of(view, address, dir);
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
     * @param base the URL of the whole, with a slash at its end
     */
    Mono<Reply> list(View view, Mounts.Place place, String path, String address, String base) {
        String dir = path.substring(0, path.lastIndexOf('/') + 1);
        if (dir.length() < place.mount().length()) {
            return Mono.empty();
        }
        return upkeep.current(view, place, dir)
                .<Reply>mapNotNull(state -> {
                    Generation newest = state.newest();
                    if (newest == null) {
                        return null;
                    }
                    String url = base + UrlPath.encoded(dir);
                    if (OwnLists.isMirrorlist(path)) {
                        return page(Directories.page(OwnLists.mirrorlist(url), ".mirrorlist"), state.outcome());
                    }
                    promised.put(Client.of(view, address, dir), newest.id());
                    return page(Directories.page(OwnLists.metalink(url, newest), ".metalink"), state.outcome());
                })
                .onErrorResume(
                        StoreException.class,
                        e -> Mono.just(new Reply.Failed(e.kind(), String.valueOf(e.getMessage()))));
    }

    private Mono<Reply> repomd(View view, Mounts.Place place, Client client) {
        State now = upkeep.now(view, client.dir());
        return now != null
                ? Mono.just(repomd(view, client, now))
                : upkeep.current(view, place, client.dir()).map(state -> repomd(view, client, state));
    }

    private Reply repomd(View view, Client client, State state) {
        Generation newest = of(promised, view, client, state).orElse(state.newest());
        if (newest == null) {
            return none(view, client.dir());
        }
        if (newest.isSigned()) {
            given.put(client, newest.id());
        }
        Directories.Known known = directories.now(view, client.dir());
        RenderedPage page = known != null
                        && known.kept() != null
                        && known.kept().newest().id().equals(newest.id())
                ? known.page()
                : null;
        return page(page != null ? page : Directories.page(newest.repomd(), "repomd.xml"), state.outcome());
    }

    /** The signature, or the key, of what a client has been given before. */
    private Mono<Reply> beside(View view, Mounts.Place place, Client client, String href) {
        return upkeep.known(view, place, client.dir()).map(state -> {
            Generation of = of(given, view, client, state).orElse(state.newest());
            if (of == null) {
                return none(view, client.dir());
            }
            byte[] bytes = href.equals(KEY) ? of.key() : of.signature();
            return bytes.length == 0
                    ? new Reply.NotFound("upstream has no " + client.dir() + href, CacheOutcome.NEGATIVE)
                    : page(Directories.page(bytes, href), state.outcome());
        });
    }

    private Mono<Reply> record(View view, Mounts.Place place, Client client, String href) {
        String path = client.dir() + href;
        // one of a name that is the same in every generation may be another for the next client
        long change = replies.changes();
        Reply now = given.get(client) == null ? replies.now(view, path) : null;
        if (now != null) {
            return Mono.just(now);
        }
        return upkeep.known(view, place, client.dir()).flatMap(state -> {
            Generation of = having(view, client, state, href);
            Generation.Item record = of == null
                    ? null
                    : of.header()
                            .record(href)
                            .orElseGet(() -> of.header().ofUpstream(href).orElse(null));
            if (of == null || record == null) {
                return Mono.just(new Reply.NotFound(
                        "no generation of " + client.dir() + " that is here names " + href, CacheOutcome.NEGATIVE));
            }
            FileRequest request = Repodata.request(directories.docs(), client.dir(), of.header(), record);
            // who is given the file of an older generation by its plain name must not be a precedent for others
            String remembered =
                    record.hasUniqueName() ? path : path + "\0" + of.id().hex();
            return replies.file(view, remembered, request, Repodata.urls(place, client.dir(), request, record), change);
        });
    }

    /** The generation of which a client wants that file. */
    private @Nullable Generation having(View view, Client client, State state, String href) {
        Generation theirs =
                of(given, view, client, state).filter(one -> names(one, href)).orElse(null);
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

    /** The generation that a client is known by in one of the two, if it is still there. */
    private Optional<Generation> of(Recall<Client, Digest> which, View view, Client client, State state) {
        Digest id = which.get(client);
        if (id == null) {
            return Optional.empty();
        }
        List<Generation> all =
                new ArrayList<>(state.kept() == null ? List.of() : state.kept().all());
        all.addAll(upkeep.forming(view, client.dir()));
        return all.stream().filter(one -> one.id().equals(id)).findFirst();
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
