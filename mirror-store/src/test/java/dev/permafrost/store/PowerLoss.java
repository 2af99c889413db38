package dev.permafrost.store;

import static dev.permafrost.store.Stores.bytes;
import static dev.permafrost.store.Stores.key;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.DiskLog.Event;
import dev.permafrost.store.PowerCut.Luck;
import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.SnapshotId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

/** Runs a store through all that it can do, noting what it does to the disk, and cuts the power after every step. */
final class PowerLoss {
    private static final String STORE = "a/store";

    private final Path dir;
    private final Path base;
    private final DiskLog log;

    /** On what is below a folder's {@code live}, if anything; what else is needed goes to the folder too. */
    PowerLoss(Path dir) throws IOException {
        this.dir = dir;
        this.base = Files.createDirectories(dir.resolve("live"));
        this.log = new DiskLog(base, Files.createDirectories(dir.resolve("side")));
    }

    DiskLog log() {
        return log;
    }

    Path root() {
        return base.resolve(STORE);
    }

    /** Opens the store with these operations, which are or wrap the log's, and runs the scenario. */
    void run(FileOps ops, boolean forgetsIndexSync) {
        try (MirrorStore store =
                MirrorStore.open(MirrorStore.Options.of(root()).withOps(ops).withIndex(log.index(forgetsIndexSync)))) {
            scenario(store);
        }
    }

    /** Opens the store and closes it. */
    void reopen() {
        MirrorStore.open(MirrorStore.Options.of(root()).withOps(log.ops()).withIndex(log.index(false)))
                .close();
    }

    private void scenario(MirrorStore store) {
        put(store, "a", "the first bytes");
        put(store, "b", "");
        put(store, "a-again", "the first bytes");
        suspend(store.begin(key("c"), Set.of()), "c, ");
        Incoming discarded = store.begin(key("d"), Set.of());
        discarded.staged().write(bytes("unwanted"));
        discarded.discard();
        store.putDoc(new DocKey("pypi", "project", "a"), List.of(new byte[] {1}, new byte[] {2}));
        finish(resume(store, "c"), "gone on with");
        suspend(store.begin(key("e"), Set.of()), "e stays");
        put(store, "a", "other bytes under the same key");
        freeze(store, "one");
        suspend(store.begin(key("f"), Set.of()), "f, ");
        suspend(resume(store, "f"), "more, ");
        Incoming again = resume(store, "f");
        again.staged().write(bytes("and no more"));
        again.discard();
        suspend(store.begin(key("g"), Set.of()), "an earlier attempt, given up");
        log.log(new DiskLog.Resumed("g"));
        put(store, "g", "g from its start");
        store.putDoc(new DocKey("pypi", "project", "a"), List.of(new byte[] {3}));
        put(store, "h", "x".repeat(3000));
        freeze(store, "two");
        store.putDoc(new DocKey("pypi", "project", "a"), List.of());
        put(store, "i", "the last bytes");
        amend(store, "own", "of a project of ours");
        amend(store, "own-too", "another");
        amend(store, "own", "in the place of the first");
        drop(store, "own-too");
        put(store, "j", "bytes in between");
        drop(store, "own");
        amend(store, "own", "once more");
    }

    /** Where it is said which bytes a key has. */
    static DocKey page(String name) {
        return new DocKey("pypi", "own", name);
    }

    private void amend(MirrorStore store, String name, String content) {
        Incoming incoming = store.begin(key(name), Set.of());
        incoming.staged().write(bytes(content));
        Entry entry = incoming.commit(
                Expectation.NOTHING,
                "somebody",
                blob -> new Amendment(
                        Map.of(page(name), List.of(blob.digest().hex().getBytes(UTF_8))), Map.of(), Set.of()));
        log.log(new DiskLog.Held(name, entry.digest().hex()));
    }

    private void drop(MirrorStore store, String name) {
        store.amend(() -> new Amendment(Map.of(page(name), List.of()), Map.of(), Set.of(key(name))));
        log.log(new DiskLog.Gone(name));
    }

    private void put(MirrorStore store, String name, String content) {
        finish(store.begin(key(name), Set.of()), content);
    }

    private void finish(Incoming incoming, String content) {
        // Two writes, so that a file can be torn between them.
        incoming.staged().write(bytes(content.substring(0, content.length() / 2)));
        incoming.staged().write(bytes(content.substring(content.length() / 2)));
        Entry entry = incoming.commit(Expectation.NOTHING, "http://upstream/");
        log.log(new DiskLog.Held(incoming.key().key(), entry.digest().hex()));
    }

    private void suspend(Incoming incoming, String content) {
        incoming.staged().write(bytes(content));
        long offset = incoming.staged().writtenBytes();
        incoming.suspend("http://upstream/", "\"v\"");
        log.log(new DiskLog.Suspended(incoming.key().key(), offset));
    }

    private Incoming resume(MirrorStore store, String name) {
        log.log(new DiskLog.Resumed(name));
        return store.resume(key(name), Set.of()).orElseThrow();
    }

    private void freeze(MirrorStore store, String name) {
        store.freeze(new SnapshotId(name));
        log.log(new DiskLog.Frozen(name));
    }

    /**
     * Cuts the power after every event, in so many drawn ways beside the plain ones, and tells what is wrong after each.
     *
     * @param stopAt how many violations are enough
     */
    List<String> cutEverywhere(int drawn, long seed, int stopAt, Function<Path, Index> index) throws IOException {
        List<Event> whole = log.events();
        List<String> violations = new ArrayList<>();
        Random random = new Random(seed);
        int cuts = 0;
        for (int n = log.imported(); n <= whole.size() && violations.size() < stopAt; n++) {
            for (int variant = 0; variant < PLAIN.length + drawn; variant++) {
                Luck[] luck = variant < PLAIN.length ? PLAIN[variant] : DRAWN[random.nextInt(DRAWN.length)];
                PowerCut cut = new PowerCut(log, whole.subList(0, n), luck[0], luck[1], luck[2], random.nextLong());
                Path folder = Files.createDirectory(dir.resolve("cut"));
                for (String violation : cut.violations(folder, STORE, whole, index)) {
                    violations.add("after event " + n + (n == 0 ? "" : ", " + whole.get(n - 1)) + ", variant " + variant
                            + ": " + violation);
                }
                FaultsTest.deleteTree(folder);
                cuts++;
            }
        }
        System.out.println("power loss: " + whole.size() + " events, " + cuts + " cuts, seed " + seed + ", "
                + violations.size() + " violations"
                + violations.stream()
                        .findFirst()
                        .map(first -> ", the first " + first)
                        .orElse(""));
        return violations;
    }

    private static final Luck[][] PLAIN = {
        {Luck.NOTHING, Luck.NOTHING, Luck.NOTHING},
        {Luck.ALL, Luck.ALL, Luck.ALL},
        {Luck.NOTHING, Luck.ALL, Luck.ALL},
        {Luck.ALL, Luck.NOTHING, Luck.ALL},
        {Luck.ALL, Luck.ALL, Luck.NOTHING},
    };
    private static final Luck[][] DRAWN = {
        {Luck.DRAWN, Luck.DRAWN, Luck.DRAWN},
        {Luck.DRAWN, Luck.ALL, Luck.ALL},
        {Luck.ALL, Luck.DRAWN, Luck.NOTHING},
        {Luck.DRAWN, Luck.DRAWN, Luck.ALL},
    };
}
