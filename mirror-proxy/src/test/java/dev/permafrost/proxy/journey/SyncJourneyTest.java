package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.Nginx;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.store.MirrorStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What {@code permafrost sync yum} has of real repositories is what {@code dnf reposync} has of them, file by file; and what it has is
 * enough to freeze, to carry, and to install from where there is no network, all signatures checked.
 */
@Tag("journey")
final class SyncJourneyTest {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String KEY = "RPM-GPG-KEY-CentOS-7";

    private static final List<String> WHOLE = List.of("made", "data/repo-elaverick-signed-small");

    /** Of these many packages that they list are not there, and reposync gives up sooner or later. */
    private static final List<String> PART = List.of(
            "data/repo-rpmsphere-noarch-zst",
            "data/repo-staker-el9-zck-signed/x86_64",
            "data/repo-xlibre-opensuse-signed/x86_64",
            "data/repo-xlibre-opensuse-signed/SRPMS");

    @TempDir
    Path folder = Path.of("");

    @BeforeEach
    void findPrograms() {
        assumeTrue(Nginx.available(), "no nginx here");
        assumeTrue(Subprocess.onPath("createrepo_c").isPresent(), "no createrepo_c here");
        assumeTrue(
                Subprocess.onPath("dnf").isPresent()
                        && Subprocess.command("dnf", "reposync", "--help")
                                        .run(PATIENCE)
                                        .exit()
                                == 0,
                "no dnf with reposync here");
    }

    @Test
    void itHasWhatReposyncHasAndThatIsEnoughToInstallFrom() throws Exception {
        Path site = site();
        Path config = folder.resolve("permafrost.yaml");
        Path data = folder.resolve("store");
        Path copy = folder.resolve("copy");
        Product product = Product.in(folder);
        Map<String, Map<String, Path>> theirs = new TreeMap<>();
        try (Nginx upstream = Nginx.serve(site, Files.createDirectory(folder.resolve("nginx")))) {
            Files.writeString(config, "repositories: {real: {format: yum, upstream: '" + upstream.url("/") + "'}}\n");
            Subprocess.Result whole = sync(product, data, config, WHOLE);
            assertThat(whole.exit()).as(whole.toString()).isZero();
            Subprocess.Result part = sync(product, data, config, PART);
            assertThat(part.exit()).as(part.toString()).isEqualTo(3);
            assertThat(part.out()).contains("Failed: ", "upstream lists it and has it not");
            for (String repository : WHOLE) {
                theirs.put(repository, reposync(upstream.url("/" + repository + "/"), repository));
            }
        }
        for (String repository : PART) {
            theirs.put(repository, files(site.resolve(repository)));
        }
        assertThat(theirs.get("made")).hasSizeGreaterThan(5);
        assertThat(packages(data)).isEqualTo(packages(theirs));
        product.run("freeze", "--to", copy.toString(), "--data", data.toString(), "--config", config.toString())
                .orFail();
        Seclusion seclusion = Seclusion.of(copy, folder);
        try (Product.Served server = product.serve(
                seclusion.prefix(), "--data", seclusion.store().toString(), "--config", config.toString())) {
            List<String> beside = seclusion.beside(server.process());
            String base = "http://127.0.0.1:" + server.port() + "/real/";
            compare(theirs, base, beside);
            Dnf dnf = new Dnf(folder, "frozen", base + "made/", beside);
            String keys = base + "made/repodata/repomd.xml.key,"
                    + RpmData.path("centos-release-and-keys/" + KEY).toUri();
            Subprocess.Result installed = dnf.checked(keys, "install", "centos-release");
            assertThat(installed.orFail().out()).contains("Installed:", "centos-release-7-2.1511");
            assertThat(dnf.root().resolve("etc/centos-release")).exists();
        }
        assertThat(seclusion.outward()).as("outward connections").isEmpty();
    }

    /** What nginx serves: the data as they are, and a repository made of packages that CentOS has signed. */
    private Path site() throws IOException {
        Path site = Files.createDirectory(folder.resolve("site"));
        Files.createSymbolicLink(site.resolve("data"), RpmData.path(""));
        Path made = Files.createDirectory(site.resolve("made"));
        List<Path> packages = RpmData.endingWith(".rpm").stream()
                .filter(file -> file.toString().contains("/el7-real-rpms/")
                        || file.getFileName().toString().startsWith("centos-release-7-"))
                .toList();
        for (Path file : packages) {
            Files.copy(file, made.resolve(file.getFileName()));
        }
        Subprocess.command("createrepo_c", "-q", made.toString()).run(PATIENCE).orFail();
        return site;
    }

    private static Subprocess.Result sync(Product product, Path data, Path config, List<String> directories) {
        List<String> words = Stream.concat(
                        Stream.of("sync", "yum", "--data", data.toString(), "--config", config.toString()),
                        directories.stream().map(directory -> "real/" + directory))
                .toList();
        return product.run(words.toArray(String[]::new));
    }

    /** What {@code dnf reposync} has of a repository, by its paths in there. */
    private Map<String, Path> reposync(String url, String repository) throws IOException {
        String called = "reposync-" + repository.replace('/', '-');
        Path target = folder.resolve(called);
        Subprocess.Result result = new Dnf(folder, called, url, List.of())
                .run(
                        List.of("--setopt=m.retries=1"),
                        "reposync",
                        "--norepopath",
                        "--download-path=" + target,
                        "--download-metadata");
        Map<String, Path> files = files(target);
        assertThat(files).as(result.toString()).isNotEmpty();
        return files;
    }

    private static Map<String, Path> files(Path folder) throws IOException {
        Map<String, Path> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            all.filter(Files::isRegularFile)
                    .forEach(file -> files.put(folder.relativize(file).toString(), file));
        }
        return files;
    }

    private static Set<String> packages(Map<String, Map<String, Path>> repositories) {
        Set<String> paths = new TreeSet<>();
        repositories.forEach((repository, files) -> files.keySet().stream()
                .filter(path -> path.endsWith(".rpm"))
                .forEach(path -> paths.add(repository + "/" + path)));
        return paths;
    }

    private static Set<String> packages(Path data) {
        Set<String> paths = new TreeSet<>();
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(data))) {
            store.view().catalog().entries("real", "", (key, entry) -> {
                if (key.key().endsWith(".rpm")) {
                    paths.add(key.key());
                }
            });
        }
        return paths;
    }

    /** Each package is the same to the byte, and where all of a repository's are held, so is its metadata. */
    private void compare(Map<String, Map<String, Path>> theirs, String base, List<String> prefix) throws IOException {
        for (Map.Entry<String, Map<String, Path>> repository : theirs.entrySet()) {
            boolean isWhole = WHOLE.contains(repository.getKey());
            for (Map.Entry<String, Path> file : repository.getValue().entrySet()) {
                if (file.getKey().endsWith(".rpm") || (isWhole && !file.getKey().contains("repomd.xml"))) {
                    Path got = folder.resolve("got");
                    List<String> curl = Stream.concat(
                                    prefix.stream(),
                                    Stream.of(
                                            "curl",
                                            "-sS",
                                            "--fail",
                                            "-o",
                                            got.toString(),
                                            base + repository.getKey() + "/"
                                                    + file.getKey().replace("+", "%2B")))
                            .toList();
                    Subprocess.command(curl).run(PATIENCE).orFail();
                    assertThat(Files.mismatch(got, file.getValue()))
                            .as(file.getKey())
                            .isEqualTo(-1);
                }
            }
        }
    }
}
