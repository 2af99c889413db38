package dev.permafrost.proxy.testing;

import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.UploadConfig;
import dev.permafrost.proxy.repo.YumConfig;
import dev.permafrost.proxy.repo.YumConfig.Source;
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
        Map<String, List<Source>> sources = new LinkedHashMap<>();
        mounts.forEach((path, urls) ->
                sources.put(path, urls.stream().map(Source::place).toList()));
        return ofSources(name, ttl, sources);
    }

    /** One that has what lists of mirrors or places have, at its name; upstream is asked again after so long. */
    public static RepositoryConfig ofSources(String name, Duration ttl, Map<String, List<Source>> mounts) {
        RepositoryConfig yum = Records.with(RepositoryConfig.defaults(name), "format", RepositoryConfig.YUM);
        yum = Records.with(yum, "pageTtl", ttl);
        return Records.with(yum, "yum", Records.with(YumConfig.none(), "mounts", new LinkedHashMap<>(mounts)));
    }

    /** One called yum that has all from one place, and asks it again for every request. */
    public static RepositoryConfig from(ScriptedUpstream upstream, String path) {
        return of("yum", Duration.ZERO, Map.of("", List.of(upstream.uri(path))));
    }

    /** One called ours whose packages are its own. */
    public static RepositoryConfig own(UploadConfig uploads, RepositoryAuth auth) {
        RepositoryConfig own = ofSources("ours", Duration.ofMinutes(10), Map.of("", List.of()));
        return Records.with(Records.with(own, "uploads", uploads), "auth", auth);
    }
}
