package dev.permafrost.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.http.ListenAddress;
import dev.permafrost.proxy.http.Listener;
import dev.permafrost.proxy.repo.RepositoryConfig;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What holds where nothing is configured. */
final class DefaultConfigTest {
    @TempDir
    Path folder;

    private ConfigFiles files = new ConfigFiles(Path.of(""));

    @BeforeEach
    void useFolder() {
        files = new ConfigFiles(folder);
    }

    @Test
    void servesThePublicPypiOnLoopback() {
        MirrorConfig config = files.loadWithout();
        assertThat(config).isEqualTo(MirrorConfig.defaults());
        assertThat(config.data()).isEqualTo(Path.of("permafrost-data"));
        assertThat(config.offline()).isFalse();
        assertThat(config.admin()).isNull();
        assertThat(config.http().listen())
                .containsExactly(new Listener(new ListenAddress("127.0.0.1", 8080), Listener.Security.PLAIN));
        assertThat(config.repositories()).containsOnlyKeys("pypi");
        assertThat(config.repositories().get("pypi"))
                .extracting(RepositoryConfig::upstream, RepositoryConfig::isDefault, RepositoryConfig::pageTtl)
                .containsExactly(URI.create("https://pypi.org/simple/"), true, Duration.ofMinutes(10));
    }

    @Test
    void anEmptyFileChangesNothing() {
        for (String nothing : List.of("", "# nothing\n", "---\n", "fetch:\nrepositories:\nlisten:\n")) {
            assertThat(files.load(nothing)).as(nothing).isEqualTo(MirrorConfig.defaults());
        }
    }

    @Test
    void theFileInTheWorkingDirectoryIsUsed() {
        files.write("offline: true");
        assertThat(files.loadWithout().offline()).isTrue();
    }

    @Test
    void setAloneChangesTheDefaultRepository() {
        RepositoryConfig pypi = files.loadWithout("repositories.pypi.upstream=http://127.0.0.1:9000/simple/")
                .repositories()
                .get("pypi");
        assertThat(pypi)
                .extracting(RepositoryConfig::upstream, RepositoryConfig::isDefault)
                .containsExactly(URI.create("http://127.0.0.1:9000/simple/"), true);
    }

    @Test
    void repositoriesInTheFileReplaceTheDefaultOne() {
        assertThat(files.load("repositories: {wheels: {upstream: 'https://example.org/simple/'}}")
                        .repositories())
                .containsOnlyKeys("wheels");
    }

    @Test
    void theOnlyRepositoryIsTheDefault() {
        assertThat(files.load("repositories: {wheels: {}}").repositories().get("wheels"))
                .extracting(RepositoryConfig::isDefault)
                .isEqualTo(true);
    }

    @Test
    void setGoesOverTheFileAndOptionsOverSet() {
        Path file = files.write("{data: one, listen: ':1', repositories: {a.b: {page-ttl: 1s}}}");
        MirrorConfig config = ConfigLoader.load(
                file,
                List.of("data=two", "listen=:2", "listen=[::1]:3", "repositories.\"a.b\".page-ttl=2s"),
                Path.of("three"),
                true);
        assertThat(config.data()).isEqualTo(Path.of("three"));
        assertThat(config.offline()).isTrue();
        assertThat(config.http().listen())
                .containsExactly(new Listener(new ListenAddress("::1", 3), Listener.Security.PLAIN));
        assertThat(config.repositories().get("a.b"))
                .extracting(RepositoryConfig::pageTtl)
                .isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void pathsInTheFileAreBelowItsFolder() {
        assertThat(files.load("data: store").data()).isEqualTo(folder.resolve("store"));
        assertThat(files.load("data: store", "data=store").data()).isEqualTo(Path.of("store"));
        assertThat(Files.exists(folder.resolve("store"))).isFalse();
    }
}
