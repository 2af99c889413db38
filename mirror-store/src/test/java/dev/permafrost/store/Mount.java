package dev.permafrost.store;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A file system that a test has to itself and that is unmounted after it. Needs root; without, the test is skipped. */
final class Mount implements AfterEachCallback {
    private final ArrayDeque<Path> mounted = new ArrayDeque<>();

    /** Mounts memory as a file system of that size. */
    Path tmpfs(Path folder, int sizeMebibytes) throws IOException {
        Files.createDirectories(folder);
        mount(folder, "mount", "-t", "tmpfs", "-o", "size=" + sizeMebibytes + "m", "tmpfs", folder.toString());
        return folder;
    }

    /** Mounts a file system of that type and size that lies in a file. */
    Path loop(Path folder, String type, int sizeMebibytes) throws IOException {
        Files.createDirectories(folder);
        Path image = folder.resolveSibling(folder.getFileName() + ".img");
        must("truncate", "-s", sizeMebibytes + "M", image.toString());
        must("mkfs." + type, "-q", image.toString());
        mount(folder, "mount", "-o", "loop", image.toString(), folder.toString());
        return folder;
    }

    /** Shows a folder a second time, and nothing can be written there. */
    Path readOnly(Path source, Path folder) throws IOException {
        Files.createDirectories(folder);
        mount(folder, "mount", "--bind", source.toString(), folder.toString());
        must("mount", "-o", "remount,ro,bind", folder.toString());
        return folder;
    }

    private void mount(Path folder, String... command) {
        must(command);
        mounted.push(folder);
    }

    private static void must(String... command) {
        String failure = run(command);
        if (!failure.isEmpty()) {
            System.out.println("skipped: " + failure);
        }
        assumeTrue(failure.isEmpty(), failure);
    }

    /** Runs a command; empty if it succeeds, else what failed. */
    private static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            boolean ended = process.waitFor(60, TimeUnit.SECONDS);
            return ended && process.exitValue() == 0 ? "" : String.join(" ", command) + " failed: " + said.strip();
        } catch (IOException e) {
            return List.of(command) + " can't be run: " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        while (!mounted.isEmpty()) {
            String failure = run("umount", mounted.pop().toString());
            if (!failure.isEmpty()) {
                throw new AssertionError(failure);
            }
        }
    }
}
