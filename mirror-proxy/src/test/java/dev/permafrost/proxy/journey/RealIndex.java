package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Nginx;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.Subprocess;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.opentest4j.TestAbortedException;

/**
 * The index of real projects on this machine's disk, which pip's own configuration names ({@code extra-index-url}), and the
 * pip for whose Python it has wheels.
 */
final class RealIndex {
    private static final Duration CONFIG_TIMEOUT = Duration.ofMinutes(1);
    private static final Duration INSTALL_TIMEOUT = Duration.ofMinutes(15);
    private static final Pattern SETTING = Pattern.compile("extra-index-url='([^']*)'");
    private static final Pattern LINK = Pattern.compile("([^/\"<>]+)#sha256=([0-9a-f]{64})");
    private static final Pattern NUMPY = Pattern.compile("numpy-[^-]+-cp(\\d)(\\d+)-");

    private final Path simple;
    private final Pips.Pip pip;

    private RealIndex(Path simple, Pips.Pip pip) {
        this.simple = simple;
        this.pip = pip;
    }

    /**
     * The index.
     *
     * @throws TestAbortedException where there is none, which the output says too
     */
    static RealIndex find() throws IOException {
        if (!Nginx.available()) {
            throw absent("no nginx here");
        }
        for (Path simple : configured()) {
            if (Files.isDirectory(simple.resolve("numpy")) && Files.isDirectory(simple.resolve("pydantic-core"))) {
                Optional<Pips.Pip> pip = pipFor(simple);
                if (pip.isPresent()) {
                    return new RealIndex(simple, pip.get());
                }
            }
        }
        throw absent("pip's configuration names no index on disk that has numpy and pydantic-core for a Python here");
    }

    /**
     * Installs those of the projects that the index has, with all they need, through a fresh mirror, then again, then from a
     * frozen copy without a network.
     *
     * @param projectsMin how many of them the index must have
     */
    void installsThroughAMirrorAndFromItsFrozenCopy(List<String> projects, int projectsMin, Path folder)
            throws Exception {
        List<String> known = projects.stream()
                .filter(project -> Files.isDirectory(simple.resolve(project)))
                .toList();
        assertThat(known).as("projects of the index").hasSizeGreaterThanOrEqualTo(projectsMin);
        System.out.println(known.size() + " real projects by " + pip + ": " + String.join(" ", known));

        Product product = Product.in(folder);
        Path data = folder.resolve("data");
        Path copy = folder.resolve("copy");
        Set<String> installed;
        try (Origin origin = Origin.nginx(parent(simple), folder);
                Product.Served server = product.connected(data, origin.index())) {
            Pips.Environment first = newest(folder.resolve("first"), server.index(), List.of());
            installed = install(first, server.index(), known);
            assertThat(installed).hasSizeGreaterThanOrEqualTo(known.size());
            theStoreHoldsWhatTheIndexPromises(data);

            List<String> asked = origin.filesAsked();
            assertThat(asked).doesNotHaveDuplicates();
            Pips.Environment second = newest(folder.resolve("second"), server.index(), List.of());
            assertThat(install(second, server.index(), known)).isEqualTo(installed);
            assertThat(origin.filesAsked()).as("files asked of upstream").isEqualTo(asked);

            product.run("freeze", "--data", data.toString(), "--name", "real", "--to", copy.toString())
                    .orFail();
            assertThat(server.stop().exit()).isEqualTo(143);
            System.out.println(installed.size() + " installed, " + asked.size() + " files, "
                    + product.status(data).path("blob-bytes").longValue() / (1 << 20) + " MiB");
        }
        Seclusion seclusion = Seclusion.of(copy, folder);
        Map<String, String> before = Folders.picture(copy);
        try (Product.Served server =
                product.serve(seclusion.prefix(), "--data", seclusion.store().toString())) {
            Pips.Environment offline =
                    newest(folder.resolve("offline"), server.index(), seclusion.beside(server.process()));
            assertThat(install(offline, server.index(), known)).isEqualTo(installed);
            assertThat(server.stop().exit()).isEqualTo(143);
        }
        assertThat(Folders.picture(copy)).isEqualTo(before);
        assertThat(seclusion.outward()).as("outward connections").isEmpty();
    }

    /** An empty folder to install into, with the newest pip that the mirror offers. */
    private Pips.Environment newest(Path directory, String index, List<String> startedBy) {
        if (!Files.isDirectory(simple.resolve("pip"))) {
            return pip.target(directory).startedBy(startedBy);
        }
        Path itself = directory.resolveSibling(directory.getFileName() + "-pip");
        pip.target(itself)
                .startedBy(startedBy)
                .install(index, INSTALL_TIMEOUT, "--only-binary=:all:", "pip")
                .orFail();
        return pip.target(directory).startedBy(startedBy).withPipIn(itself);
    }

