package dev.permafrost.proxy.testing;

import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.YumConfig;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Configurations of repositories of RPMs. */
public final class YumRepositories {
    private YumRepositories() {}

    /** One that has these places mounted, at its name; upstream is asked again after so long. */
    public static RepositoryConfig of(String name, Duration ttl, Map<String, List<URI>> mounts) {
        RepositoryConfig yum = Records.with(RepositoryConfig.defaults(name), "format", RepositoryConfig.YUM);
        yum = Records.with(yum, "pageTtl", ttl);
        return Records.with(yum, "yum", new YumConfig("", new LinkedHashMap<>(mounts), List.of()));
    }

    /** One called yum that has all from one place, and asks it again for every request. */
    public static RepositoryConfig from(ScriptedUpstream upstream, String path) {
        return of("yum", Duration.ZERO, Map.of("", List.of(upstream.uri(path))));
    }
}
