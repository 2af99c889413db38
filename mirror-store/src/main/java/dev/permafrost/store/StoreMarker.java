package dev.permafrost.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;

/** The file that makes a folder a store and says in which format. */
final class StoreMarker {
    static final String FILE_NAME = "permafrost-store";
    private static final int FORMAT = 1;
    private static final String PREFIX = "format ";
    private static final long MARKER_BYTES_MAX = 4096;

    private static final String NEXT = "." + FILE_NAME + ".next";

    /**
     * What may lie in a folder that is to become a store: our own first steps, what mkfs leaves on a new disk, and a root with its
     * certificates, keys that are trusted, and wishes, which may be there before the first server.
     */
    private static final Set<String> HARMLESS =
            Set.of(MirrorStore.LOCK_FILE, NEXT, "lost+found", "tls", "keys", "wishes.json", "wishes.lock");

    private StoreMarker() {}

    static boolean isStore(Path root) {
        return Files.isRegularFile(root.resolve(FILE_NAME));
    }

    /** Checks that the folder is a store of a format that this program knows. */
    static void check(Path root) throws IOException {
        Path file = root.resolve(FILE_NAME);
        try {
            String text = Files.size(file) > MARKER_BYTES_MAX
                    ? ""
                    : Files.readString(file).strip();
            int format = text.startsWith(PREFIX) ? Integer.parseInt(text.substring(PREFIX.length())) : 0;
            if (format > FORMAT) {
                throw new StoreException(
                        FailureKind.STORE_TOO_NEW,
                        root + " is a store of format " + format + ", and this program knows up to " + FORMAT
                                + "; use the program that wrote it, or a newer one");
            }
            if (format < 1) {
                throw corrupt(file);
            }
        } catch (NumberFormatException | CharacterCodingException e) {
            throw corrupt(file);
        } catch (NoSuchFileException e) {
            throw new StoreException(
                    FailureKind.STORE_MISSING,
                    "there is no store in " + root + "; make one with: permafrost serve --data " + root,
                    e);
        }
    }

    /** Makes an empty folder a store; refuses a folder with other things in it. */
    static void create(Path root, FileOps ops) throws IOException {
        requireOnly(root, Set.of());
        mark(root, ops);
    }

    /** Sees to it that there is nothing in a folder that is to become a store but these names, and what is harmless. */
    static void requireOnly(Path root, Set<String> names) throws IOException {
        try (Stream<Path> there = Files.list(root)) {
            String stranger = there.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> !HARMLESS.contains(name) && !names.contains(name))
                    .findAny()
                    .orElse(null);
            if (stranger != null) {
                throw new StoreException(
                        FailureKind.STORE_MISSING,
                        root + " is not a Permafrost store, and not empty (there is " + stranger
                                + "); give --data an empty folder or one that is not there yet");
            }
        }
    }

    /** Makes a folder a store, whatever is in it. */
    static void mark(Path root, FileOps ops) throws IOException {
        Path next = root.resolve(NEXT);
        ops.delete(next);
        try (FileOps.WritableFile out = ops.create(next)) {
            out.write(ByteBuffer.wrap((PREFIX + FORMAT + "\n").getBytes(UTF_8)));
            out.sync();
        }
        ops.rename(next, root.resolve(FILE_NAME));
        ops.syncDirectory(root);
    }

    private static StoreException corrupt(Path file) {
        return new StoreException(
                FailureKind.STORE_CORRUPT, file + " does not say which format the store has; is it damaged?");
    }
}
