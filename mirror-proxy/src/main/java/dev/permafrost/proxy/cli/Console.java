package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.config.MirrorConfig;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Where a verb's words go, and how numbers look in them. */
final class Console {
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};

    private final CommandLine command;
    private final PrintWriter out;
    private final PrintWriter err;

    private Console(CommandLine command) {
        this.command = command;
        this.out = command.getOut();
        this.err = command.getErr();
    }

    /** The streams of the command line that runs this. */
    static Console of(@Nullable CommandSpec spec) {
        if (spec == null) {
            throw new IllegalStateException("picocli sets the spec before it calls");
        }
        return new Console(spec.commandLine());
    }

    /** Shows how the command line is used. */
    void usage() {
        command.usage(err);
    }

    /** The command that is run. */
    CommandLine command() {
        return command;
    }

    PrintWriter out() {
        return out;
    }

    /** For what a program that reads the output does not want. */
    PrintWriter err() {
        return err;
    }

    /** Runs a verb and shows its progress. */
    Map<String, Object> run(Path root, String verb, Map<String, String> arguments) {
        return run(root, null, verb, arguments);
    }

    /** Runs a verb that is about repositories, and shows its progress. */
    Map<String, Object> run(MirrorConfig config, String verb, Map<String, String> arguments) {
        return run(config.data().toAbsolutePath().normalize(), config, verb, arguments);
    }

    private Map<String, Object> run(
            Path root, @Nullable MirrorConfig config, String verb, Map<String, String> arguments) {
        ProgressLine progress = new ProgressLine(err);
        try {
            return StoreVerb.run(root, config, verb, arguments, progress);
        } finally {
            progress.end();
        }
    }

    static long number(@Nullable Object value) {
        return value instanceof Number n ? n.longValue() : 0;
    }

    /** A number of bytes for people: {@code 3.5 GiB}. */
    static String size(@Nullable Object bytes) {
        double value = number(bytes);
        int unit = 0;
        while (value >= 1024 && unit < UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        return unit == 0 ? (long) value + " bytes" : String.format(Locale.ROOT, "%.1f %s", value, UNITS[unit]);
    }
}
