package dev.permafrost.proxy.http;

/**
 * What all answers of a front end that are files have in common.
 *
 * @param copies how much of them is in memory
 * @param unreadable who tells of those that fail
 */
record FileTraffic(CopiesUnderWay copies, UnreadableFiles unreadable) {
    FileTraffic() {
        this(new CopiesUnderWay(), new UnreadableFiles());
    }
}
