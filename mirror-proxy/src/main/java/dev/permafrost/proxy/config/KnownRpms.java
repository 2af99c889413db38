package dev.permafrost.proxy.config;

import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.setup.RpmSetup;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The repositories of RPMs that a configuration has, as clients are told of them. */
public final class KnownRpms {
    private KnownRpms() {}

    /** One for each mount, in the order in which they are written; not those that others have their keys in. */
    public static List<RpmSetup.Repository> of(MirrorConfig config) {
        List<RpmSetup.Repository> all = new ArrayList<>();
        List<String> keys = config.repositories().values().stream()
                .flatMap(repository -> repository.yum().keys().stream())
                .toList();
        config.repositories().values().stream()
                .filter(RepositoryConfig::isYum)
                .forEach(repository -> repository.yum().mounts().keySet().forEach(mount -> {
                    String path = repository.yum().path();
                    String below = path.isEmpty() ? repository.name() + "/" : path.substring(1);
                    String words = words(mount);
                    if (keys.stream().anyMatch(key -> key.startsWith("/" + below + mount))) {
                        return;
                    }
                    all.add(new RpmSetup.Repository(
                            repository.name() + (words.isEmpty() ? "" : "-" + words),
                            below + mount,
                            mount.indexOf('$') < 0,
                            repository.yum().keys()));
                }));
        return all;
    }

    /** What of a mount is no variable. */
    private static String words(String mount) {
        return Arrays.stream(mount.split("/", -1))
                .filter(segment -> !segment.isEmpty() && !segment.startsWith("$"))
                .collect(Collectors.joining("-"));
    }
}
