package dev.permafrost.proxy.hosted;

import dev.permafrost.proxy.repo.Published;
import dev.permafrost.proxy.repo.Publishing;
import dev.permafrost.proxy.repo.Reply.NotTaken.Reason;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.MirrorStore;
import dev.permafrost.store.View;
import dev.permafrost.store.blob.Taking;
import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes files of folders into a repository: each is read once, by a clone or a link where that is possible, and not again while it does
 * not change. What a file has to be, and what it is taken as, the repository's format says. Blocks.
 */
public final class FileIntake {
    private static final Logger log = LoggerFactory.getLogger(FileIntake.class);

    private final MirrorStore store;
    private final Keeper keeper;
    private final PublishedFiles published;

    /** A file that may be taken. */
    public interface Candidate {
        /** Begins to take it in. */
        Incoming begin() throws RefusedUploadException;

        /**
         * Adds it, once its bytes are all there, and says what came of it.
         *
         * @param before what the repository took of it when it was taken last, where that was another
         */
        String add(Incoming incoming, @Nullable Digest before, String by) throws RefusedUploadException;
    }

    /** The repository that takes them. */
    public interface Keeper {
        /**
         * What a file would be taken as.
         *
         * @throws RefusedUploadException if it is certain that it won't be
         */
        Candidate candidate(Path file, Publishing how) throws IOException, RefusedUploadException;

        /** SHA-256 of what the repository has in that file's place; empty where it has nothing there. */
        Optional<Digest> there(Path file, Publishing how);

        /** What was linked is lost, since the file was written to: lets go of what it was taken as. */
        void lost(Path file, Publishing how, Digest digest, String by);

        /** Whether a file may take the place of another that was taken from the same. */
        boolean overwrites();
    }

    /** What takes files into a repository. */
    public FileIntake(String repository, MirrorStore store, Keeper keeper) {
        this.store = store;
        this.keeper = keeper;
        this.published = new PublishedFiles(repository, store);
    }

    /** Takes a file, as {@link dev.permafrost.proxy.repo.Hosting#publish} does. One at a time, whoever asks: a file is not read by two. */
    public synchronized Published publish(Path file, Publishing how, String by) {
        Path path = file.toAbsolutePath().normalize();
        try {
            FileStamp stamp = FileStamp.of(path);
            PublishedFiles.Row known = seen(view -> published.row(view, path)).orElse(null);
            if (known != null && known.stamp().equals(stamp) && stands(path, known, how)) {
                return known.refused() == null
                        ? new Published(Published.Outcome.HERE, false, name(path) + " is here already")
                        : new Published(Published.Outcome.REFUSED, false, known.refused());
            }
            boolean spoiled = known != null
                    && known.linked()
                    && known.stamp().isSameFile(stamp)
                    && isDropped(path, how, known.digest(), by);
            if (spoiled && !keeper.overwrites()) {
                String why =
                        "it was written to after it had been linked, and what was published under its name is lost; give it"
                                + " another version, or touch it to have it published as it is now";
                published.put(path, PublishedFiles.Row.refused(stamp, why, false));
                return new Published(Published.Outcome.REFUSED, true, why);
            }
            return read(path, stamp, known == null ? null : known.digest(), how, by);
        } catch (IOException e) {
            throw new StoreException(FailureKind.BAD_REQUEST, file + " can't be read: " + e.getMessage(), e);
        }
    }

    /** Whether what was found of a file still holds: nothing of the file has changed, and of the repository nothing that matters. */
    private boolean stands(Path file, PublishedFiles.Row known, Publishing how) {
        if (known.refused() != null) {
            return !known.conflict() || keeper.there(file, how).isPresent();
        }
        return !how.restores()
                || keeper.there(file, how)
                        .filter(there -> Objects.equals(there, known.digest()))
                        .isPresent();
    }

    /** What was linked is what the store holds: whoever wrote to it has spoiled what is published under its name. */
    private boolean isDropped(Path file, Publishing how, @Nullable Digest digest, String by) {
        if (digest == null || !store.dropIfDamaged(digest)) {
            return false;
        }
        keeper.lost(file, how, digest, by);
        log.error(
                "{} was written to after it had been linked, and what was published under its name is lost; publish files"
                        + " that are written to without links",
                file);
        return true;
    }

    private Published read(Path file, FileStamp stamp, @Nullable Digest before, Publishing how, String by)
            throws IOException {
        String filename = name(file);
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
        Incoming incoming = null;
        boolean linked = false;
        boolean added = false;
        try {
            Candidate candidate = keeper.candidate(file, how);
            incoming = candidate.begin();
            linked = incoming.staged().take(file, how.links() ? Taking.LINK : Taking.CLONE) == Taking.LINK;
            if (FileStamp.of(file).hasSameBytes(stamp)) {
                String text = candidate.add(incoming, before, by);
                added = true;
                remember(file, stamp, how, linked);
                return new Published(Published.Outcome.HERE, true, text);
            }
            return new Published(Published.Outcome.UNSETTLED, true, filename + " is being written");
        } catch (RefusedUploadException e) {
            giveBack(incoming, linked, file, permissions);
            linked = false;
            String why = String.valueOf(e.getMessage());
            if (e.isPassing()) {
                return new Published(Published.Outcome.UNSETTLED, true, why);
            }
            FileStamp now = FileStamp.of(file);
            if (now.hasSameBytes(stamp)) {
                published.put(file, PublishedFiles.Row.refused(now, why, e.reason() == Reason.CONFLICT));
            }
            return new Published(Published.Outcome.REFUSED, true, why);
        } finally {
            giveBack(incoming, linked && !added, file, permissions);
        }
    }

    /** Leaves a file that is not taken as it was. */
    private static void giveBack(
            @Nullable Incoming incoming, boolean linked, Path file, Set<PosixFilePermission> permissions)
            throws IOException {
        if (incoming != null) {
            incoming.discard();
        }
        if (linked) {
            Files.setPosixFilePermissions(file, permissions);
        }
    }

    private void remember(Path file, FileStamp before, Publishing how, boolean linked) throws IOException {
        FileStamp now = FileStamp.of(file);
        Digest digest = keeper.there(file, how).orElse(null);
        if (digest != null && now.hasSameBytes(before)) {
            published.put(file, PublishedFiles.Row.taken(now, digest, linked));
        }
    }

    /** The files in a folder, and in those below, that were taken. */
    public List<Path> published(Path folder) {
        return seen(view -> published.taken(view, folder.toAbsolutePath().normalize()));
    }

    /** Remembers that a file is published otherwise, as it is now. */
    public void note(Path file, Digest digest) throws IOException {
        Path path = file.toAbsolutePath().normalize();
        published.put(path, PublishedFiles.Row.taken(FileStamp.of(path), digest, false));
    }

    /** Remembers nothing of a file any more. */
    public void forget(Path file) {
        published.drop(file.toAbsolutePath().normalize());
    }

    /** Sees what there is at this moment. */
    private <T> T seen(Function<View, T> look) {
        View view = store.view();
        if (!view.tryRetain()) {
            throw new StoreException(FailureKind.SHUTTING_DOWN, "the store is closed");
        }
        try {
            return look.apply(view);
        } finally {
            view.release();
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
