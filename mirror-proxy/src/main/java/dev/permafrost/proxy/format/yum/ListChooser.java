package dev.permafrost.proxy.format.yum;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Finds the list that an operator means, among those that a store has. Blocks. */
final class ListChooser {
    /** Behind a directory: how many generations before the newest. */
    private static final Pattern BACK = Pattern.compile("(.*)@([0-9]{1,3})");

    private final MirrorStore store;
    private final boolean heldOnly;

    /**
     * Among those of a store.
     *
     * @param heldOnly whether lists are as they are served where nothing is fetched
     */
    ListChooser(MirrorStore store, boolean heldOnly) {
        this.store = store;
        this.heldOnly = heldOnly;
    }

    /**
     * A list.
     *
     * @param back how many generations before the newest
     */
    record Choice(
            String repository,
            String dir,
            Generation generation,
            int back,
            GenerationDocs docs,
            GenerationLists lists) {
        /** {@code repository}, {@code directory}, {@code generation} (how many before the newest), {@code revision}, {@code made-at}. */
        Map<String, Object> told() {
            Map<String, Object> told = new LinkedHashMap<>();
            told.put("repository", repository);
            told.put("directory", "/" + dir);
            told.put("generation", (long) back);
            told.put("revision", revision());
            told.put(
                    "made-at",
                    Instant.ofEpochSecond(generation.header().newest()).toString());
            return told;
        }

        private String revision() {
            return generation.revision("/" + dir);
        }
    }

    /** The one list that is meant. */
    Choice one(View view, String chosen) {
        List<Choice> all = all(view, chosen);
        if (all.size() > 1) {
            throw bad(chosen + " has several directories; name one of them: "
                    + all.stream()
                            .map(one -> one.repository() + "/" + one.dir())
                            .collect(Collectors.joining(", ")));
        }
        return all.get(0);
    }

    /** The lists of all directories of what is meant; never empty. */
    List<Choice> all(View view, String chosen) {
        Matcher behind = BACK.matcher(chosen);
        boolean saysBack = behind.matches();
        String where = saysBack ? behind.group(1) : chosen;
        int back = saysBack ? Integer.parseInt(behind.group(2)) : 0;
        int slash = where.indexOf('/');
        String repository = slash < 0 ? where : where.substring(0, slash);
        if (repository.isEmpty()) {
            throw bad(PlainText.quoted(chosen) + " is no repository; write one of "
                    + GenerationDocs.repositories(view) + ", with a directory below it or without (centos/7/os/x86_64),"
                    + " and behind an @ how many generations before the newest (centos/7/os/x86_64@1)");
        }
        String asked = where.substring(slash + 1);
        String dir = slash < 0 || asked.isEmpty() || asked.endsWith("/") ? asked : asked + "/";
        GenerationDocs docs = new GenerationDocs(repository, store);
        Map<String, Kept> known = new TreeMap<>();
        docs.each(view, (one, kept) -> docs.kept(view, one, heldOnly).ifPresent(served -> known.put(one, served)));
        if (known.isEmpty()) {
            throw bad("no metadata is held of " + PlainText.quoted(repository) + " in " + store.root()
                    + "; of these it is: " + GenerationDocs.repositories(view));
        }
        if (slash >= 0 && !known.containsKey(dir)) {
            throw bad("no metadata is held of " + PlainText.quoted(repository + "/" + dir) + "; of these it is: "
                    + known.keySet().stream().map(one -> repository + "/" + one).collect(Collectors.joining(", ")));
        }
        GenerationLists lists = new GenerationLists(store, docs);
        List<Choice> all = new ArrayList<>();
        known.forEach((one, kept) -> {
            if (slash < 0 || one.equals(dir)) {
                if (back >= kept.all().size()) {
                    throw bad("of " + repository + "/" + one + " there "
                            + (kept.all().size() == 1
                                    ? "is 1 generation"
                                    : "are " + kept.all().size() + " generations") + " in " + store.root()
                            + ", and none that is " + back + " before the newest");
                }
                all.add(new Choice(repository, one, kept.all().get(back), back, docs, lists));
            }
        });
        return all;
    }

    static StoreException bad(String why) {
        return new StoreException(FailureKind.BAD_REQUEST, why);
    }
}
