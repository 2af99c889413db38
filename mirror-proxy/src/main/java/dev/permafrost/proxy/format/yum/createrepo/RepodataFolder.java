package dev.permafrost.proxy.format.yum.createrepo;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.permafrost.proxy.format.yum.Repomd;
import dev.permafrost.proxy.format.yum.createrepo.CreaterepoOptions.Retention;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
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
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
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
    static final String KEY = "repomd.xml.key";
    private static final int ATTEMPTS = 10;
    private static final String LOCK = ".permafrost.lock";
    private static final Pattern LIST =
            Pattern.compile("(?:[0-9a-f]{32,128}-)?((?:primary|filelists|other)\\.(?:xml|sqlite))(\\..*)?");

    private final Path folder;
    private final Path anew;
    private final FileChannel channel;
    private final FileLock lock;
    private final Consumer<String> warnings;
    private boolean published;

    private RepodataFolder(Path folder, Path anew, FileChannel channel, FileLock lock, Consumer<String> warnings) {
        this.folder = folder;
        this.anew = anew;
        this.channel = channel;
        this.lock = lock;
        this.warnings = warnings;
    }

    /**
     * Begins to make it anew below that folder.
     *
     * @param warnings is told of what goes wrong after all is in place
     * @throws StoreException STORE_LOCKED if somebody else is at it
     */
    static RepodataFolder begin(Path out, boolean ignoreLock, Consumer<String> warnings) throws IOException {
        Path anew = out.resolve(".repodata");
        for (int i = 0; i < ATTEMPTS; i++) {
            try {
                Files.createDirectory(anew);
            } catch (FileAlreadyExistsException e) {
                if (!ignoreLock && !Files.exists(anew.resolve(LOCK))) {
                    throw locked(anew);
                }
            }
            RepodataFolder begun = locking(out, anew, warnings);
            if (begun != null) {
                return begun;
            }
        }
        throw locked(anew);
    }

    /** Takes the lock; null where whoever had it took its file away meanwhile. */
    private static @Nullable RepodataFolder locking(Path out, Path anew, Consumer<String> warnings) throws IOException {
        Path file = anew.resolve(LOCK);
        FileChannel channel;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        } catch (NoSuchFileException e) {
            return null;
        }
        boolean kept = false;
        try {
            FileLock lock = lock(channel);
            if (lock == null) {
                throw locked(anew);
            }
            if (isStill(file, channel)) {
                clear(anew);
                kept = true;
                return new RepodataFolder(out.resolve("repodata"), anew, channel, lock, warnings);
            }
            return null;
        } finally {
            if (!kept) {
                channel.close();
            }
        }
    }

    /** Whether the file that is open is the one of that name: what is written to the one is read from the other. */
    static boolean isStill(Path file, FileChannel open) throws IOException {
        String token = UUID.randomUUID().toString();
        open.truncate(0);
        open.write(ByteBuffer.wrap(token.getBytes(US_ASCII)), 0);
        try {
            return Files.readString(file, US_ASCII).equals(token);
        } catch (NoSuchFileException e) {
            return false;
        }
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

    /**
     * The metadata that is there now; empty where there is none that can be read.
     *
     * @param needed whether something is taken from it
     * @throws StoreException BAD_REQUEST if something is, and it can't be read
     */
    Optional<Repomd> current(boolean needed) throws IOException {
        Path file = folder.resolve(REPOMD);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            Repomd repomd = Repomd.read(Files.readAllBytes(file), file.toString());
            if (needed) {
                repomd.warnings().forEach(warnings);
            }
            return Optional.of(repomd);
        } catch (StoreException e) {
            if (needed) {
                throw new StoreException(
                        FailureKind.BAD_REQUEST,
                        "the metadata at hand can't be read, and with --update groups, modules and the like that it names would be lost ("
                                + e.getMessage() + "); restore it, or run this without --update",
                        e);
            }
            warnings.accept("the metadata before can't be read, and its files stay, but for lists: " + e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Puts the new files in place, and takes away lists of packages, and what the metadata before named.
     *
     * @param names of files that stay or come, {@code repomd.xml} aside
     * @param signed whether there is a signature among the new files
     * @param retention which old files stay
     */
    void publish(Optional<Repomd> before, Set<String> names, boolean signed, Retention retention) throws IOException {
        Files.createDirectories(folder);
        Path parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
            force(parent);
        }
        for (Path file : files(anew)) {
            if (names.contains(name(file))) {
                move(file);
            }
        }
        force(folder);
        move(anew.resolve(REPOMD));
        if (signed) {
            move(anew.resolve(SIGNATURE));
            move(anew.resolve(KEY));
        } else {
            // they are of the one before
            Files.deleteIfExists(folder.resolve(SIGNATURE));
            Files.deleteIfExists(folder.resolve(KEY));
        }
        force(folder);
        published = true;
        try {
            for (String name : old(before, names, retention)) {
                Files.deleteIfExists(folder.resolve(name));
            }
        } catch (IOException e) {
            warnings.accept("old metadata in " + folder + " can't be deleted, which does no harm: " + e);
        }
    }

    /** The names of files that nobody needs any more. */
    private Set<String> old(Optional<Repomd> before, Set<String> names, Retention retention) throws IOException {
        List<Path> lists = new ArrayList<>();
        for (Path file : files(folder)) {
            if (LIST.matcher(name(file)).matches() && !names.contains(name(file))) {
                lists.add(file);
            }
        }
        Set<String> old = new HashSet<>();
        lists.forEach(file -> old.add(name(file)));
        before.ifPresent(repomd -> repomd.records()
                .forEach(record -> old.add(record.location().path().replaceFirst("^.*/", ""))));
        old.removeAll(names);
        old.removeIf(name -> name.isEmpty() || name.startsWith(REPOMD));
        lists.sort(Comparator.comparing((Path file) -> file.toFile().lastModified())
                .reversed()
                .thenComparing(Path::toString));
        Map<String, Integer> counts = new HashMap<>();
        for (Path file : lists) {
            String kind = LIST.matcher(name(file)).replaceFirst("$1");
            if (counts.merge(kind, 1, Integer::sum) <= retention.newest()) {
                old.remove(name(file));
            }
        }
        long oldest = System.currentTimeMillis() - TimeUnit.SECONDS.toMillis(retention.seconds());
        if (retention.seconds() > 0) {
            old.removeIf(name -> folder.resolve(name).toFile().lastModified() >= oldest);
        }
        return old;
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
        try (channel) {
            clear(anew);
            Files.deleteIfExists(anew.resolve(LOCK));
            Files.deleteIfExists(anew);
            lock.release();
        } catch (IOException e) {
            if (!published) {
                throw e;
            }
            warnings.accept(anew + " can't be deleted, and is taken over by the next run: " + e);
        }
    }
}
