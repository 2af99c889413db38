package dev.permafrost.proxy.testing;

import dev.permafrost.proxy.config.ConfigLoader;
import dev.permafrost.proxy.config.MirrorConfig;
import dev.permafrost.proxy.repo.PolicyConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** Policies as an operator writes them. */
public final class Policies {
    private Policies() {}

    /** The policy of what stands behind {@code policy:}, in braces. */
    public static PolicyConfig of(String yaml) {
        MirrorConfig config =
                ConfigLoader.load(null, List.of("repositories.pypi.policy=" + yaml), Path.of("nowhere"), true);
        return Objects.requireNonNull(config.repositories().get("pypi")).policy();
    }

    /** One that lets files wait for so long, but for those of these projects. */
    public static PolicyConfig ofAge(Duration age, String... exempt) {
        return new PolicyConfig(List.of(), true, false, age, List.of(exempt));
    }
}
