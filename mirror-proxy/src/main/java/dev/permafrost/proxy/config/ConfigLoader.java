package dev.permafrost.proxy.config;

import dev.permafrost.proxy.repo.RepositoryConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the configuration: the file, over it the {@code --set} values, over those the options of their own. */
public final class ConfigLoader {
    private static final String FILE_NAME = "permafrost.yaml";

    private ConfigLoader() {}

    /**
     * The configuration. Relative paths in the file are below the file's folder, all others below the working directory.
     * Blocks while the file is being read.
     *
     * @param file the file; {@code null} for {@code permafrost.yaml} in the working directory, if there is one
     * @param sets overrides, {@code key=value} with a dotted path as the key, the later before the earlier
     * @param dataOverride the store's folder, whatever the configuration says; {@code null} to leave it to that
     * @param offlineFlag whether to be offline, whatever the configuration says
     * @throws ConfigException with every problem there is
     */
    public static MirrorConfig load(
            @Nullable Path file, List<String> sets, @Nullable Path dataOverride, boolean offlineFlag) {
        return load(Path.of(""), file, sets, dataOverride, offlineFlag);
    }

    static MirrorConfig load(
            Path workingDirectory,
            @Nullable Path file,
            List<String> sets,
            @Nullable Path dataOverride,
            boolean offlineFlag) {
        Path source = file != null ? file : workingDirectory.resolve(FILE_NAME);
        boolean isGiven = file != null || Files.exists(source);
        Problems problems = new Problems();
        Node.Mapping root = isGiven ? readFile(source, problems) : new Node.Mapping("the defaults");
        if (root.entries().getOrDefault("repositories", new Node.Blank("")) instanceof Node.Blank) {
            root.entries().put("repositories", defaultRepositories());
        }
        Overrides overrides = new Overrides(problems);
        sets.forEach(assignment -> overrides.apply(assignment, root));
        Path folder = isGiven && source.getParent() != null ? source.getParent() : Path.of("");
        MirrorConfig config = new ConfigBinder(folder).bind(Section.root(root, problems));
        problems.throwIfAny();
        return new MirrorConfig(
                dataOverride != null ? dataOverride : config.data(),
                config.state(),
                config.offline() || offlineFlag,
                config.http(),
                config.admin(),
                config.tls(),
                config.accessLog(),
                config.logins(),
                config.hosts(),
                config.repositories(),
                config.fetch(),
                config.upstream(),
                config.verify());
    }

    private static Node.Mapping readFile(Path file, Problems problems) {
        Node root = YamlReader.file(file, problems).orElse(new Node.Mapping(file.toString()));
        if (root instanceof Node.Mapping mapping) {
            return mapping;
        }
        if (!(root instanceof Node.Blank)) {
            problems.add(root.origin(), "", "must hold keys and values, such as listen: 127.0.0.1:8080");
        }
        return new Node.Mapping(file.toString());
    }

    /** The default repository as if it had been written, so that {@code --set} may change parts of it. */
    private static Node.Mapping defaultRepositories() {
        RepositoryConfig pypi = RepositoryConfig.publicPypi();
        String origin = "the defaults";
        Node.Mapping repository = new Node.Mapping(
                origin,
                Map.of(
                        "default", new Node.Scalar(origin, "true"),
                        "upstream", new Node.Scalar(origin, String.valueOf(pypi.upstream()))));
        return new Node.Mapping(origin, Map.of(pypi.name(), repository));
    }
}
