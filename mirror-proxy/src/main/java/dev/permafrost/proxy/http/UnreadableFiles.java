package dev.permafrost.proxy.http;

import dev.permafrost.proxy.repo.RequestKind;
import dev.permafrost.proxy.repo.Tail;
import dev.permafrost.store.blob.FileBlobStore;
import dev.permafrost.store.blob.OpenBlob;
import dev.permafrost.store.model.Digest;
import io.netty.channel.unix.Errors;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator of held files that could not be read to their end while they were being sent: a line a minute for each, and for
 * no more than {@value #FILES_MAX} of them, since a disk that dies takes many with it. For any thread.
 */
final class UnreadableFiles {
    private static final Logger log = LoggerFactory.getLogger(UnreadableFiles.class);
    private static final long EVERY_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int FILES_MAX = 20;

    private final LongSupplier nanos;
    /** When they were last told of, the longest ago first. */
    private final Map<Digest, Long> told = new LinkedHashMap<>();

    private long untold;

    UnreadableFiles() {
        this(System::nanoTime);
    }

    /** With that clock, in nanoseconds. */
    UnreadableFiles(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * Says that an answer was cut off, if that is for its file's sake.
     *
     * @param why what sending it failed with, which may be the client's doing
     * @param sentBytes of the part of the file that was being sent
     * @param partBytes how long that part is
     */
    void tell(Exchange exchange, Tail file, Throwable why, long sentBytes, long partBytes) {
        String fault = fault(file, why);
        if (fault == null) {
            return;
        }
        OpenBlob blob = file instanceof WholeFile whole ? whole.blob() : null;
        long before = blob == null ? 0 : turn(blob.digest());
        if (before < 0) {
            return;
        }
        Mount mount = exchange.mount();
        log.warn(
                "{}{} can't be read to its end: {}. {} was cut off after {} of {} bytes. {}{}",
                mount == null ? "" : mount.name() + ": ",
                exchange.request().uri(),
                fault,
                exchange.client(),
                sentBytes,
                partBytes,
                remedy(exchange.kind(), blob),
                before == 0 ? "" : "; " + before + " more such failures have not been told of");
    }

    /** How many have been left out before this one is told of; -1 where it is left out itself. */
    private synchronized long turn(Digest digest) {
        long now = nanos.getAsLong();
        told.values().removeIf(last -> now - last >= EVERY_NANOS);
        if (told.containsKey(digest) || told.size() >= FILES_MAX) {
            untold++;
            return -1;
        }
        told.put(digest, now);
        long before = untold;
        untold = 0;
        return before;
    }

    /** What is wrong with a file; null where it is the client that is gone. */
    private static @Nullable String fault(Tail file, Throwable why) {
        try {
            long size = file.channel().size();
            if (size < file.readableBytes()) {
                return "there are " + size + " bytes on the disk where there should be " + file.readableBytes();
            }
        } catch (IOException e) {
            return e.toString();
        }
        boolean files = why instanceof UnreadableException
                || (why instanceof Errors.NativeIoException error && isOfFiles(-error.expectedErr()));
        return files ? String.valueOf(why.getMessage()) : null;
    }

    /** Whether Linux says that of files, and never of connections. */
    private static boolean isOfFiles(int errno) {
        return switch (errno) {
            // EIO, ENXIO, ENODEV, EBADMSG, ESTALE, EUCLEAN, EREMOTEIO, ENOMEDIUM
            case 5, 6, 19, 74, 116, 117, 121, 123 -> true;
            default -> false;
        };
    }

    private static String remedy(RequestKind kind, @Nullable OpenBlob blob) {
        if (blob == null || kind != RequestKind.FILE) {
            return "See the kernel's log for errors of the disk; the file is made anew when the server starts";
        }
        return "It is blob " + blob.digest().hex()
                + ": see the kernel's log for errors of the disk, stop the server, delete "
                + FileBlobStore.relativePath(blob.digest())
                + " in its data, and start it: what has an upstream is fetched"
                + " again when it is asked for, anything else must be put there from another copy of the store";
    }
}
