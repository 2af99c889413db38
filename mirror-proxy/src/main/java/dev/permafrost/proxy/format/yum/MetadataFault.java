package dev.permafrost.proxy.format.yum;

import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import org.jspecify.annotations.Nullable;

/** What can be wrong with a repository's metadata, in words that name it. */
final class MetadataFault {
    private MetadataFault() {}

    /** The document, of that title, is not what it must be. */
    static StoreException invalid(String title, String why, @Nullable Throwable cause) {
        return new StoreException(FailureKind.UPSTREAM_INVALID, title + " is not usable: " + why, cause);
    }

    /** The document, of that title, is not what it must be. */
    static StoreException invalid(String title, String why) {
        return invalid(title, why, null);
    }

    /** The document, of that title, is beyond a limit. */
    static StoreException tooLarge(String title, String what) {
        return new StoreException(FailureKind.UPSTREAM_TOO_LARGE, title + " is refused: " + what);
    }
}
