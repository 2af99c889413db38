package dev.permafrost.proxy.journey;

import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.Subprocess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** An upstream of real packages, with metadata by createrepo_c that nobody has signed. */
final class RpmOrigin {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private RpmOrigin() {}

    /** Puts packages, and the key that signed them, to {@code /up/7/<repository>/x86_64/}. */
    static void publish(ScriptedUpstream upstream, Path scratch, String repository, List<Path> packages, String key)
            throws IOException {
        Path tree = Files.createDirectories(scratch.resolve("tree-" + repository));
        for (Path file : packages) {
            Files.copy(file, tree.resolve(file.getFileName()));
        }
        Files.copy(RpmData.path("centos-release-and-keys/" + key), tree.resolve(key));
        Subprocess.command("createrepo_c", "-q", tree.toString()).run(PATIENCE).orFail();
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                upstream.on("/up/7/" + repository + "/x86_64/" + tree.relativize(file))
                        .file(bytes, '"' + RpmTree.sha256(bytes) + '"');
            }
        }
    }
}
