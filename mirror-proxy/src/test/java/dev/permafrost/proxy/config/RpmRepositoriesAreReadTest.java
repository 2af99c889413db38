package dev.permafrost.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.RepositoryConfig;
import dev.permafrost.proxy.repo.YumConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the configuration says of repositories of RPMs. */
final class RpmRepositoriesAreReadTest {
    private static final Path EXAMPLES = Path.of("..", "deploy", "config");

    @TempDir
    Path folder;

    private MirrorConfig load(String text) {
        return new ConfigFiles(folder).load(text);
    }

    private RepositoryConfig repository(String text, String name) {
        return Objects.requireNonNull(load(text).repositories().get(name));
    }

    @Test
    void mountsAreBelowThePath() {
        RepositoryConfig centos = repository("""
                repositories:
                  centos:
                    format: yum
                    path: /pub/centos/$releasever/
                    mounts:
                      os/$basearch: ['http://a/$releasever/os/$basearch', 'http://b/os/$basearch/']
                      /keys/: http://c/keys
                    gpg-keys: [/pub/centos/7/keys/RPM-GPG-KEY, 'https://k/key']
                """, "centos");
        assertThat(centos.yum())
                .isEqualTo(new YumConfig(
                        "/pub/centos/",
                        Map.of(
                                "$releasever/os/$basearch/",
                                List.of(
                                        URI.create("http://a/$releasever/os/$basearch/"),
                                        URI.create("http://b/os/$basearch/")),
                                "$releasever/keys/",
                                List.of(URI.create("http://c/keys/"))),
                        List.of("/pub/centos/7/keys/RPM-GPG-KEY", "https://k/key")));
        assertThat(centos.isOwn()).isFalse();
    }

    @Test
    void oneUpstreamIsMountedAtTheRoot() {
        RepositoryConfig rocky =
                repository("repositories: {rocky: {format: yum, upstream: 'http://a/rocky'}}", "rocky");
        assertThat(rocky.yum())
                .isEqualTo(new YumConfig("", Map.of("", List.of(URI.create("http://a/rocky/"))), List.of()));
        assertThat(rocky.upstreams()).containsExactly(URI.create("http://a/rocky/"));
    }

    @Test
    void mountsThatLeadNowhereAreReported() {
        assertThat(new ConfigFiles(folder).problems("""
                        repositories:
                          a: {path: /x, mounts: {a: 'http://h/'}, default: true}
                          b: {format: yum}
                          c: {format: yum, path: /$releasever, mounts: {'os/..': 'http://h/', os: [], u: 'http://h/$basearch/'}}
                          d: {format: yum, upstream: 'http://h/', mounts: {os: 'http://me:pw@h/'}, policy: {default: deny}}
                          e: {format: yum, path: x y, upstream: 'http://h/'}
                          f: {format: yum, path: /a/, upstream: 'http://h/'}
                          g: {format: yum, mounts: {os: ['http://h/', 'http://g/']}, upstream-auth: {user: me, password: pw}}
                        """))
                .containsExactly(
                        "FILE:2: repositories.a.path: is for repositories of RPMs; write format: yum beside it, or remove it",
                        "FILE:2: repositories.a.mounts: is for repositories of RPMs; write format: yum beside it, or remove it",
                        "FILE:3: repositories.b: names no place that its packages come from; write the URL of one in upstream,"
                                + " or several in mounts, as in mounts: {os/$basearch: \"https://…/os/$basearch/\"}",
                        "FILE:4: repositories.c.path: begins with a variable; write a name before it, as in"
                                + " /centos/$releasever",
                        "FILE:4: repositories.c.mounts.\"os/..\": has the segment '..', which is neither a plain name nor a"
                                + " variable such as $releasever",
                        "FILE:4: repositories.c.mounts.os: names no place; write a URL, or a list of several with the same"
                                + " packages",
                        "FILE:4: repositories.c.mounts.u: leads to http://h/$basearch/, in which $basearch stands for"
                                + " nothing: it is not in the path of the mount; write it there too",
                        "FILE:5: repositories.d.policy: is for Python packages, and this repository has RPMs; remove it",
                        "FILE:5: repositories.d.mounts.os: has a login in its URL; write it in upstream-auth",
                        "FILE:5: repositories.d.upstream: is for one place, and there are mounts; write it as one of them",
                        "FILE:6: repositories.e.path: \"x y\" is no path; write one such as /centos/$releasever, not below"
                                + " /-/",
                        "FILE:7: repositories.f: is at /a/, where a is; write another path for one of them",
                        "FILE:8: repositories.g: has a login or a certificate, and mounts on 2 servers, which would all be"
                                + " shown it; give those that are to see it a repository of their own");
    }

    /** The five URLs that hosts with CentOS 7 have. */
    @Test
    void theExampleServesTheFiveOfCentos() throws IOException {
        RepositoryConfig centos = repository(Files.readString(EXAMPLES.resolve("centos7.yaml")), "centos");
        assertThat(centos.yum().path()).isEqualTo("/centos/");
        assertThat(centos.yum().mounts())
                .containsOnlyKeys(
                        "$releasever/os/$basearch/",
                        "$releasever/update/$basearch/",
                        "$releasever/extras/$basearch/",
                        "$releasever/epel/$basearch/",
                        "$releasever/docker-ce-stable/$basearch/");
        assertThat(centos.yum().mounts().get("$releasever/update/$basearch/"))
                .containsExactly(URI.create("https://vault.centos.org/centos/$releasever/updates/$basearch/"));
        assertThat(centos.yum().mounts().get("$releasever/docker-ce-stable/$basearch/"))
                .containsExactly(URI.create("https://download.docker.com/linux/centos/$releasever/$basearch/stable/"));
    }

    @Test
    void theOtherExampleHasAllThatAreNamed() throws IOException {
        Map<String, RepositoryConfig> all =
                load(Files.readString(EXAMPLES.resolve("rpm.yaml"))).repositories();
        assertThat(all)
                .containsOnlyKeys(
                        "pypi", "centos-vault", "centos-stream", "epel", "docker-ce", "rocky", "almalinux", "fedora");
        assertThat(all.values().stream().filter(RepositoryConfig::isYum)).hasSize(7);
    }
}
