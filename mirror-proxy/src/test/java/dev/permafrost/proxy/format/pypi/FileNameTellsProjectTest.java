package dev.permafrost.proxy.format.pypi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose a file is, by its name. */
class FileNameTellsProjectTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Foo_Bar-1.0-py3-none-any.whl | foo-bar",
                "numpy-2.1.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.WHL | numpy",
                "foo-bar-1.0.tar.gz | foo-bar,foo",
                "a-b-c-1.0.tar.gz | a-b-c,a-b,a",
                "py-2-json-1.0.zip | py-2-json,py,py-2",
                "foo-1.0-1.tar.gz | foo,foo-1-0",
                "foo-1.0.win32-py2.7.exe | foo,foo-1-0-win32",
                "foo-1.0-py2.7.egg | foo,foo-1-0",
                "foo-2023-01-02.tar.bz2 | foo-2023-01,foo-2023,foo",
                "zope.interface-5.0.tar.gz | zope-interface",
                "python-foo_1.0-1_all.deb | python-foo,python-foo-1-0,python",
                "foo-master.zip | foo"
            })
    void candidates(String fileName, String projects) {
        assertThat(DistributionName.candidates(fileName))
                .extracting(ProjectName::value)
                .containsExactly(projects.split(",", -1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"foo.tar.gz", "-1.0.tar.gz", "-1.0-py3-none-any.whl", "é-1.0.zip", "../foo-1.0.tar.gz", ""})
    void noCandidate(String fileName) {
        assertThat(DistributionName.candidates(fileName)).isEmpty();
    }

    @Test
    void candidatesAreFew() {
        List<ProjectName> candidates = DistributionName.candidates("a-1".repeat(80) + "-2.0.tar.gz");
        assertThat(candidates).hasSize(DistributionName.CANDIDATES_MAX).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource({
        "foo-bar,Foo_Bar-1.0-py3-none-any.whl,1.0",
        "foo-bar,foo-bar-1.0.tar.gz,1.0",
        "foo,foo-1.0-1.tar.gz,1.0-1",
        "foo,foo-1.0.post1.zip,1.0.post1",
        "torch,torch-2.4.0+cpu-cp312-cp312-linux_x86_64.whl,2.4.0+cpu",
        "foo,foo-1.0-py2.7.egg,1.0",
        "foo,foo-1.0.win32-py2.7.exe,1.0",
        "foo,foo-1.0.win32.exe,1.0",
        "foo,foo-1.0.tgz,1.0",
        "foo,foo-1.0.tar.Z,1.0",
        "foo,foo-1.0.linux-x86_64.tar.gz,1.0",
        "foo,foo-1.0.2.macosx-10.9-x86_64.tar.gz,1.0.2",
        "foo,foo-1.0.win32.tar.gz,1.0"
    })
    void version(String project, String fileName, String version) {
        assertThat(DistributionName.version(new ProjectName(project), fileName)).hasValue(version);
    }

    @Test
    void noVersionInAnothersFile() {
        assertThat(DistributionName.version(new ProjectName("foo"), "bar-1.0.tar.gz"))
                .isEmpty();
        assertThat(DistributionName.version(new ProjectName("foo"), "foo-.tar.gz"))
                .isEmpty();
        assertThat(DistributionName.version(new ProjectName("foo"), "foo.tar.gz"))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "1.0,1",
        "v1.0.0,1.0",
        "2020.01.01,2020.1.1",
        "1.0-Beta_2,1b2",
        "1.0.alpha,1a0",
        "1.0c1,1.0rc1",
        "1.0-1,1.0.post1",
        "1.0_1,1.0.post1",
        "1.0.rev3,1.0.post3",
        "1.0.DEV,1.0.dev0",
        "0!1.0,1.0",
        "1.0+Ubuntu-1,1.0+ubuntu.1",
        "0.0,0"
    })
    void spellingsOfOneVersion(String one, String other) {
        assertThat(Version.key(one)).isEqualTo(Version.key(other));
    }

    @ParameterizedTest
    @CsvSource({"1.0,1.1", "1.0,10", "1.0a1,1.0b1", "1!1.0,1.0", "1.0.post1,1.0", "1.0.dev1,1.0", "1.0+a,1.0", "x,y"})
    void differentVersions(String one, String other) {
        assertThat(Version.key(one)).isNotEqualTo(Version.key(other));
    }
}
