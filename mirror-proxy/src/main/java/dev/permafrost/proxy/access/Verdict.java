package dev.permafrost.proxy.access;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What a guard says to somebody who wants to do something. */
public sealed interface Verdict {
    /** Go ahead. The user is null where nobody was asked for a login. */
    record Allowed(@Nullable String user) implements Verdict {}

    /** A login is needed, and none was given, or one that is wrong. */
    record LoginNeeded() implements Verdict {}

    /** The login is right, and this user may not do that. */
    record Forbidden(String user) implements Verdict {}

    /** Nobody may do that, whoever asks. */
    record ForNobody() implements Verdict {}

    /** Too many wrong logins came from that address; the next one counts after so many seconds. */
    record Throttled(int seconds) implements Verdict {}

    /** More logins are being checked than the limits allow. */
    record Busy() implements Verdict {}

    /** The login is being checked; the verdict comes on another thread, is none of these, and never fails. */
    record Pending(CompletionStage<Verdict> verdict) implements Verdict {}
}
