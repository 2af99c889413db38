package dev.permafrost.proxy.repo;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One repository: what it is called, what it speaks and where its contents come from.
 *
 * @param name its name and first path segment, as {@link #isName} allows
 * @param format what it speaks: {@code pypi}, or {@code yum}
 * @param isDefault whether it answers at the root too; true for the only repository
 * @param upstream the index it is filled from, ending in a slash, without a user's name; {@code null} for one that serves only
 *     what is held
 * @param pageTtl how long a page is served before upstream is asked whether it changed; 10 min
 * @param trustedHosts hosts beside upstream's own that redirects and index links may lead to even at private addresses, and links of an
 *     https index by http without a sha256; lower case; none
 * @param auth who may read and write; anyone, and nobody
 * @param uploads what is taken where there is no upstream; as {@link UploadConfig#defaults} has it
 * @param upstreamAuth how it logs in at its upstream; not at all
 * @param upstreamTls certificates towards it
 * @param proxy by which proxy it is reached; as the environment says
 * @param policy which files are served; all
 * @param sources the others that it is made of; none
 * @param yum what lies where, in a repository of RPMs; nothing
 * @param fallback another index, ending in a slash, without a user's name, to which a client is sent for a project of which nothing is
 *     known here; {@code null} for none
 */
public record RepositoryConfig(
        String name,
        String format,
        boolean isDefault,
        @Nullable URI upstream,
        Duration pageTtl,
        Set<String> trustedHosts,
        RepositoryAuth auth,
        UploadConfig uploads,
        UpstreamAuth upstreamAuth,
        UpstreamTls upstreamTls,
        UpstreamProxy proxy,
        PolicyConfig policy,
        SourcesConfig sources,
        YumConfig yum,
        @Nullable URI fallback) {
    /** The format of PyPI: PEP 503 and PEP 691. */
    public static final String PYPI = "pypi";

    /** The format of yum and dnf: {@code repomd.xml}. */
    public static final String YUM = "yum";

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

    /** Copies the set. */
    public RepositoryConfig {
        if (upstream != null && upstream.getRawUserInfo() != null) {
            throw new IllegalArgumentException("a login belongs in upstreamAuth, not in a URL that is shown");
        }
        if (upstream != null && sources.any()) {
            throw new IllegalArgumentException("a repository with an upstream is made of nothing else");
        }
        trustedHosts = Set.copyOf(trustedHosts);
    }

    /** What holds for a repository of which nothing but the name is configured. */
    public static RepositoryConfig defaults(String name) {
        return new RepositoryConfig(
                name,
                PYPI,
                false,
                null,
                Duration.ofMinutes(10),
                Set.of(),
                RepositoryAuth.defaults(),
                UploadConfig.defaults(),
                new UpstreamAuth.None(),
                UpstreamTls.defaults(),
                new UpstreamProxy.FromEnvironment(),
                PolicyConfig.defaults(),
                SourcesConfig.none(),
                YumConfig.none(),
                null);
    }

    /** The one repository that there is where none is configured: the public PyPI. */
    public static RepositoryConfig publicPypi() {
        RepositoryConfig defaults = defaults(PYPI);
        return new RepositoryConfig(
                PYPI,
                defaults.format,
                true,
                URI.create("https://pypi.org/simple/"),
                defaults.pageTtl,
                defaults.trustedHosts,
                defaults.auth,
                defaults.uploads,
                defaults.upstreamAuth,
                defaults.upstreamTls,
                defaults.proxy,
                defaults.policy,
                defaults.sources,
                defaults.yum,
                defaults.fallback);
    }

    /** Whether it speaks to yum and dnf. */
    public boolean isYum() {
        return format.equals(YUM);
    }

    /** Where it is filled from: one URL, or those of its mounts, lists of mirrors among them; none where it has no upstream. */
    public List<URI> upstreams() {
        return isYum()
                ? yum.mounts().values().stream()
                        .flatMap(List::stream)
                        .map(YumConfig.Source::url)
                        .toList()
                : upstream == null ? List.of() : List.of(upstream);
    }

    /** Whether it has nothing but what others have. */
    public boolean isMade() {
        return sources.any();
    }

    /** Whether its files are our own: sent here, and neither fetched nor another repository's. */
    public boolean isOwn() {
        return upstreams().isEmpty() && !isMade();
    }

    /** Whether a repository may be called so: 1 to 64 of a-z, 0-9, dot, underscore and dash, the first a-z or 0-9. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }
}
