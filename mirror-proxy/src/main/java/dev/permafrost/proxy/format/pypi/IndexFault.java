package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import org.jspecify.annotations.Nullable;

/** What can be wrong with an index page as a whole, in words that name it. */
final class IndexFault {
    private IndexFault() {}

    /** The page is not, or not wholly, what an index page is. */
    static StoreException invalid(IndexSource source, String why, @Nullable Throwable cause) {
        return new StoreException(FailureKind.UPSTREAM_INVALID, page(source) + " is not a usable index: " + why, cause);
    }

    /** The page is beyond the limit of that name and value. */
    static StoreException tooLarge(IndexSource source, String what, String limit, long value) {
        return new StoreException(
                FailureKind.UPSTREAM_TOO_LARGE,
                page(source) + " has " + what + ", beyond the limit " + limit + " of " + value);
    }

    private static String page(IndexSource source) {
        return "upstream's " + source.title() + " ("
                + PlainText.quoted(LinkResolver.withoutUserInfo(source.base()).toString()) + ")";
    }
}
