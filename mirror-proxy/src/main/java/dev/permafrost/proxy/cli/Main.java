package dev.permafrost.proxy.cli;

import java.nio.file.Path;
import java.util.Arrays;

/** Stands in for the command line. */
public final class Main {
    private Main() {}

    /** Says what it was given. */
    public static void main(String[] args) throws Exception {
        System.out.println("permafrost 0.1.0-SNAPSHOT (Java "
                + Runtime.version().feature() + ") " + Path.of("").toAbsolutePath() + " " + Arrays.toString(args));
    }
}
