package dev.permafrost.proxy.format.yum;

/** A value that a package or a file can't have, in words that follow the name of what has it. */
public final class OddValueException extends Exception {
    private static final long serialVersionUID = 1;

    OddValueException(String why) {
        super(why, null, false, false);
    }

    /** Why it can't. */
    public String why() {
        return String.valueOf(getMessage());
    }
}
