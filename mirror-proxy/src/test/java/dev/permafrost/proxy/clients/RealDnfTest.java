package dev.permafrost.proxy.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.repo.YumConfig.Kind;
import dev.permafrost.proxy.repo.YumConfig.Source;
import dev.permafrost.proxy.testing.Answer;
import dev.permafrost.proxy.testing.Metalinks;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.RpmTree;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.YumRepositories;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dnf of this machine does with a mirror what people do with it, on real repositories. */
final class RealDnfTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    Path folder;

    private final ScriptedUpstream upstream = ScriptedUpstream.start();
    private RunningMirror mirror;

    @BeforeEach
    void start() {
        mirror = RunningMirror.in(folder.resolve("data"))
                .beside(YumRepositories.of(
                        "rpms",
                        Duration.ofHours(1),
                        Map.of("$releasever/$basearch/", List.of(upstream.uri("/up/$releasever/$basearch/")))))
                .start();
    }

    @AfterEach
    void stop() {
        mirror.close();
        upstream.close();
    }

    /** Puts a folder's files where the mirror finds them. */
    private void publish(Path from) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                upstream.on("/up/7/x86_64/" + from.relativize(file).toString().replace("+", "%2B"))
                        .file(bytes, '"' + RpmTree.sha256(bytes) + '"');
            }
        }
    }

    /** The packages and the key of CentOS 7's release, described anew. */
    private void publishReleases(String... options) throws IOException {
        assumeTrue(Subprocess.onPath("createrepo_c").isPresent(), "no createrepo_c here");
        Path tree = Files.createDirectories(folder.resolve("tree"));
        for (Path file : RpmData.endingWith(".rpm")) {
            if (file.toString().contains("/centos-release-and-keys/")) {
                Files.copy(file, tree.resolve(file.getFileName()));
            }
        }
        Files.copy(RpmData.path("centos-release-and-keys/RPM-GPG-KEY-CentOS-7"), tree.resolve("RPM-GPG-KEY-CentOS-7"));
        List<String> command = new ArrayList<>(List.of("createrepo_c", "-q"));
        command.addAll(List.of(options));
        command.add(tree.toString());
        Subprocess.command(command).run(PATIENCE).orFail();
        publish(tree);
    }

    private String base() {
        return "http://127.0.0.1:" + mirror.port() + "/rpms/$releasever/$basearch/";
    }

    private Subprocess.Result run(List<String> settings, String... verb) {
        assumeTrue(Subprocess.onPath("dnf").isPresent(), "no dnf here");
        List<String> command = new ArrayList<>(List.of(
                "dnf",
                "-y",
                "--releasever=7",
                "--forcearch=x86_64",
                "--disableplugin=local",
                "--setopt=reposdir=/dev/null",
                "--setopt=cachedir=" + folder.resolve("cache"),
                "--setopt=tsflags=noscripts",
                "--installroot=" + folder.resolve("root"),
                "--repofrompath=mirror," + base(),
                "--repo=mirror"));
        command.addAll(settings);
        command.addAll(List.of(verb));
        return Subprocess.command(command).env("LANG", "C.UTF-8").run(PATIENCE);
    }

    private String dnf(String... verb) {
        return run(List.of("--nogpgcheck"), verb).orFail().out();
    }

    @Test
    void aSignedPackageIsListedDownloadedAndInstalled() throws IOException {
        publishReleases();
        dnf("makecache");
        assertThat(dnf("repoquery"))
                .contains("centos-release-0:7-2.1511.el7.centos.2.10.x86_64", "epel-release-0:7-5.noarch");
        dnf("download", "--destdir=" + folder.resolve("got"), "epel-release");
        assertThat(folder.resolve("got/epel-release-7-5.noarch.rpm"))
                .hasBinaryContent(RpmData.bytes("centos-release-and-keys/epel-release-7-5.noarch.rpm"));
        List<String> checked = List.of(
                "--setopt=mirror.gpgcheck=1",
                "--setopt=mirror.gpgkey=http://127.0.0.1:" + mirror.port() + "/rpms/7/x86_64/RPM-GPG-KEY-CentOS-7");
        assertThat(run(checked, "install", "centos-release-7*").orFail().out())
                .contains("Installed:", "centos-release-7-2.1511");
        assertThat(run(checked, "install", "centos-release-as").exit())
                .as("one that another key has signed")
                .isNotZero();
        upstream.forgetRequests();
        dnf("clean", "all");
        dnf("makecache");
        assertThat(upstream.count()).as("all is held by now").isZero();
    }

    @Test
    void theFileThatIsGivenOutIsTakenAsItIs() throws IOException {
        publishReleases();
        Path repos = Files.createDirectories(folder.resolve("repos"));
        Files.writeString(
                repos.resolve("permafrost.repo"),
                mirror.get("/-/setup/permafrost.repo").body().text());
        List<String> command = List.of(
                "dnf",
                "-y",
                "--releasever=7",
                "--forcearch=x86_64",
                // it would have packages that other runs on this machine have installed
                "--disableplugin=local",
                "--setopt=reposdir=" + repos,
                "--setopt=cachedir=" + folder.resolve("cache"),
                "--installroot=" + folder.resolve("root"),
                "repoquery");
        assumeTrue(Subprocess.onPath("dnf").isPresent(), "no dnf here");
        assertThat(Subprocess.command(command).run(PATIENCE).orFail().out()).contains("epel-release-0:7-5.noarch");
    }

    /** What dnf says with a repository of its own configuration, which has that line. */
    private String configured(String line, String... verb) throws IOException {
        Path repos = Files.createDirectories(folder.resolve("repos"));
        Files.writeString(repos.resolve("one.repo"), "[one]\nname=one\nenabled=1\ngpgcheck=0\n" + line + "\n");
        assumeTrue(Subprocess.onPath("dnf").isPresent(), "no dnf here");
        List<String> command = new ArrayList<>(List.of(
                "dnf",
                "-y",
                "--releasever=7",
                "--forcearch=x86_64",
                "--disableplugin=local",
                "--setopt=reposdir=" + repos,
                "--setopt=cachedir=" + folder.resolve("cache"),
                "--installroot=" + folder.resolve("root")));
        command.addAll(List.of(verb));
        return Subprocess.command(command)
                .env("LANG", "C.UTF-8")
                .run(PATIENCE)
                .orFail()
                .out();
    }

    @Test
    void itIsFoundByOurMetalinkAndByOurListOfMirrors() throws IOException {
        publishReleases("--simple-md-filenames");
        for (String line : List.of("metalink=" + base() + "metalink", "mirrorlist=" + base() + "mirrorlist")) {
            assertThat(configured(line, "--refresh", "repoquery")).contains("epel-release-0:7-5.noarch");
        }
        configured("metalink=" + base() + "metalink", "download", "--destdir=" + folder.resolve("got"), "epel-release");
        assertThat(folder.resolve("got/epel-release-7-5.noarch.rpm"))
                .hasBinaryContent(RpmData.bytes("centos-release-and-keys/epel-release-7-5.noarch.rpm"));
    }

    @Test
    void whereMirrorsOfTheMetalinkAreDeadOrLagBehindTheNextOneIsAsked() throws IOException {
        publishReleases();
        byte[] repomd = Files.readAllBytes(folder.resolve("tree/repodata/repomd.xml"));
        ScriptedUpstream dead = ScriptedUpstream.start();
        dead.close();
        try (ScriptedUpstream stale = ScriptedUpstream.start()) {
            new RpmTree().with("old.rpm", RpmTree.bytes("old")).at(stale, "/stale/");
            upstream.on("/metalink")
                    .reply(
                            "application/metalink+xml",
                            new Metalinks(repomd)
                                    .from(100, dead.uri("/dead/"))
                                    .from(99, stale.uri("/stale/"))
                                    .from(98, upstream.uri("/up/7/x86_64/"))
                                    .text());
            mirror.close();
            mirror = RunningMirror.in(folder.resolve("data"))
                    .beside(YumRepositories.ofSources(
                            "rpms",
                            Duration.ofHours(1),
                            Map.of(
                                    "$releasever/$basearch/",
                                    List.of(new Source(
                                            Kind.METALINK,
                                            upstream.uri("/metalink?repo=el-$releasever&arch=$basearch"))))))
                    .start();
            assertThat(dnf("repoquery")).contains("epel-release-0:7-5.noarch").doesNotContain("old");
            dnf("download", "--destdir=" + folder.resolve("got"), "epel-release");
            assertThat(stale.count("/stale/repodata/repomd.xml")).isPositive();
        }
        assertThat(folder.resolve("got/epel-release-7-5.noarch.rpm"))
                .hasBinaryContent(RpmData.bytes("centos-release-and-keys/epel-release-7-5.noarch.rpm"));
    }

    @Test
    void signedMetadataStaysSigned() throws IOException {
        publish(RpmData.path("repo-xlibre-opensuse-signed/x86_64"));
        Files.copy(
                RpmData.path("repo-xlibre-opensuse-signed/outtathebox5319-rpm-signing-key.asc"),
                folder.resolve("signed.key"));
        List<String> checked = List.of(
                "--setopt=mirror.repo_gpgcheck=1", "--setopt=mirror.gpgkey=file://" + folder.resolve("signed.key"));
        assertThat(run(checked, "repoquery").orFail().out().lines().count()).isGreaterThan(5);
    }

    @Test
    void groupsModulesAndAdvisoriesAreThere() throws IOException {
        publish(RpmData.path("createrepo_c-testdata/repo_with_additional_metadata"));
        assertThat(dnf("repoquery").lines().count()).isPositive();
        assertThat(dnf("group", "list", "--hidden")).contains("Groups");
        assertThat(dnf("module", "list")).contains("Stream");
        assertThat(run(List.of(), "updateinfo", "list", "--all").exit()).isZero();
    }

    @Test
    void aWholeRepositoryIsCopied() throws IOException {
        publishReleases("--simple-md-filenames");
        Subprocess.Result copied = run(
                List.of(),
                "reposync",
                "--download-metadata",
                "--download-path=" + folder.resolve("copy"),
                "--arch=x86_64");
        assumeTrue(!copied.err().contains("No such command"), "dnf has no reposync here");
        copied.orFail();
        try (Stream<Path> files = Files.list(folder.resolve("copy/mirror"))) {
            assertThat(files.filter(file -> file.toString().endsWith(".rpm"))).hasSize(4);
        }
        assertThat(folder.resolve("copy/mirror/repodata/repomd.xml")).exists();
    }

    @Test
    void upstreamThatIsMadeAnewBetweenTwoRequestsBothersNobody() throws IOException {
        publishReleases("--simple-md-filenames");
        dnf("makecache");
        Path tree = folder.resolve("tree");
        for (int round = 0; round < 5; round++) {
            Files.writeString(tree.resolve("note" + round), "x");
            Subprocess.command(
                            "createrepo_c",
                            "-q",
                            "--simple-md-filenames",
                            "--revision=" + (100 + round),
                            tree.toString())
                    .run(PATIENCE)
                    .orFail();
            publish(tree);
            assertThat(run(List.of("--refresh"), "makecache").orFail().exit()).isZero();
        }
    }

    @Test
    void aDownloadThatBrokeIsGoneOnWith() throws IOException {
        publishReleases();
        dnf("makecache");
        String name = "centos-release-7-2.1511.el7.centos.2.10.x86_64.rpm";
        byte[] bytes = RpmData.bytes("centos-release-and-keys/" + name);
        upstream.on("/up/7/x86_64/" + name)
                .reply(Answer.file(bytes, "\"r\"").resetAfter(9000), Answer.file(bytes, "\"r\""));
        dnf("download", "--destdir=" + folder.resolve("got"), "centos-release-7*");
        assertThat(folder.resolve("got").resolve(name)).hasBinaryContent(bytes);
    }
}
