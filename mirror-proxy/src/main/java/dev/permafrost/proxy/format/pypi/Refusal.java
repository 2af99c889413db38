package dev.permafrost.proxy.format.pypi;

/**
 * Why something is not served.
 *
 * @param brief for the status line, in ASCII
 * @param text for people, on one line
 */
record Refusal(String brief, String text) {
    /** The same refusal, told in other words. */
    Refusal told(String words) {
        return new Refusal(brief, words);
    }
}
