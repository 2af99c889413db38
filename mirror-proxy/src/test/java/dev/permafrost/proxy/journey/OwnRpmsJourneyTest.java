package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.Eventually;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.WriteLogin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** dnf installs what is published here, all signatures checked, from a running server and from a frozen copy. */
@Tag("journey")
final class OwnRpmsJourneyTest {
    private static final Duration SOON = Duration.ofMinutes(1);
    private static final String RELEASE = "centos-release-7-2.1511.el7.centos.2.10.x86_64.rpm";
    private static final String KEY = "RPM-GPG-KEY-CentOS-7";

    @TempDir
    Path folder = Path.of("");

    private Path rpms = Path.of("");
    private Path config = Path.of("");

    @BeforeEach
    void prepare() throws Exception {
        assumeTrue(Subprocess.onPath("dnf").isPresent(), "no dnf here");
        rpms = Files.createDirectories(folder.resolve("rpms"));
        config = Files.writeString(folder.resolve("permafrost.yaml"), """
                repositories:
                  ours: {format: yum, path: /el7, publish: rpms}
                """);
    }

    private String[] options(Path data) {
        return new String[] {"--data", data.toString(), "--config", config.toString()};
    }

    private Dnf dnf(Product.Served server, String called) {
        return new Dnf(folder, called, "http://127.0.0.1:" + server.port() + "/el7/", List.of());
    }

    private static String keys(Product.Served server) {
        return "http://127.0.0.1:" + server.port() + "/el7/repodata/repomd.xml.key,file://"
                + RpmData.path("centos-release-and-keys/" + KEY);
    }

    private static void awaitListed(Product.Served server, String path) {
        Eventually.is(
                SOON,
                path + " can be had",
                () -> RawHttp.get(server.port(), "/el7/" + path).status() == 200);
    }

    private void installs(Product.Served server, String called) {
        assertThat(dnf(server, called)
                        .checked(keys(server), "install", "centos-release-7*")
                        .orFail()
                        .out())
                .contains("Installed:", "centos-release-7-2.1511");
        assertThat(folder.resolve("root-" + called + "/etc/centos-release")).exists();
    }

    @Test
    void dnfInstallsFromAFolderAndFromAFrozenCopyOfIt() throws Exception {
        Product product = Product.in(folder);
        Path data = folder.resolve("data");
        Path copy = folder.resolve("copy");
        Files.createDirectories(rpms.resolve("Packages"));
        try (Product.Served server = product.serve(List.of(), options(data))) {
            // an empty folder is an empty repository
            awaitListed(server, "repodata/repomd.xml");
            Files.copy(RpmData.path("centos-release-and-keys/" + RELEASE), rpms.resolve("Packages/" + RELEASE));
            awaitListed(server, "Packages/" + RELEASE);
            installs(server, "live");
            String told = product.run(
                            "freeze",
                            "--name",
                            "first",
                            "--to",
                            copy.toString(),
                            "--data",
                            data.toString(),
                            "--config",
                            config.toString())
                    .orFail()
                    .out();
            assertThat(told).contains("ours: / is whole: all of its 1 packages are held");
            assertThat(server.stop().exit()).isEqualTo(143);
        }
        try (Product.Served server = product.serve(List.of(), options(copy))) {
            installs(server, "frozen");
            assertThat(server.stop().exit()).isEqualTo(143);
        }
    }

    @Test
    void dnfKnowsTheGroupsAndModulesOfAFolder() throws Exception {
        Product product = Product.in(folder);
        Files.copy(RpmData.path("centos-release-and-keys/" + RELEASE), rpms.resolve(RELEASE));
        Files.writeString(rpms.resolve("comps.xml"), """
                <?xml version="1.0" encoding="UTF-8"?>
                <!DOCTYPE comps PUBLIC "-//Red Hat, Inc.//DTD Comps info//EN" "comps.dtd">
                <comps><group><id>ice</id><name>Ice and snow</name><description/><default>true</default>
                <uservisible>true</uservisible><packagelist><packagereq type="mandatory">centos-release</packagereq></packagelist>
                </group></comps>
                """);
        Files.writeString(rpms.resolve("modules.yaml"), """
                ---
                document: modulemd
                version: 2
                data:
                  name: glacier
                  stream: "9"
                  version: 1
                  context: c0ffee
                  arch: x86_64
                  summary: Moves slowly
                  description: Moves slowly
                  license: {module: [MIT]}
                  profiles: {default: {rpms: [centos-release]}}
                ...
                """);
        try (Product.Served server = product.serve(List.of(), options(folder.resolve("data")))) {
            awaitListed(server, RELEASE);
            Eventually.is(
                    SOON,
                    "groups are in the metadata",
                    () -> RawHttp.get(server.port(), "/el7/repodata/repomd.xml")
                            .body()
                            .text()
                            .contains("group_gz"));
            Dnf dnf = dnf(server, "groups");
            assertThat(dnf.checked(keys(server), "group", "info", "ice")
                            .orFail()
                            .out())
                    .contains("Ice and snow", "centos-release");
            assertThat(dnf.checked(
                                    keys(server),
                                    "--setopt=module_platform_id=platform:el7",
                                    "module",
                                    "list",
                                    "glacier")
                            .orFail()
                            .out())
                    .contains("Moves slowly");
            assertThat(server.stop().exit()).isEqualTo(143);
        }
    }

