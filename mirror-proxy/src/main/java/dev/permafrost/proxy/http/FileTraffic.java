package dev.permafrost.proxy.http;

import java.util.concurrent.Executor;

/**
 * What all answers of a front end that are files have in common.
 *
 * @param copies how much of them is in memory
 * @param unreadable who tells of those that fail
 * @param coldReads who reads what may have to wait for the disk
 */
record FileTraffic(CopiesUnderWay copies, UnreadableFiles unreadable, ColdReads coldReads) {
    /** With so many of that pool's threads for files that are not in memory. */
    FileTraffic(Executor pool, int readsAtOnceMax) {
        this(new CopiesUnderWay(), new UnreadableFiles(), new ColdReads(pool, readsAtOnceMax));
    }
}
