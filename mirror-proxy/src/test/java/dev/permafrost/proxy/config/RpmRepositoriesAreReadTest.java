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
