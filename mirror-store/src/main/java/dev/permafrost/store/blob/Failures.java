package dev.permafrost.store.blob;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Locale;

/** Turns what the file system says into the store's vocabulary. */
public final class Failures {
    private Failures() {}

    /** A failed operation on a file: which, why, and what to do about it. */
    public static StoreException of(String what, Path file, IOException cause) {
        String reason = reason(cause);
        String text = what + " " + file + ": " + reason;
        String lower = reason.toLowerCase(Locale.ROOT);
        if (lower.contains("no space left") || lower.contains("quota exceeded")) {
            return new StoreException(
                    FailureKind.DISK_FULL,
                    text + ". Free some space on that disk; what is stored stays readable meanwhile",
                    cause);
        }
        if (lower.contains("read-only file system")) {
            return new StoreException(
                    FailureKind.STORE_READ_ONLY,
                    text + ". Serve a store on a read-only medium with: permafrost serve --frozen",
                    cause);
        }
        return new StoreException(FailureKind.DISK_FAILED, text, cause);
    }

    private static String reason(IOException cause) {
        if (cause instanceof FileSystemException e && e.getReason() != null) {
            return e.getReason();
        }
        String message = cause.getMessage();
        String type = cause.getClass().getSimpleName();
        return message == null ? type : type.equals("IOException") ? message : type + " " + message;
    }
}
