package dev.permafrost.store.blob;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Files that share their blocks. The JDK has no call for that, so it goes by {@code cp --reflink=always}. */
public final class Reflink {
    private static final long CP_TIMEOUT_SECONDS = 600;

    private Reflink() {}

    /**
     * Runs it in a folder. Blocks.
     *
     * @param arguments all that follows {@code --reflink=always}
     * @return whether it did all of it; the file system may not be able to, and there may be no such command
     */
    public static boolean cp(Path folder, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("cp", "--reflink=always"));
        command.addAll(arguments);
        Process cp;
        try {
            cp = new ProcessBuilder(command)
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException noSuchCommand) {
            return false;
        }
        try {
            if (cp.waitFor(CP_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                return cp.exitValue() == 0;
            }
            cp.destroyForcibly();
            throw new IOException("cp --reflink=always did not end within " + CP_TIMEOUT_SECONDS + " s");
        } catch (InterruptedException e) {
            cp.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
