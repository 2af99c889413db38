package dev.permafrost.proxy.format.yum.createrepo;

import dev.permafrost.proxy.format.yum.Repomd;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/*
 * New metadata is written beside the old, in .repodata, which is createrepo_c's lock too: who finds that folder leaves it alone. One that we
 * left behind when we were killed is told from one that is in use by a lock on a file in it.
 *
 * What is finished is moved into repodata file by file, repomd.xml last, by a rename; only then are the old files deleted. So there is a
 * repomd.xml at every moment, and all that it names, where names begin with checksums.
 */
/** The folder {@code repodata}, and the one beside it where it is made anew. */
final class RepodataFolder implements AutoCloseable {
    static final String REPOMD = "repomd.xml";
    static final String SIGNATURE = "repomd.xml.asc";
    private static final String LOCK = ".permafrost.lock";
    private static final Pattern LIST =
            Pattern.compile("(?:[0-9a-f]{32,128}-)?((?:primary|filelists|other)\\.(?:xml|sqlite))(\\..*)?");

    private final Path folder;
    private final Path anew;
    private final FileChannel channel;
    private final FileLock lock;

    private RepodataFolder(Path folder, Path anew, FileChannel channel, FileLock lock) {
        this.folder = folder;
        this.anew = anew;
        this.channel = channel;
        this.lock = lock;
    }

    /**
     * Begins to make it anew below that folder.
     *
     * @throws StoreException STORE_LOCKED if somebody else is at it
     */
    static RepodataFolder begin(Path out, boolean ignoreLock) throws IOException {
        Path anew = out.resolve(".repodata");
        try {
            Files.createDirectory(anew);
        } catch (FileAlreadyExistsException e) {
            if (!ignoreLock && !Files.exists(anew.resolve(LOCK))) {
                throw locked(anew);
            }
        }
        FileChannel channel = FileChannel.open(
                anew.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = lock(channel);
        if (lock == null) {
            channel.close();
            throw locked(anew);
        }
        clear(anew);
        return new RepodataFolder(out.resolve("repodata"), anew, channel, lock);
    }

    private static @Nullable FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static StoreException locked(Path anew) {
        return new StoreException(
                FailureKind.STORE_LOCKED,
                anew
                        + " is there, so createrepo seems to be at work on this folder; wait for it, or, if none runs, remove that"
                        + " folder or add --ignore-lock");
    }

    /** Where new files are written. */
    Path anew() {
        return anew;
    }

    /** Where they go. */
    Path folder() {
        return folder;
    }

    /** The metadata that is there now; empty where there is none that can be read. */
    Optional<Repomd> current() throws IOException {
        Path file = folder.resolve(REPOMD);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Repomd.read(Files.readAllBytes(file), file.toString()));
        } catch (StoreException e) {
            return Optional.empty();
        }
    }

    /**
     * Puts the new files in place, and takes away those that the metadata before named.
     *
     * @param names of files that stay or come, {@code repomd.xml} aside
     * @param signed whether there is a signature among the new files
     * @param retained how many old files of each list stay
     */
    void publish(Optional<Repomd> before, Set<String> names, boolean signed, int retained) throws IOException {
        Files.createDirectories(folder);
        for (Path file : files(anew)) {
            String name = name(file);
            if (!name.equals(REPOMD) && !name.equals(SIGNATURE) && !name.equals(LOCK)) {
                move(file);
            }
        }
        force(folder);
        move(anew.resolve(REPOMD));
        if (signed) {
            move(anew.resolve(SIGNATURE));
        } else {
            // it is of the one before
            Files.deleteIfExists(folder.resolve(SIGNATURE));
        }
        force(folder);
        Set<String> old = new HashSet<>();
        before.ifPresent(repomd -> repomd.records()
                .forEach(record -> old.add(record.location().path().replaceFirst("^.*/", ""))));
        old.removeAll(names);
        for (String name : old) {
            if (!kept(retained, names).contains(name)) {
                Files.deleteIfExists(folder.resolve(name));
            }
        }
    }

    /** The newest files of each list that are not the new ones. */
    private Set<String> kept(int retained, Set<String> names) throws IOException {
        if (retained <= 0) {
            return Set.of();
        }
        List<Path> lists = new ArrayList<>();
        for (Path file : files(folder)) {
            if (LIST.matcher(name(file)).matches() && !names.contains(name(file))) {
                lists.add(file);
            }
        }
        lists.sort(Comparator.comparing((Path file) -> file.toFile().lastModified())
                .reversed()
                .thenComparing(Path::toString));
        Set<String> kept = new HashSet<>();
        Map<String, Integer> counts = new HashMap<>();
        for (Path file : lists) {
            String kind = LIST.matcher(name(file)).replaceFirst("$1");
            if (counts.merge(kind, 1, Integer::sum) <= retained) {
                kept.add(name(file));
            }
        }
        return kept;
    }

    private void move(Path file) throws IOException {
        Files.move(
                file, folder.resolve(name(file)), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void force(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder)) {
            channel.force(true);
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }

    private static void clear(Path anew) throws IOException {
        for (Path file : files(anew)) {
            if (!name(file).equals(LOCK)) {
                Files.delete(file);
            }
        }
    }

    /** Takes away what was not put in place. */
    @Override
    public void close() throws IOException {
        clear(anew);
        Files.deleteIfExists(anew.resolve(LOCK));
        lock.release();
        channel.close();
        Files.deleteIfExists(anew);
    }
}
