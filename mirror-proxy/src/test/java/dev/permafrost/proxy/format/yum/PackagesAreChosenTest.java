package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.model.Digest;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Of a list of packages those are wanted that fit by architecture and pattern, and of these the newest where no more is wanted. */
class PackagesAreChosenTest {
    private static final Digest SUM = Digest.sha256("00".repeat(32));

    private static final List<String> LISTED = List.of(
            "bash-4.2.46-31.el7.x86_64",
            "bash-4.2.46-34.el7.x86_64",
            "bash-4.2.46-34.el7.src",
            "bash-1:4.2.46-1.el7.i686",
            "bash-5.0-1.el7.i686",
            "kernel-3.10.0-9.x86_64",
            "kernel-3.10.0-1160.x86_64",
            "kernel-doc-3.10.0-1160.noarch",
            "perl-5.26-1.module.x86_64",
            "perl-5.30-1.module.x86_64");

    private static List<String> wanted(Map<String, String> wishes, boolean newestOnly, Set<String> modular) {
        WantedPackages packages = new WantedPackages(PackageFilter.of(wishes), newestOnly, modular);
        for (String text : LISTED) {
            Nevra nevra = Nevra.parse(text).orElseThrow();
            packages.add(new ListedPackage(nevra, SUM, new Location(text, text, null), 10, -1, -1, -1, -1, null, 0, 0));
        }
        assertThat(packages.listed()).isEqualTo(LISTED.size());
        return packages.wanted().stream().map(PackageTable.Listed::path).toList();
    }

    private static List<String> wanted(Map<String, String> wishes) {
        return wanted(wishes, false, Set.of());
    }

    @Test
    void withoutWishesAllAreWanted() {
        assertThat(wanted(Map.of())).isEqualTo(LISTED);
    }

    @Test
    void ofEachNameAndArchitectureTheNewestByEpochAndVersionIsWanted() {
        assertThat(wanted(Map.of(), true, Set.of()))
                .containsExactly(
                        "bash-4.2.46-34.el7.x86_64",
                        "bash-4.2.46-34.el7.src",
                        "bash-1:4.2.46-1.el7.i686",
                        "kernel-3.10.0-1160.x86_64",
                        "kernel-doc-3.10.0-1160.noarch",
                        "perl-5.30-1.module.x86_64");
    }

    @Test
    void packagesOfModulesAreWantedWhateverTheirAgeAndMakeNoOtherOld() {
        assertThat(wanted(Map.of(), true, Set.of("perl-5.26-1.module.x86_64", "kernel-3.10.0-1160.x86_64")))
                .contains("perl-5.26-1.module.x86_64", "perl-5.30-1.module.x86_64")
                .contains("kernel-3.10.0-9.x86_64", "kernel-3.10.0-1160.x86_64");
    }

    @Test
    void theNewestIsTheNewestOfWhatIsWantedAtAll() {
        assertThat(wanted(Map.of("exclude", "bash-4.2.46-34*", "arch", "x86_64"), true, Set.of()))
                .containsExactly(
                        "bash-4.2.46-31.el7.x86_64",
                        "kernel-3.10.0-1160.x86_64",
                        "kernel-doc-3.10.0-1160.noarch",
                        "perl-5.30-1.module.x86_64");
    }

    @Test
    void architecturesComeWithThatOfNone() {
        assertThat(wanted(Map.of("arch", "i686")))
                .containsExactly("bash-1:4.2.46-1.el7.i686", "bash-5.0-1.el7.i686", "kernel-doc-3.10.0-1160.noarch");
    }

    @Test
    void sourcesComeBesideArchitecturesOrAlone() {
        assertThat(wanted(Map.of("arch", "i686", "source", ""))).hasSize(4).contains("bash-4.2.46-34.el7.src");
        assertThat(wanted(Map.of("source", ""))).containsExactly("bash-4.2.46-34.el7.src");
    }

    @Test
    void patternsAreOfNamesOrMore() {
        assertThat(wanted(Map.of("include", "kernel"))).hasSize(2);
        assertThat(wanted(Map.of("include", "kernel*"))).hasSize(3);
        assertThat(wanted(Map.of("include", "bash-4.2.46\nbash-1:*"))).hasSize(4);
        assertThat(wanted(Map.of("include", "*.i686"))).hasSize(2);
        assertThat(wanted(Map.of("include", "bash-4.2.46-31.el7.x86_64"))).hasSize(1);
        assertThat(wanted(Map.of("include", "bash.src\nkernel-doc", "exclude", "*doc*")))
                .containsExactly("bash-4.2.46-34.el7.src");
    }

    @Test
    void modulesAreReadFromAllDocuments() throws IOException {
        String yaml = """
                ---
                document: modulemd
                version: 2
                data:
                  name: perl
                  artifacts:
                    rpms:
                    - perl-4:5.26.3-416.el8.x86_64
                    - perl-libs-0:1-1.el8.noarch
                  profiles:
                    common: {rpms: [not-an-artifact-1-1.noarch]}
                ...
                ---
                document: modulemd-defaults
                data: {module: perl, stream: "5.26"}
                ...
                ---
                document: modulemd
                data: {artifacts: {rpms: ["nginx-1:1.14.1-9.el8.src", "no nevra"]}}
                """;
        assertThat(ModuleArtifacts.read(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)), "it"))
                .containsExactlyInAnyOrder(
                        "perl-4:5.26.3-416.el8.x86_64", "perl-libs-1-1.el8.noarch", "nginx-1:1.14.1-9.el8.src");
    }

    @Test
    void longModulesAreReadToTheirEnd() throws IOException {
        StringBuilder yaml = new StringBuilder("data:\n  artifacts:\n    rpms:\n");
        for (int i = 0; i < 150_000; i++) {
            yaml.append("    - package-number-").append(i).append("-0:1.2.3-4.module_el8.x86_64\n");
        }
        assertThat(yaml.length()).isGreaterThan(5 << 20);
        assertThat(ModuleArtifacts.read(
                        new ByteArrayInputStream(yaml.toString().getBytes(StandardCharsets.UTF_8)), "it"))
                .hasSize(150_000);
    }

    @Test
    void modulesThatAreNoYamlAreAFaultOfUpstream() {
        assertThatThrownBy(() -> ModuleArtifacts.read(
                        new ByteArrayInputStream("a: [b\n---\n".getBytes(StandardCharsets.UTF_8)), "it"))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UPSTREAM_INVALID));
    }

    @Test
    void whatIsNoPatternIsSaidToBeNone() {
        assertThatThrownBy(() -> PackageFilter.of(Map.of("exclude", "x".repeat(2000))))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.BAD_REQUEST))
                .hasMessageContaining("--exclude");
    }
}
