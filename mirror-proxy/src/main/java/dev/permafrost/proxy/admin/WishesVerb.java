package dev.permafrost.proxy.admin;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.proxy.wishes.KeptWishes;
import dev.permafrost.proxy.wishes.Wish;
import dev.permafrost.proxy.wishes.WishList;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells what clients asked for in vain, and has an operator change that.
 *
 * <p>Arguments: {@code clear}, to forget all; or {@code add}, wishes of {@code repository}, one a line. Result: {@code kept} (whether they
 * outlive the server), {@code count}, and {@code wishes}, those that most clients have first: each {@code repository}, {@code wish}, {@code
 * times}, {@code first}, {@code last}, {@code clients}; those before it was cleared.
 */
public final class WishesVerb implements Verb {
    /** What it is called. */
    public static final String NAME = "wishes";

    private final WishList list;
    private final @Nullable KeptWishes kept;

    private WishesVerb(WishList list, @Nullable KeptWishes kept) {
        this.list = list;
        this.kept = kept;
    }

    /** Of a list that is kept. */
    public static WishesVerb of(KeptWishes kept) {
        return new WishesVerb(kept.list(), kept);
    }

    /** Of a list in memory, whether or not it is kept by somebody. */
    public static WishesVerb of(WishList list, @Nullable KeptWishes kept) {
        return new WishesVerb(list, kept);
    }

    @Override
    public Map<String, Object> run(Map<String, String> arguments, ProgressSink progress) {
        String added = arguments.get("add");
        if (added != null) {
            add(arguments.getOrDefault("repository", ""), added.lines().toList());
        }
        List<Wish> all = list.all();
        if (arguments.containsKey("clear")) {
            list.clear();
        }
        if (kept != null) {
            kept.write();
        }
        List<Object> told = new ArrayList<>();
        all.forEach(wish -> told.add(told(wish)));
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("kept", kept != null);
        result.put("count", all.size());
        result.put("wishes", told);
        return result;
    }

    private void add(String repository, List<String> wishes) {
        for (String wish : wishes) {
            if (!Wish.isOne(repository) || !Wish.isOne(wish)) {
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        PlainText.quoted(wish)
                                + " can't be a wish; write a project, such as numpy or numpy==1.26.4, a package, such as"
                                + " bash-5.1.8, or the path of a file, of " + Wish.CHARS_MAX + " characters at most");
            }
        }
        wishes.forEach(wish -> list.add(repository, wish));
    }

    private static Map<String, Object> told(Wish wish) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("repository", wish.repository());
        told.put("wish", wish.what());
        told.put("times", wish.times());
        told.put("first", wish.first().toString());
        told.put("last", wish.last().toString());
        told.put("clients", wish.clients());
        return told;
    }

    /** The wishes of a result. */
    public static List<Wish> wishes(Map<String, Object> result) {
        List<Wish> all = new ArrayList<>();
        if (result.get("wishes") instanceof List<?> wishes) {
            for (Object one : wishes) {
                if (one instanceof Map<?, ?> wish) {
                    all.add(new Wish(
                            String.valueOf(wish.get("repository")),
                            String.valueOf(wish.get("wish")),
                            number(wish.get("times")),
                            Instant.parse(String.valueOf(wish.get("first"))),
                            Instant.parse(String.valueOf(wish.get("last"))),
                            number(wish.get("clients"))));
                }
            }
        }
        return all;
    }

    private static long number(@Nullable Object value) {
        return value instanceof Number number ? number.longValue() : 0;
    }
}
