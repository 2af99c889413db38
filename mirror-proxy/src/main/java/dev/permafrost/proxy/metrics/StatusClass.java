package dev.permafrost.proxy.metrics;

/** Classes of status codes (RFC 9110 §15), by number. */
final class StatusClass {
    /** What nginx writes where the client has left before there was an answer. */
    private static final int CLIENT_LEFT = 499;

    private static final String[] NAMES = {"1xx", "2xx", "3xx", "4xx", "5xx", "left", "other"};
    private static final int LEFT = 5;
    private static final int OTHER = 6;

    /** How many there are. */
    static final int COUNT = NAMES.length;

    private StatusClass() {}

    /** The class of a code. */
    static int of(int code) {
        if (code == CLIENT_LEFT) {
            return LEFT;
        }
        return code >= 100 && code < 600 ? code / 100 - 1 : OTHER;
    }

    /** Its name as a tag. */
    static String name(int statusClass) {
        return NAMES[statusClass];
    }
}
