package dev.permafrost.proxy.format.yum;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.permafrost.proxy.hosted.BlockWriter;
import dev.permafrost.proxy.hosted.RefusedUploadException;
import dev.permafrost.proxy.repo.BodySink;
import dev.permafrost.proxy.repo.Reply;
import dev.permafrost.proxy.repo.Reply.NotTaken.Reason;
import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.store.Incoming;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that is put to its path: it goes to the disk as it comes, and is looked at once it is whole. */
final class PackageUpload implements BodySink {
    private static final Logger log = LoggerFactory.getLogger(PackageUpload.class);

    private final HostedFiles files;
    private final UploadConfig config;
    private final String path;
    private final String by;
    private final Function<String, Optional<String>> trees;
    private final Runnable added;
    private @Nullable Incoming incoming;
    private @Nullable BlockWriter file;
    private @Nullable Reply reply;

    /**
     * An upload to come.
     *
     * @param files what takes it
     * @param path where it is to be
     * @param by who sends it, for the record
     * @param trees the directory of the tree that a path is in
     * @param added is told once there is one more
     */
    PackageUpload(
            HostedFiles files,
            UploadConfig config,
            String path,
            String by,
            Function<String, Optional<String>> trees,
            Runnable added) {
        this.files = files;
        this.config = config;
        this.path = path;
        this.by = by;
        this.trees = trees;
        this.added = added;
    }

    /** That a file is too long. */
    static Reply tooLong(UploadConfig config) {
        return new Reply.NotTaken(
                Reason.TOO_LARGE,
                "the file is longer than " + config.bytesMax() + " bytes, which is what uploads.bytes-max allows");
    }

    private @Nullable String tree(String at) {
        return trees.apply(at).map(PackageUpload::ofTree).orElse(null);
    }

    /** That what is in a tree is not ours to change. */
    static String ofTree(String dir) {
        return "the metadata of /" + dir + " is that of its folder, and is not changed here; change it there";
    }

    /** The answer, once the body has been taken, or it has been found that it won't be; null before that. */
    @Nullable Reply reply() {
        return reply;
    }

    @Override
    public void write(ByteBuffer bytes) {
        BlockWriter to = file;
        if (to == null) {
            Incoming begun = files.begin(path);
            incoming = begun;
            to = new BlockWriter(begun.staged());
            file = to;
        }
        if (to.takenBytes() + bytes.remaining() > config.bytesMax()) {
            reply = tooLong(config);
            throw new StoreException(FailureKind.BAD_REQUEST, "the file is too long");
        }
        to.write(bytes);
    }

    @Override
    public void end() {
        Incoming taken = incoming;
        BlockWriter written = file;
        if (taken == null || written == null) {
            reply = new Reply.NotTaken(Reason.INVALID, "the file is empty");
            return;
        }
        try {
            written.flush();
            String tree = tree(path);
            if (tree != null) {
                throw new RefusedUploadException(Reason.CONFLICT, tree);
            }
            HostedPackages.Added result = files.add(taken, there -> config.overwrite(), by);
            if (result.isNew()) {
                log.info("{} was added by {}", path, by);
                added.run();
                reply = new Reply.Created(
                        result.text() + "; clients see it once there is new metadata, which takes some seconds");
            } else {
                reply = new Reply.Text("text/plain; charset=utf-8", (result.text() + "\n").getBytes(UTF_8));
            }
        } catch (RefusedUploadException e) {
            reply = e.reply();
        } finally {
            abandon();
        }
    }

    /** Forgets the file, unless it has been taken. */
    @Override
    public void abandon() {
        Incoming begun = incoming;
        if (begun != null) {
            begun.discard();
        }
        incoming = null;
        file = null;
    }
}
