package dev.permafrost.proxy.format.yum.createrepo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.cli.Main;
import dev.permafrost.proxy.testing.CreaterepoC;
import dev.permafrost.proxy.testing.RpmBuilder;
import dev.permafrost.proxy.testing.Subprocess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file's name in the lists is what its bytes say in UTF-8, whatever the locale takes them for. */
class NamesInAnyLocaleTest {
    @TempDir
    Path temp;

    private Path rpms;
    private Path out;

    @BeforeEach
    void packagesOfNamesBeyondAscii() throws IOException {
        rpms = Files.createDirectory(temp.resolve("rpms"));
        out = temp.resolve("out");
        Path folder = Files.createDirectory(rpms.resolve(FileNames.ofBytes("größe")));
        for (Path file : List.of(
                rpms.resolve("plain.rpm"),
                rpms.resolve(FileNames.ofBytes("smørrebrød-100%.rpm")),
                folder.resolve(FileNames.ofBytes("象.rpm")))) {
            new RpmBuilder("tool", "1", "1", "noarch").write(file);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POSIX", "C.UTF-8"})
    void theListsAreThoseOfCreaterepoC(String locale) throws IOException {
        CreaterepoC.run(rpms, temp.resolve("theirs"));
        run(locale, 0);
        assertThat(CreaterepoC.document(out, "primary"))
                .isEqualTo(CreaterepoC.document(temp.resolve("theirs"), "primary"));
        assertThat(run(locale, 0, "--update").out()).contains("3 of them as they were");
    }

    @ParameterizedTest
    @ValueSource(strings = {"POSIX", "C.UTF-8"})
    void aListOfPackagesIsOfUtf8(String locale) throws IOException {
        Path list = Files.writeString(temp.resolve("list"), "größe/象.rpm\nsmørrebrød-100%.rpm\n");
        run(locale, 0, "--pkglist", list.toString());
        assertThat(CreaterepoC.read(out)).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"POSIX", "C.UTF-8"})
    void aNameThatIsNotOfUtf8IsLeftOut(String locale) throws IOException {
        Path latin = Path.of(URI.create(rpms.toUri() + "gr%F6%DFe.rpm"));
        new RpmBuilder("tool", "1", "1", "noarch").write(latin);
        assertThat(run(locale, 1).err()).contains("is not listed", "not of UTF-8");
        assertThat(CreaterepoC.read(out)).hasSize(3);
    }

    @Test
    void namesGoThereAndBack() {
        for (String name : List.of("größe/象.rpm", "a b%41.rpm", "a//b")) {
            Path file = rpms.resolve(FileNames.ofBytes(name));
            assertThat(FileNames.bytesBelow(rpms, file)).isEqualTo(name.replace("//", "/"));
        }
        assertThat(FileNames.ofBytes("/a/ä")).isAbsolute();
    }

    private Subprocess.Result run(String locale, int status, String... options) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "createrepo",
                "-o",
                out.toString()));
        command.addAll(List.of(options));
        command.add(rpms.toString());
        Subprocess.Result result =
                Subprocess.command(command).env("LC_ALL", locale).run(Duration.ofMinutes(1));
        assertThat(result.exit()).as(result.toString()).isEqualTo(status);
        return result;
    }
}
