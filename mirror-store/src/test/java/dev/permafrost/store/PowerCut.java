package dev.permafrost.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.DiskLog.Event;
import dev.permafrost.store.DiskLog.FolderEvent;
import dev.permafrost.store.DiskLog.Inode;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.index.Batch;
import dev.permafrost.store.index.Index;
import dev.permafrost.store.model.Entry;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * What a disk may hold if the power fails after so many events of a {@link DiskLog}.
 *
 * <p>The model: a file has what it had when it was last synced, and of what was written since nothing, all, a part, or a
 * part and zeros for the rest. Of the changes to a folder since its last sync some first ones have happened and the others
 * have not; files in it may come to light without their content. The index has what its last synced write left and some
 * first ones of the writes since.
 */
final class PowerCut {
    /** How much of what was not synced has reached the disk. */
    enum Luck {
        NOTHING,
        ALL,
        DRAWN
    }

    private final List<Event> events;
    private final DiskLog log;
    private final Luck content;
    private final Luck folders;
    private final Luck rows;
    private final Random random;

    /** The first so many events of a log, and what luck each sort of them had. */
    PowerCut(DiskLog log, List<Event> events, Luck content, Luck folders, Luck rows, long seed) {
        this.log = log;
        this.events = events;
        this.content = content;
        this.folders = folders;
        this.rows = rows;
        this.random = new Random(seed);
    }

    /** Writes what the disk holds to an empty folder, reopens the store in it, and tells what is wrong. */
    List<String> violations(Path folder, String store, List<Event> whole, Function<Path, Index> index)
            throws IOException {
        Map<Inode, Map<String, Inode>> tree = tree();
        write(log.root(), folder, tree, contents());
        Path root = folder.resolve(store);
        boolean indexThere = Files.isDirectory(root.resolve("index"));
        List<Batch> batches = indexThere ? batches() : List.of();
        List<String> violations = new ArrayList<>();
        Map<String, String> own;
        try (MirrorStore opened = MirrorStore.open(MirrorStore.Options.of(root)
                .withOps(new ForgetfulFileOps(FileOps.system(), true, true))
                .withIndex((path, cacheBytes) -> {
                    Index primed = index.apply(path);
                    batches.forEach(batch -> primed.write(batch, false));
                    return primed;
                }))) {
            violations.addAll(StoreInvariants.violations(opened));
            checkAcknowledged(opened, whole, violations);
            own = own(opened, violations);
        } catch (StoreException | UncheckedIOException e) {
            return List.of("it does not open: " + e);
        }
        if (!own.equals(ownWithoutIndex(root, index))) {
            violations.add("the index has " + own + ", and the journal " + ownWithoutIndex(root, index));
        }
        return violations;
    }

    /** What was amended: which bytes each key has, of which a document says the same. */
    private static Map<String, String> own(MirrorStore store, List<String> violations) {
        Map<String, String> own = new TreeMap<>();
        for (String name : List.of("own", "own-too")) {
            String digest = store.view()
                    .lookup(Stores.key(name))
                    .map(entry -> entry.digest().hex())
                    .orElse("");
            StringBuilder said = new StringBuilder();
            store.view().catalog().doc(PowerLoss.page(name), chunk -> said.append(new String(chunk, UTF_8)));
            if (!digest.contentEquals(said)) {
                violations.add(name + " has " + digest + ", and its document says " + said);
            }
            own.put(name, digest);
        }
        return own;
    }

    private static Map<String, String> ownWithoutIndex(Path root, Function<Path, Index> index) {
        try (MirrorStore rebuilt = MirrorStore.open(MirrorStore.Options.of(root)
                .withOps(new ForgetfulFileOps(FileOps.system(), true, true))
                .withIndex((path, cacheBytes) -> index.apply(path)))) {
            return own(rebuilt, new ArrayList<>());
        }
    }

    private void checkAcknowledged(MirrorStore store, List<Event> whole, List<String> violations) {
        Map<String, String> held = new TreeMap<>();
        Map<String, Long> suspended = new TreeMap<>();
        for (Event event : events) {
            if (event instanceof DiskLog.Held h) {
                held.put(h.key(), h.digest());
            } else if (event instanceof DiskLog.Gone g) {
                held.put(g.key(), "nothing");
            } else if (event instanceof DiskLog.Suspended s) {
                suspended.put(s.key(), s.offsetBytes());
            } else if (event instanceof DiskLog.Resumed r) {
                suspended.remove(r.key());
            } else if (event instanceof DiskLog.Frozen f && !isThere(store, f.name())) {
                violations.add("snapshot " + f.name() + " is lost");
            }
        }
        held.forEach((key, digest) -> {
            String found = store.view()
                    .lookup(Stores.key(key))
                    .map(Entry::digest)
                    .map(d -> d.hex())
                    .orElse("nothing");
            // A later commit may have come through before it was acknowledged.
            List<Event> rest = whole.subList(events.size(), whole.size());
            boolean later = rest.contains(new DiskLog.Held(key, found))
                    || (found.equals("nothing") && rest.contains(new DiskLog.Gone(key)));
            if (!found.equals(digest) && !later) {
                violations.add("acknowledged " + key + " as " + digest + ", and it has " + found);
            }
        });
        suspended.forEach((key, offset) -> {
            Optional<Incoming> again = store.resume(Stores.key(key), Set.of());
            // A later discard or suspension may have come through before it was acknowledged.
            if (again.isEmpty() || again.get().staged().writtenBytes() < offset) {
                violations.add("acknowledged " + offset + " suspended bytes of " + key + ", and they are lost");
            }
            again.ifPresent(Incoming::discard);
        });
    }

