package dev.permafrost.proxy.format.yum.rpm;

import org.jspecify.annotations.Nullable;

/** A file is no RPM, or one that can't be listed. The message names the file, says why, and what to do about it. */
public final class BadRpmException extends Exception {
    private static final long serialVersionUID = 1;

    BadRpmException(String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
    }

    /** The file, of that title, is damaged or no RPM at all. */
    static BadRpmException broken(String title, String why) {
        return new BadRpmException(title + " is no usable RPM: " + why + "; fetch it again, or leave it out", null);
    }

    /** The file, of that title, is beyond a limit. */
    static BadRpmException tooLarge(String title, String what) {
        return new BadRpmException(
                title + " is not listed: " + what + "; it is damaged or hostile, and has to be left out", null);
    }
}
