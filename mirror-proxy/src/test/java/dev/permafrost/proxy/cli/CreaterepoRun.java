package dev.permafrost.proxy.cli;

import dev.permafrost.proxy.format.yum.createrepo.CreaterepoOptions;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** What became of {@code permafrost createrepo}: its status, and what it said. */
public record CreaterepoRun(int status, String out, String err) {
    /** Runs it on a folder, the metadata going to another one. */
    public static CreaterepoRun of(Path folder, Path to, String... options) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int status = Main.line()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(words(folder, to, options));
        return new CreaterepoRun(status, out.toString(), err.toString());
    }

    /** What it would be told to do. */
    public static CreaterepoOptions options(Path folder, Path to) {
        CreaterepoCommand command = new CreaterepoCommand();
        new CommandLine(command).parseArgs(folder.toString(), "-o", to.toString());
        return command.options();
    }

    private static String[] words(Path folder, Path to, String... options) {
        List<String> words = new ArrayList<>(List.of("createrepo", folder.toString(), "-o", to.toString()));
        words.addAll(List.of(options));
        return words.toArray(String[]::new);
    }
}