    private static boolean isThere(MirrorStore store, String name) {
        return store.snapshots().list().stream()
                .anyMatch(manifest -> manifest.id().equals(new SnapshotId(name)));
    }

    private List<Batch> batches() {
        List<Batch> all = new ArrayList<>();
        int durable = 0;
        for (Event event : events) {
            if (event instanceof DiskLog.Rows written) {
                all.add(written.batch());
                if (written.sync()) {
                    durable = all.size();
                }
            }
        }
        return all.subList(0, durable + lucky(rows, all.size() - durable));
    }

    private int lucky(Luck luck, int unsynced) {
        return switch (luck) {
            case NOTHING -> 0;
            case ALL -> unsynced;
            case DRAWN -> random.nextInt(unsynced + 1);
        };
    }

    private Map<Inode, Map<String, Inode>> tree() {
        Map<Inode, Integer> synced = new HashMap<>();
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i) instanceof DiskLog.SyncFolder sync) {
                synced.put(sync.folder(), i);
            }
        }
        Map<Inode, Integer> unsynced = new LinkedHashMap<>();
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i) instanceof FolderEvent change && i > synced.getOrDefault(change.folder(), -1)) {
                unsynced.merge(change.folder(), 1, Integer::sum);
            }
        }
        Map<Inode, Integer> left = new HashMap<>();
        unsynced.forEach((folder, n) -> left.put(folder, lucky(folders, n)));
        Map<Inode, Map<String, Inode>> tree = new HashMap<>();
        for (int i = 0; i < events.size(); i++) {
            if (events.get(i) instanceof FolderEvent change) {
                boolean durable = i < synced.getOrDefault(change.folder(), -1);
                if (durable || left.merge(change.folder(), -1, Integer::sum) >= 0) {
                    apply(change, tree);
                }
            }
        }
        return tree;
    }

    private static void apply(FolderEvent change, Map<Inode, Map<String, Inode>> tree) {
        Map<String, Inode> entries = tree.computeIfAbsent(change.folder(), folder -> new TreeMap<>());
        if (change instanceof DiskLog.Link link) {
            entries.put(link.name(), link.child());
        } else if (change instanceof DiskLog.Unlink unlink) {
            entries.remove(unlink.name());
        } else if (change instanceof DiskLog.Move move) {
            tree.computeIfAbsent(move.from(), folder -> new TreeMap<>()).remove(move.fromName());
            entries.put(move.name(), move.child());
        }
    }

    private Map<Inode, byte[]> contents() {
        Map<Inode, byte[]> durable = new LinkedHashMap<>();
        Map<Inode, byte[]> full = new LinkedHashMap<>();
        for (Event event : events) {
            if (event instanceof DiskLog.Write write) {
                byte[] before = full.getOrDefault(write.file(), new byte[0]);
                byte[] after = Arrays.copyOf(before, before.length + write.bytes().length);
                System.arraycopy(write.bytes(), 0, after, before.length, write.bytes().length);
                full.put(write.file(), after);
            } else if (event instanceof DiskLog.Truncate truncate) {
                full.computeIfPresent(
                        truncate.file(), (file, bytes) -> Arrays.copyOf(bytes, (int) truncate.lengthBytes()));
            } else if (event instanceof DiskLog.SyncFile sync) {
                durable.put(sync.file(), full.getOrDefault(sync.file(), new byte[0]));
            }
        }
        full.replaceAll((file, bytes) -> onDisk(durable.getOrDefault(file, new byte[0]), bytes));
        return full;
    }

    private byte[] onDisk(byte[] durable, byte[] full) {
        boolean grown =
                full.length >= durable.length && Arrays.equals(durable, 0, durable.length, full, 0, durable.length);
        int draw = content == Luck.DRAWN ? random.nextInt(4) : content == Luck.ALL ? 1 : 0;
        if (draw == 0 || (draw > 1 && !grown)) {
            return durable;
        }
        if (draw == 1) {
            return full;
        }
        int torn = durable.length + random.nextInt(full.length - durable.length + 1);
        byte[] part = Arrays.copyOf(full, torn);
        return draw == 2 ? part : Arrays.copyOf(part, full.length);
    }

    private static void write(Inode inode, Path path, Map<Inode, Map<String, Inode>> tree, Map<Inode, byte[]> contents)
            throws IOException {
        for (Map.Entry<String, Inode> child : tree.getOrDefault(inode, Map.of()).entrySet()) {
            Path at = path.resolve(child.getKey());
            Path captured = child.getValue().captured;
            if (captured != null) {
                Files.createDirectory(at);
                copyFiles(captured, at);
            } else if (child.getValue().folder) {
                Files.createDirectory(at);
                write(child.getValue(), at, tree, contents);
            } else {
                byte[] bytes = contents.get(child.getValue());
                Files.write(at, bytes == null ? new byte[0] : bytes);
            }
        }
    }

    static void copyFiles(Path from, Path to) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(from)) {
            for (Path file : files) {
                Files.copy(file, to.resolve(String.valueOf(file.getFileName())));
            }
        }
    }
}
