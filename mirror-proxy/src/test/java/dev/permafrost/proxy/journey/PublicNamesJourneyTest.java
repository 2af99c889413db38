package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An air-gapped site points the public names at its mirror, by name service alone: pip goes on with its own index URL, and lock
 * files with the URLs that they have. In a network namespace, with an {@code /etc/hosts} of its own.
 */
@Tag("journey")
final class PublicNamesJourneyTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final String PUBLIC_FILES = "https://files.pythonhosted.org";
    private static final List<String> OPTIONS = List.of(
            "--set",
            "listen=[\"127.0.0.1:0\", {address: \"127.0.0.1:443\", tls: auto}]",
            "--set",
            "hosts={pypi.org: pypi, files.pythonhosted.org: pypi}");

    @TempDir
    Path folder = Path.of("");

    private final IndexFile listed = IndexFile.of(TinyWheel.of("Firn", "1.0").requires("serac"));
    private final IndexFile needed = IndexFile.of(TinyWheel.of("serac", "2.0").padded(100_000, 1));
    private final IndexFile direct = IndexFile.of(TinyWheel.of("ice", "0.1").padded(100_000, 2));

    @Test
    void pipAndItsLockFilesStayAsTheyAre() throws Exception {
        assumeFalse(Pips.all().isEmpty(), "no pip here");
        Path copy = folder.resolve("copy");
        Product product = Product.in(folder);
        Path data = fill(product, copy);
        List<String> network =
                List.of("unshare", "--net", "--mount", "sh", "-c", "ip link set lo up; exec \"$0\" \"$@\"");
        List<String> probe = new ArrayList<>(network);
        probe.add("true");
        assumeTrue(
                Subprocess.onPath("unshare").isPresent()
                        && Subprocess.command(probe).run(TIMEOUT).exit() == 0,
                "no namespaces here");

        try (Product.Served server = product.serve(network, options("--data", data.toString(), "--offline"))) {
            install(server, data.resolve("tls"), "offline");
        }
        Seclusion seclusion = Seclusion.of(copy, folder);
        Path state = Files.createDirectory(folder.resolve("state"));
        try (Product.Served server = product.serve(
                seclusion.prefix(), options("--data", seclusion.store().toString(), "--set", "state=" + state))) {
            install(server, state.resolve("tls"), "frozen");
            assertThat(server.stop().exit()).isEqualTo(143);
        }
        assertThat(seclusion.outward()).as("outward connections").isEmpty();
    }

    private Path fill(Product product, Path copy) throws Exception {
        Path data = folder.resolve("data");
        SimpleIndexTree tree = new SimpleIndexTree().add(listed).add(needed).add(direct);
        try (Origin origin = Origin.json(tree);
                Product.Served server = product.connected(data, origin.index())) {
            Pips.newest()
                    .orElseThrow()
                    .target(folder.resolve("filled"))
                    .install(server.index(), TIMEOUT, "firn", "ice")
                    .orFail();
            product.run("freeze", "--data", data.toString(), "--to", copy.toString())
                    .orFail();
        }
        return data;
    }

    private static String[] options(String... first) {
        List<String> all = new ArrayList<>(List.of(first));
        all.addAll(OPTIONS);
        return all.toArray(String[]::new);
    }

    private void install(Product.Served server, Path tls, String name) throws Exception {
        Path hosts = Files.writeString(
                folder.resolve("hosts"), "127.0.0.1 localhost\n127.0.0.1 pypi.org files.pythonhosted.org\n");
        List<String> beside = List.of(
                "nsenter",
                "--target",
                String.valueOf(server.process().pid()),
                "--net",
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount --bind \"$0\" /etc/hosts; exec \"$@\"",
                hosts.toString());
        Path lock = Files.writeString(folder.resolve("requirements.txt"), """
                Firn==1.0 --hash=sha256:%s
                serac==2.0 --hash=sha256:%s
                %s --hash=sha256:%s
                """.formatted(
                        listed.sha256(), needed.sha256(), PUBLIC_FILES + direct.path(), direct.sha256()));
        for (Pips.Pip pip : List.of(Pips.oldest().orElseThrow(), Pips.newest().orElseThrow())) {
            Path target = folder.resolve(name + "-" + pip.pipVersion());
            Pips.Environment environment = pip.target(target);
            environment
                    .startedBy(beside)
                    .pip(
                            TIMEOUT,
                            "install",
                            "--no-cache-dir",
                            "--target",
                            target.toString(),
                            "--cert",
                            tls.resolve("root.pem").toString(),
                            "--require-hashes",
                            "-r",
                            lock.toString())
                    .orFail();
            assertThat(environment
                            .python(
                                    TIMEOUT,
                                    "import firn, serac, ice; print(serac.__version__ + ' ' + ice.__version__)")
                            .orFail()
                            .out())
                    .as(pip.toString())
                    .isEqualTo("2.0 0.1\n");
        }
    }
}
