package dev.permafrost.proxy.journey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RpmData;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same for hosts with dnf: from the first download through the mirror to an installation from a frozen copy of it, all signatures checked. */
@Tag("journey")
final class RpmJourneyTest {
    private static final String RELEASE = "centos-release-7-2.1511.el7.centos.2.10.x86_64.rpm";
    private static final String KEY = "RPM-GPG-KEY-CentOS-7";

    @TempDir
    Path folder = Path.of("");

    @BeforeEach
    void findClients() {
        assumeTrue(Subprocess.onPath("dnf").isPresent(), "no dnf here");
        assumeTrue(Subprocess.onPath("createrepo_c").isPresent(), "no createrepo_c here");
    }

    @Test
    void dnfFillsItAndInstallsFromAFrozenCopyWithoutNetwork() throws Exception {
        Product product = Product.in(folder);
        Path data = folder.resolve("data");
        Path copy = folder.resolve("copy");
        Path config = folder.resolve("permafrost.yaml");
        try (ScriptedUpstream upstream = ScriptedUpstream.start()) {
            RpmOrigin.publish(
                    upstream,
                    folder,
                    "part",
                    RpmData.endingWith(".rpm").stream()
                            .filter(file -> file.toString().contains("/centos-release-and-keys/"))
                            .toList(),
                    KEY);
            RpmOrigin.publish(
                    upstream, folder, "whole", List.of(RpmData.path("centos-release-and-keys/" + RELEASE)), KEY);
            Files.writeString(config, """
                    repositories:
                      centos:
                        format: yum
                        path: /centos/$releasever
                        mounts: {part/$basearch: "%s", whole/$basearch: "%s"}
                    """.formatted(
                    upstream.uri("/up/$releasever/part/$basearch/"), upstream.uri("/up/$releasever/whole/$basearch/")));
            try (Product.Served server =
                    product.serve(List.of(), "--data", data.toString(), "--config", config.toString())) {
                for (String repository : List.of("part", "whole")) {
                    dnf(server, List.of(), repository, "filled")
                            .run(
                                    List.of(),
                                    "download",
                                    "--destdir=" + folder.resolve("got-" + repository),
                                    "centos-release-7*")
                            .orFail();
                    assertThat(folder.resolve("got-" + repository).resolve(RELEASE))
                            .hasBinaryContent(RpmData.bytes("centos-release-and-keys/" + RELEASE));
                    assertThat(RawHttp.get(server.port(), path(repository) + KEY)
                                    .status())
                            .isEqualTo(200);
                }
                assertThat(server.stop().exit()).isEqualTo(143);
            }
        }
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
        assertThat(told)
                .contains(
                        "/7/part/x86_64/ lists the 1 of upstream's ",
                        "/7/whole/x86_64/ is whole: all of its 1 packages");
        installInSeclusion(product, copy, config);
    }

    private void installInSeclusion(Product product, Path copy, Path config) throws Exception {
        Seclusion seclusion = Seclusion.of(copy, folder);
        Map<String, String> before = Folders.picture(copy);
        try (Product.Served server = product.serve(
                seclusion.prefix(), "--data", seclusion.store().toString(), "--config", config.toString())) {
            List<String> beside = seclusion.beside(server.process());
            for (String repository : List.of("part", "whole")) {
                assertThat(checked(server, beside, repository, "install", "centos-release-7*")
                                .orFail()
                                .out())
                        .contains("Installed:", "centos-release-7-2.1511");
                assertThat(folder.resolve("root-frozen-" + repository + "/etc/centos-release"))
                        .exists();
                // what upstream lists and the copy has not is not even listed
                assertThat(checked(server, beside, repository, "repoquery", "--qf", "%{name}")
                                .orFail()
                                .out()
                                .strip())
                        .isEqualTo("centos-release");
            }
            assertThat(server.stop().exit()).isEqualTo(143);
        }
        assertThat(Folders.picture(copy)).as("the copy, after it was served").isEqualTo(before);
        assertThat(seclusion.outward()).as("outward connections").isEmpty();
    }

    private Subprocess.Result checked(Product.Served server, List<String> prefix, String repository, String... verb) {
        String base = "http://127.0.0.1:" + server.port() + path(repository);
        return dnf(server, prefix, repository, "frozen").checked(base + "repodata/repomd.xml.key," + base + KEY, verb);
    }

    private static String path(String repository) {
        return "/centos/7/" + repository + "/x86_64/";
    }

    private Dnf dnf(Product.Served server, List<String> prefix, String repository, String phase) {
        return new Dnf(
                folder,
                phase + "-" + repository,
                "http://127.0.0.1:" + server.port() + "/centos/$releasever/" + repository + "/$basearch/",
                prefix);
    }
}
