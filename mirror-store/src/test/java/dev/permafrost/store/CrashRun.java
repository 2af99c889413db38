package dev.permafrost.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.index.DocKey;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.SnapshotId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Starts a {@link CrashChild} again and again on one store, kills it, and looks at what is left. */
final class CrashRun {
    private static final int CHILD_MILLIS_MAX = 700;
    private static final int ENTRIES_MAX = 3000;

    private final Path folder;
    private final Random random;
    private final Map<String, String> commits = new TreeMap<>();
    private final TreeSet<String> docs = new TreeSet<>();
    /** Acknowledged snapshots, and how many commits earlier processes had had acknowledged by then. */
    private final Map<String, Integer> freezes = new TreeMap<>();

    private int generation;

    CrashRun(Path folder, long seed) {
        this.folder = folder;
        this.random = new Random(seed);
    }

    /** Kills that many children; throws if anything is wrong after one. */
    void kill(int times) throws IOException, InterruptedException {
        for (int i = 0; i < times; i++) {
            if (commits.size() > ENTRIES_MAX) {
                // A store of that size takes longer to check than to break.
                System.out.println("a new store after " + this);
                FaultsTest.deleteTree(root());
                commits.clear();
                docs.clear();
                freezes.clear();
                generation++;
            }
            killOnce(i);
            check(i);
        }
        System.out.println(this);
    }

    private Path root() {
        return folder.resolve("store-" + generation);
    }

    private void killOnce(int number) throws IOException, InterruptedException {
        Path errors = folder.resolve("errors.txt");
        Process child = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashChild.class.getName(),
                        root().toString(),
                        Integer.toString(number))
                .redirectError(errors.toFile())
                .start();
        List<String> said = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(child.getInputStream(), UTF_8))) {
            // One in eight is killed while it opens the store, with luck.
            Thread killer = new Thread(() -> sleepAndKill(child, random.nextInt(CHILD_MILLIS_MAX)));
            if (random.nextInt(8) == 0) {
                killer.start();
            }
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.equals("READY") && killer.getState() == Thread.State.NEW) {
                    killer.start();
                }
                said.add(line);
            }
            if (killer.getState() != Thread.State.NEW) {
                killer.join();
            }
        } finally {
            child.destroyForcibly();
        }
        boolean ended = child.waitFor(30, TimeUnit.SECONDS);
        int killed = 128 + 9;
        if (!ended || child.exitValue() != killed) {
            throw new AssertionError("child " + number + " was not killed but failed: "
                    + said.subList(Math.max(0, said.size() - 1), said.size()) + Files.readString(errors));
        }
        remember(said);
    }

    private static void sleepAndKill(Process child, int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // Process.destroyForcibly would also close what the child has said and nobody has read yet.
        child.toHandle().destroyForcibly();
    }

    private void remember(List<String> said) {
        int before = commits.size();
        for (String line : said) {
            String[] words = line.split(" ", -1);
            switch (words[0]) {
                // What was killed within its last line was not said.
                case "C" -> {
                    if (words.length == 3 && words[2].length() == 64) {
                        commits.put(words[1], words[2]);
                    }
                }
                case "D" -> docs.add(line.substring(2));
                case "F" -> freezes.put(line.substring(2), before);
                case "X" -> freezes.remove(line.substring(2));
                default -> {}
            }
        }
        // The last line may be half of a name: it is only sure if another came after it.
        if (!said.isEmpty()) {
            String last = said.get(said.size() - 1);
            if (last.startsWith("D ")) {
                docs.remove(last.substring(2));
            } else if (last.startsWith("F ")) {
                freezes.remove(last.substring(2));
            }
        }
    }

    private void check(int number) throws IOException {
        try (MirrorStore store = Stores.open(root())) {
            List<String> violations = new ArrayList<>(StoreInvariants.violations(store));
            commits.forEach((name, digest) -> {
                String held = store.view()
                        .lookup(Stores.key(name))
                        .map(Entry::digest)
                        .map(d -> d.hex())
                        .orElse("nothing");
                if (!held.equals(digest)) {
                    violations.add("acknowledged " + name + " as " + digest + ", and it has " + held);
                }
            });
            docs.forEach(name -> {
                List<byte[]> doc = store.view().catalog().doc(new DocKey("pypi", "page", name));
                if (doc.size() != 2 || !new String(doc.get(1), UTF_8).equals(name)) {
                    violations.add("acknowledged document " + name + " has " + doc.size() + " chunks");
                }
            });
            freezes.forEach((name, least) -> {
                long entries = store.snapshots().manifest(new SnapshotId(name)).entries();
                if (entries < least) {
                    violations.add("snapshot " + name + " has " + entries + " entries, and " + least
                            + " commits had been acknowledged before");
                }
            });
            if (!violations.isEmpty()) {
                throw new AssertionError("after kill " + number + ":\n  " + String.join("\n  ", violations));
            }
        }
    }

    @Override
    public String toString() {
        return "crash: " + commits.size() + " commits, " + docs.size() + " documents and " + freezes.size()
                + " snapshots were acknowledged and are there";
    }
}