    @Test
    void dnfInstallsFromATreeThatHasMetadataOfItsOwn() throws Exception {
        Product product = Product.in(folder);
        Path tree = Files.createDirectories(rpms.resolve("tree"));
        Files.copy(RpmData.path("centos-release-and-keys/" + RELEASE), tree.resolve(RELEASE));
        product.run(
                        "createrepo",
                        tree.toString(),
                        "--sign",
                        folder.resolve("their.asc").toString())
                .orFail();
        try (Product.Served server = product.serve(List.of(), options(folder.resolve("data")))) {
            awaitListed(server, "tree/repodata/repomd.xml");
            assertThat(RawHttp.get(server.port(), "/el7/tree/repodata/repomd.xml.asc")
                            .body()
                            .bytes())
                    .isEqualTo(Files.readAllBytes(tree.resolve("repodata/repomd.xml.asc")));
            String base = "http://127.0.0.1:" + server.port() + "/el7/tree/";
            assertThat(new Dnf(folder, "tree", base, List.of())
                            .checked(keys(server).replace("/el7/", "/el7/tree/"), "install", "centos-release-7*")
                            .orFail()
                            .out())
                    .contains("Installed:", "centos-release-7-2.1511");
            assertThat(server.stop().exit()).isEqualTo(143);
        }
    }

    @Test
    void dnfInstallsWhatCurlHasPut() throws Exception {
        assumeTrue(Subprocess.onPath("curl").isPresent(), "no curl here");
        Product product = Product.in(folder);
        WriteLogin writer = WriteLogin.in(folder);
        Files.writeString(
                config, "repositories: {ours: {format: yum, path: /el7, auth: {tokens: tokens, write: [ci]}}}\n");
        try (Product.Served server = product.serve(List.of(), options(folder.resolve("data")))) {
            Subprocess.Result put = Subprocess.command(
                            "curl",
                            "-sS",
                            "--fail-with-body",
                            "--user",
                            writer.userAndPassword(),
                            "--upload-file",
                            RpmData.path("centos-release-and-keys/" + RELEASE).toString(),
                            "http://127.0.0.1:" + server.port() + "/el7/Packages/")
                    .run(SOON)
                    .orFail();
            assertThat(put.out()).startsWith("Packages/" + RELEASE + " is here");
            awaitListed(server, "Packages/" + RELEASE);
            installs(server, "put");
            assertThat(server.stop().exit()).isEqualTo(143);
        }
    }

    @Test
    void theVerbPublishesWithoutAServer() throws Exception {
        Product product = Product.in(folder);
        Path data = folder.resolve("data");
        Files.writeString(config, "repositories: {ours: {format: yum, path: /el7, uploads: {}}}\n");
        Path other = Files.createDirectories(folder.resolve("other"));
        Files.copy(RpmData.path("centos-release-and-keys/" + RELEASE), other.resolve(RELEASE));
        // a store is made by whoever serves first
        try (Product.Served server = product.serve(List.of(), options(data))) {
            assertThat(server.stop().exit()).isEqualTo(143);
        }
        assertThat(product.run(
                                "publish",
                                "ours",
                                other.toString(),
                                "--link",
                                "--data",
                                data.toString(),
                                "--config",
                                config.toString())
                        .orFail()
                        .out())
                .contains("Published: 1 files are in ours, 0 of them as they were");
        assertThat(Files.getAttribute(other.resolve(RELEASE), "unix:nlink")).isEqualTo(2);
        try (Product.Served server = product.serve(List.of(), options(data))) {
            installs(server, "published");
            assertThat(product.run(
                                    "delete",
                                    "ours",
                                    "centos-release==7-2.1511.el7.centos.2.10",
                                    "--data",
                                    data.toString(),
                                    "--config",
                                    config.toString())
                            .orFail()
                            .out())
                    .contains("is deleted: " + RELEASE);
            assertThat(dnf(server, "deleted")
                            .checked(keys(server), "install", "centos-release-7*")
                            .exit())
                    .isNotZero();
            assertThat(server.stop().exit()).isEqualTo(143);
        }
    }
}
