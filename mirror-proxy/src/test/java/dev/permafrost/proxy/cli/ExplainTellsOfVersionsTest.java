package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.RpmTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code permafrost explain} says of a package which older and newer ones there are, and finds packages by wildcards. */
class ExplainTellsOfVersionsTest extends SyncedUpstream {
    private static RpmTree perl(String revision) {
        return new RpmTree()
                .revision(revision)
                .with(0, "bash-4.9-1.el8.x86_64")
                .with(0, "bash-4.10-1.el8.x86_64")
                .with(1, "bash-4.1-1.el8.x86_64")
                .with(0, "bash-5-1.el8.i686")
                .with(0, "bash-doc-6-1.el8.x86_64")
                .with(0, "perl-5.26-1.el8.x86_64")
                .with(0, "perl-5.30-1.module.x86_64")
                .naming("modules", "yaml", RpmTree.bytes("""
                                document: modulemd
                                data:
                                  artifacts:
                                    rpms:
                                    - perl-0:5.30-1.module.x86_64
                                """));
    }

    private String explain(String... words) {
        List<String> all = new ArrayList<>(List.of("explain", "yum"));
        all.addAll(List.of(words));
        assertThat(command(config(), all)).as(told()).isZero();
        return out.toString();
    }

    @Test
    void olderAndNewerOnesAreTheseByEpochVersionAndRelease() {
        perl("1").at(upstream, AT);
        assertThat(sync("--include", "bash")).as(told()).isZero();
        assertThat(explain("bash-4.10-1.el8.x86_64"))
                .contains(
                        "1 file, 1 served",
                        "newer in that directory: bash-1:4.1-1.el8.x86_64\n",
                        "older in that directory: bash-4.9-1.el8.x86_64\n")
                .doesNotContain("i686", "bash-doc");
        assertThat(explain("bash-4.1-1.el8"))
                .contains("older in that directory: bash-4.10-1.el8.x86_64, bash-4.9-1.el8.x86_64\n")
                .doesNotContain("newer in");
        assertThat(explain("bash-4.1-1.el8", "--json"))
                .contains(
                        "\"package\" : \"bash-1:4.1-1.el8.x86_64\"",
                        "\"modular\" : false",
                        "\"newer\" : [ ]",
                        "\"newer-count\" : 0",
                        "\"older-count\" : 2");
    }

    @Test
    void whatModulesHaveIsSaidAndMakesNothingOld() {
        perl("1").at(upstream, AT);
        assertThat(sync("--plan-only")).as(told()).isZero();
        assertThat(explain("perl"))
                .contains(
                        "2 files",
                        "perl-5.30-1.module.x86_64.rpm\n",
                        "a stream of modules has it: clients see it where that is enabled",
                        "older in that directory: perl-5.26-1.el8.x86_64")
                .doesNotContain("newer in that directory");
    }

    @Test
    void whereNoListNamesItThoseOfItsNameAreTold() {
        perl("1").at(upstream, AT);
        assertThat(sync("--plan-only")).as(told()).isZero();
        for (String spelled : List.of("bash-4.8-1.el8.x86_64", "bash-4.8-1.el8", "bash-4.8", "bash.aarch64")) {
            assertThat(explain(spelled))
                    .as(spelled)
                    .contains(
                            "0 files",
                            "no list names it; metadata is held of /",
                            "there is bash-5-1.el8.i686 in /\n",
                            "there is bash-1:4.1-1.el8.x86_64 in /\n")
                    .doesNotContain("bash-doc");
        }
        assertThat(explain("bash-doc-7-1.el8.x86_64"))
                .contains("there is bash-doc-6-1")
                .doesNotContain("bash-4");
        assertThat(explain("perl-6")).contains("there is perl-5.30-1.module.x86_64 in /, of a stream of modules");
        assertThat(explain("nothing-1-1.x86_64")).doesNotContain("there is");
    }

    @Test
    void aHeldPackageThatIsListedNoMoreHasTheNewerOnesTold() {
        perl("1").at(upstream, AT);
        assertThat(sync("--include", "perl-5.26*")).as(told()).isZero();
        new RpmTree().revision("2").with(0, "perl-5.28-1.el8.x86_64").at(upstream, AT);
        assertThat(sync("--plan-only")).as(told()).isZero();
        assertThat(explain("perl-5.26-1.el8.x86_64"))
                .contains(
                        "held: sha256",
                        "listed before by the primary of /, revision 1",
                        "newer in that directory: perl-5.28-1.el8.x86_64");
    }

    @Test
    void sinceWhenItIsListedIsTold() {
        perl("1").at(upstream, AT);
        assertThat(sync("--plan-only")).as(told()).isZero();
        assertThat(explain("bash-doc")).doesNotContain("the same since");
        perl("2").at(upstream, AT);
        assertThat(sync("--plan-only")).as(told()).isZero();
        assertThat(explain("bash-doc"))
                .contains(
                        "listed by the primary of /, revision 2",
                        "the same since revision 1 of 2023-11-14T22:13:20Z or before");
        perl("3")
                .with("p/bash-doc-6-1.el8.x86_64.rpm", 0, RpmTree.bytes("built again"))
                .at(upstream, AT);
        assertThat(sync("--plan-only")).as(told()).isZero();
        assertThat(explain("bash-doc", "--json")).contains("\"since-revision\" : \"3\"");
    }

    @Test
    void packagesAreFoundByWildcards() {
        perl("1").at(upstream, AT);
        assertThat(sync("--plan-only")).as(told()).isZero();
        assertThat(explain("bash*")).contains("bash* in yum: 5 files");
        assertThat(explain("bash-[0-9]*.x86_64")).contains(": 3 files");
        assertThat(explain("bash-0:4.?-*"))
                .contains(": 2 files", "bash-4.9-1.el8.x86_64.rpm", "bash-4.1-1.el8.x86_64.rpm");
        assertThat(explain("z*")).contains("0 files").doesNotContain("there is");
        assertThat(command(config(), List.of("explain", "yum", "*".repeat(2000))))
                .isEqualTo(2);
        assertThat(err.toString()).contains("more than 1024 characters");
    }

    @Test
    void aListThatIsDamagedLeavesTheRestTold() throws Exception {
        perl("1").at(upstream, AT);
        assertThat(sync("--include", "bash-doc")).as(told()).isZero();
        Path blob = list();
        byte[] bytes = Files.readAllBytes(blob);
        bytes[bytes.length / 2] ^= 0x55;
        Files.write(blob, bytes);
        assertThat(explain("bash-doc"))
                .contains(
                        "it is held, and what its list says",
                        "what else the list of / has is not told, since it can't be read: ");
    }

    /** The blob of primary. */
    private Path list() throws Exception {
        String digest = perl("1").metadata().keySet().stream()
                .filter(path -> path.endsWith("-primary.xml.gz"))
                .map(path -> path.substring("repodata/".length(), path.indexOf('-')))
                .findFirst()
                .orElseThrow();
        try (Stream<Path> files = Files.walk(data().resolve("blobs"))) {
            return files.filter(file -> file.endsWith(digest)).findFirst().orElseThrow();
        }
    }
}
