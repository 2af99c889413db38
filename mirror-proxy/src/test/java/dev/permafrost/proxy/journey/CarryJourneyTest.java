package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.Nginx;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * From a site with a line to one without, on disks, and back: what pip and dnf took there is proved, carried, taken in and installed here
 * without a network; what was asked for in vain goes back, and comes with the next disk.
 */
@Tag("journey")
final class CarryJourneyTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final long DISK_BYTES = 64L << 20;
    private static final int LARGE_BYTES = 40 << 20;
    private static final String RELEASE = "centos-release-7-2.1511.el7.centos.2.10.x86_64.rpm";
    private static final String KEY = "RPM-GPG-KEY-CentOS-7";
    private static final TinyWheel GLACIER = TinyWheel.of("glacier", "1.0").padded(LARGE_BYTES, 1);
    private static final TinyWheel MORAINE =
            TinyWheel.of("moraine", "1.0").requires("glacier").padded(LARGE_BYTES, 2);
    private static final TinyWheel FIRN = TinyWheel.of("firn", "1.0");

    @TempDir
    Path folder = Path.of("");

    private Pips.Pip pip = new Pips.Pip(Path.of(""), "", "");
    private Product product;
    private Site here;
    private Site there;

    /** A store, and how it is named on the command line. */
    private record Site(Product product, Path data, Path state, Path config) {
        String[] options(String... words) {
            List<String> all = new ArrayList<>(List.of(words));
            all.addAll(List.of(
                    "--data", data.toString(), "--config", config.toString(), "--set", "state=" + state.toString()));
            return all.toArray(String[]::new);
        }

        String run(String... words) {
            return product.run(options(words)).orFail().out();
        }

        String ownKey() {
            return state.resolve("keys/own.pub").toString();
        }
    }

    @BeforeEach
    void prepare() throws IOException {
        assumeTrue(Subprocess.onPath("dnf").isPresent(), "no dnf here");
        assumeTrue(Subprocess.onPath("createrepo_c").isPresent(), "no createrepo_c here");
        assumeTrue(Nginx.available(), "no nginx here");
        pip = Pips.newest().orElse(pip);
        assumeTrue(!pip.pipVersion().isEmpty(), "no pip here");
        product = Product.in(folder);
        Path config = folder.resolve("permafrost.yaml");
        here = new Site(product, folder.resolve("here"), folder.resolve("here-state"), config);
        there = new Site(product, folder.resolve("there"), folder.resolve("there-state"), config);
    }

    @Test
    void whatOneSiteHasIsInstalledAtAnotherAndWhatThatLacksComesLater() throws Exception {
        try (ScriptedUpstream index = ScriptedUpstream.start();
                ScriptedUpstream rpms = ScriptedUpstream.start()) {
            SimpleIndexTree tree = new SimpleIndexTree().add(GLACIER).add(MORAINE);
            tree.serve(index);
            RpmOrigin.publish(rpms, folder, "os", List.of(RpmData.path("centos-release-and-keys/" + RELEASE)), KEY);
            Files.writeString(
                    here.config(), """
                    repositories:
                      pypi: {format: pypi, default: true, upstream: "%s"}
                      centos: {format: yum, path: /centos/$releasever, mounts: {os/$basearch: "%s"}}
                    """.formatted(index.url("/simple/"), rpms.uri("/up/$releasever/os/$basearch/")));
            fill();
            trustEachOther();
            prove();
            carryOnDisks();
            installWithoutNetwork();
            carryBackWhatWasWished(tree.add(FIRN), index);
        }
        installWhatCameLater();
        serveWithoutPermafrost();
    }

    private void fill() throws IOException {
        try (Product.Served server = product.serve(List.of(), here.options())) {
            pip.target(folder.resolve("connected"))
                    .install(server.index(), TIMEOUT, "moraine")
                    .orFail();
            dnf("filled", server.port(), List.of())
                    .run(List.of(), "download", "--destdir=" + folder.resolve("got"), "centos-release-7*")
                    .orFail();
            assertThat(RawHttp.get(server.port(), "/centos/7/os/x86_64/" + KEY).status())
                    .isEqualTo(200);
            assertThat(server.stop().exit()).isEqualTo(143);
        }
    }

    private void trustEachOther() {
        here.run("key", "new");
        there.run("key", "new");
        there.run("key", "trust", "staging", here.ownKey());
        here.run("key", "trust", "vessel", there.ownKey());
    }

    private void prove() throws IOException {
        here.run("freeze", "--name", "first", "--verify", "--require-complete", "--require-verified");
        JsonNode proof = new ObjectMapper()
                .readTree(here.data().resolve("snapshots/first/proof.json").toFile());
        assertThat(proof.path("complete").booleanValue()).isTrue();
        assertThat(proof.path("verified").booleanValue()).isTrue();
    }

    private void carryOnDisks() throws IOException {
        Path disks = folder.resolve("disks");
        here.run("export", "--to", disks.toString(), "--volume-size", "64M", "--no-server");
        try (Stream<Path> volumes = Files.list(disks)) {
            assertThat(volumes.map(volume -> volume.getFileName().toString())).containsOnly("volume-1", "volume-2");
        }
        for (String volume : List.of("volume-1", "volume-2")) {
            assertThat(bytes(disks.resolve(volume))).isLessThanOrEqualTo(DISK_BYTES);
            Subprocess.command("sha256sum", "--quiet", "-c", "SHA256SUMS")
                    .in(disks.resolve(volume))
                    .run(TIMEOUT)
                    .orFail();
        }
        // in any order
        String told = there.run(
                "import",
                "--from",
                disks.resolve("volume-2").toString(),
                "--from",
                disks.resolve("volume-1").toString());
        assertThat(told).contains("'first'");
    }

    private void installWithoutNetwork() throws Exception {
        Path requirements = Files.writeString(
                folder.resolve("requirements.txt"),
                "moraine==1.0 --hash=sha256:%s%nglacier==1.0 --hash=sha256:%s%n"
                        .formatted(
                                IndexFile.of(MORAINE).sha256(),
                                IndexFile.of(GLACIER).sha256()));
        inSeclusion("first", (server, beside) -> {
            pip.target(folder.resolve("hashed"))
                    .startedBy(beside)
                    .install(server.index(), TIMEOUT, "--require-hashes", "-r", requirements.toString())
                    .orFail();
            String base = "http://127.0.0.1:" + server.port() + "/centos/7/os/x86_64/";
            assertThat(dnf("carried", server.port(), beside)
                            .checked(base + "repodata/repomd.xml.key," + base + KEY, "install", "centos-release-7*")
                            .orFail()
                            .out())
                    .contains("Installed:", "centos-release-7-2.1511");
            assertThat(pip.target(folder.resolve("lacking"))
                            .startedBy(beside)
                            .install(server.index(), TIMEOUT, "firn")
                            .exit())
                    .isEqualTo(1);
        });
    }

    private void carryBackWhatWasWished(SimpleIndexTree tree, ScriptedUpstream index) throws IOException {
        Path inventory = folder.resolve("inventory.json");
        Path wishes = folder.resolve("wishes.json");
        Path delta = folder.resolve("delta");
        there.run("inventory", "--to", inventory.toString());
        there.run("wishes", "export", "--to", wishes.toString());
        tree.serve(index);
        try (Product.Served server = product.serve(List.of(), here.options())) {
            here.run("wishes", "fetch", wishes.toString());
            assertThat(server.stop().exit()).isEqualTo(143);
        }
        here.run("freeze", "--name", "second", "--require-complete");
        here.run("export", "--for", inventory.toString(), "--to", delta.toString(), "--no-server");
        assertThat(bytes(delta)).as("what is new").isLessThan(1 << 20);
        assertThat(there.run("import", "--from", delta.toString())).contains("'second'");
    }

    private void installWhatCameLater() throws Exception {
        inSeclusion("second", (server, beside) -> {
            pip.target(folder.resolve("later"))
                    .startedBy(beside)
                    .install(server.index(), TIMEOUT, "firn", "moraine")
                    .orFail();
            assertThat(status(server, beside, "/simple/firn/")).isEqualTo("200");
            // what was, is as it was
            assertThat(status(server, beside, "/-/snapshots/first/pypi/simple/firn/"))
                    .isEqualTo("404");
            assertThat(status(server, beside, "/-/snapshots/first/pypi/simple/moraine/"))
                    .isEqualTo("200");
            pip.target(folder.resolve("earlier"))
                    .startedBy(beside)
                    .install(
                            "http://127.0.0.1:" + server.port() + "/-/snapshots/first/pypi/simple/", TIMEOUT, "moraine")
                    .orFail();
        });
    }

    private void serveWithoutPermafrost() throws IOException {
        Path www = folder.resolve("www");
        there.run("export", "--static", www.toString());
        try (Nginx nginx = Nginx.serve(www, Files.createDirectory(folder.resolve("nginx")))) {
            pip.target(folder.resolve("static"))
                    .install(nginx.url("/pypi/simple/"), TIMEOUT, "moraine", "firn")
                    .orFail();
            String base = nginx.url("/centos/7/os/x86_64/");
            assertThat(new Dnf(folder, "static", nginx.url("/centos/$releasever/os/$basearch/"), List.of())
                            .checked(base + "repodata/repomd.xml.key," + base + KEY, "install", "centos-release-7*")
                            .orFail()
                            .out())
                    .contains("Installed:", "centos-release-7-2.1511");
        }
    }

    /** What is done at the other site while it serves. */
    @FunctionalInterface
    private interface Deeds {
        void with(Product.Served server, List<String> beside) throws Exception;
    }

    private void inSeclusion(String called, Deeds deeds) throws Exception {
        Seclusion seclusion = Seclusion.withoutNetwork(Files.createDirectory(folder.resolve("secluded-" + called)));
        try (Product.Served server = product.serve(seclusion.prefix(), there.options())) {
            deeds.with(server, seclusion.beside(server.process()));
            assertThat(server.stop().exit()).isEqualTo(143);
        }
        assertThat(seclusion.outward()).as("outward connections").isEmpty();
    }

    private static String status(Product.Served server, List<String> beside, String path) {
        List<String> command = new ArrayList<>(beside);
        command.addAll(List.of(
                "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:" + server.port() + path));
        return Subprocess.command(command).run(TIMEOUT).orFail().out();
    }

    private Dnf dnf(String called, int port, List<String> beside) {
        return new Dnf(folder, called, "http://127.0.0.1:" + port + "/centos/$releasever/os/$basearch/", beside);
    }

    private static long bytes(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }
}