    /** Installs; what pip says that it has installed, as {@code name-version}. */
    private static Set<String> install(Pips.Environment environment, String index, List<String> projects) {
        List<String> arguments = new ArrayList<>(projects);
        arguments.add("--only-binary=:all:");
        long start = System.nanoTime();
        Subprocess.Result result = environment
                .install(index, INSTALL_TIMEOUT, arguments.toArray(String[]::new))
                .orFail();
        System.out.printf(
                "installed in %.1f s by %s",
                (System.nanoTime() - start) / 1e9,
                environment.pip(CONFIG_TIMEOUT, "--version").out());
        Set<String> installed = new HashSet<>();
        result.out()
                .lines()
                .filter(line -> line.startsWith("Successfully installed "))
                .forEach(
                        line -> Collections.addAll(installed, line.substring(23).split(" ", -1)));
        return installed;
    }

    /** Compares every blob's digest with those that the index's pages promise, and with those of what wheels say of themselves. */
    private void theStoreHoldsWhatTheIndexPromises(Path data) throws IOException {
        Map<String, String> promised = new HashMap<>();
        try (Stream<Path> projects = Files.list(simple)) {
            for (Path project : (Iterable<Path>) projects::iterator) {
                Path page = project.resolve("index.html");
                if (Files.isRegularFile(page)) {
                    Matcher link = LINK.matcher(Files.readString(page));
                    while (link.find()) {
                        promised.put(link.group(2), link.group(1));
                    }
                }
            }
        }
        List<String> blobs = Folders.blobs(data);
        Set<String> sidecars = new HashSet<>();
        for (String blob : blobs) {
            if (promised.getOrDefault(blob, "").endsWith(".whl")) {
                sidecars.add(metadataSha256(Folders.blob(data, blob)));
            }
        }
        assertThat(blobs)
                .isNotEmpty()
                .containsAll(sidecars)
                .allSatisfy(blob -> assertThat(promised.containsKey(blob) || sidecars.contains(blob))
                        .as(blob)
                        .isTrue());
    }

    /** SHA-256 of a wheel's METADATA, as the JDK reads archives. */
    private static String metadataSha256(Path wheel) throws IOException {
        try (ZipFile zip = new ZipFile(wheel.toFile())) {
            ZipEntry metadata = zip.stream()
                    .filter(entry -> entry.getName().matches("[^/]+\\.dist-info/METADATA"))
                    .findFirst()
                    .orElseThrow();
            try (InputStream bytes = zip.getInputStream(metadata)) {
                return IndexFile.of("any", "any.zip", "1", bytes.readAllBytes()).sha256();
            }
        }
    }

    /** The indexes on disk that pip's configuration names. */
    static List<Path> configured() {
        if (Subprocess.onPath("python3").isEmpty()) {
            return List.of();
        }
        Subprocess.Result config =
                Subprocess.command("python3", "-m", "pip", "config", "list").run(CONFIG_TIMEOUT);
        List<Path> folders = new ArrayList<>();
        Matcher setting = SETTING.matcher(config.out());
        while (setting.find()) {
            for (String url : setting.group(1).split("(\\s|\\\\n)+", -1)) {
                if (url.startsWith("file:///")) {
                    folders.add(Path.of(URI.create(url)));
                }
            }
        }
        return folders;
    }

    /** The newest pip whose Python has the most wheels of numpy. */
    private static Optional<Pips.Pip> pipFor(Path simple) throws IOException {
        Map<String, Integer> wheels = new TreeMap<>();
        Matcher wheel = NUMPY.matcher(Files.readString(simple.resolve("numpy").resolve("index.html")));
        while (wheel.find()) {
            wheels.merge(wheel.group(1) + "." + wheel.group(2) + ".", 1, Integer::sum);
        }
        List<Pips.Pip> newestFirst = new ArrayList<>(Pips.all());
        Collections.reverse(newestFirst);
        return wheels.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
                .flatMap(version ->
                        newestFirst.stream().filter(pip -> pip.pythonVersion().startsWith(version.getKey())))
                .findFirst();
    }

    private static Path parent(Path folder) {
        Path parent = folder.getParent();
        if (parent == null) {
            throw new IllegalStateException(folder + " has no parent");
        }
        return parent;
    }

    private static TestAbortedException absent(String reason) {
        System.out.println("note: skipped, " + reason);
        return new TestAbortedException(reason);
    }
}
