package dev.permafrost.proxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.RpmBuilder;
import dev.permafrost.store.MirrorStore;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code permafrost repository duplicates --delete} takes out of a repository of one's own what something newer takes the place of. */
class SupersededPackagesAreDeletedTest {
    @TempDir
    Path folder = Path.of("");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path rpms = Path.of("");

    @BeforeEach
    void publish() throws Exception {
        MirrorStore.open(MirrorStore.Options.of(folder.resolve("data"))).close();
        rpms = Files.createDirectories(folder.resolve("rpms"));
        Files.writeString(
                folder.resolve("permafrost.yaml"),
                "{data: data, repositories: {ours: {format: yum, uploads: {}}, py: {default: true, uploads: {}}}}");
        for (String arch : List.of("noarch", "x86_64")) {
            for (String version : List.of("9", "10")) {
                put(version, arch);
            }
        }
        put("11", "x86_64");
        // what modules have is not old
        put("8", "i686");
        Files.writeString(
                rpms.resolve("modules.yaml"),
                "document: modulemd\ndata:\n  artifacts:\n    rpms:\n    - firn-0:9-1.noarch\n    - firn-0:8-1.i686\n");
        assertThat(run("publish", "ours", rpms.toString())).as(told()).isZero();
    }

    private void put(String version, String arch) {
        new RpmBuilder("firn", version, "1", arch).write(rpms.resolve("firn-" + version + "-1." + arch + ".rpm"));
    }

    private int run(String... words) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(List.of(words));
        all.addAll(List.of("--config", folder.resolve("permafrost.yaml").toString()));
        return Main.line()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
    }

    private String told() {
        return "out:\n" + out + "err:\n" + err;
    }

    @Test
    void theOldOnesGoAndThoseOfModulesStay() {
        assertThat(run("repository", "duplicates", "ours")).as(told()).isZero();
        assertThat(out.toString())
                .contains(
                        "superseded firn-9-1.x86_64 by firn-11-1.x86_64",
                        "superseded firn-10-1.x86_64 by firn-11-1.x86_64",
                        "2 superseded",
                        "To delete those that are superseded: permafrost repository duplicates ours --delete");
        assertThat(run("repository", "duplicates", "ours", "--delete"))
                .as(told())
                .isZero();
        assertThat(out.toString())
                .contains("firn-10-1.x86_64.rpm", "firn-9-1.x86_64.rpm", "Deleted: 2 packages that are superseded");
        assertThat(run("repository", "duplicates", "ours")).as(told()).isZero();
        assertThat(out.toString()).contains(" 4 packages", "0 superseded");
        assertThat(run("repository", "duplicates", "ours", "--delete", "--json"))
                .as(told())
                .isZero();
        assertThat(out.toString()).contains("\"deleted-count\" : 0");
    }

    @Test
    void ofWhatIsNotOnesOwnNothingIsDeleted() {
        assertThat(run("repository", "duplicates", "other", "--delete"))
                .as(told())
                .isEqualTo(2);
        assertThat(err.toString()).contains("there is no repository 'other' whose files are its own");
        assertThat(run("repository", "duplicates", "py", "--delete")).as(told()).isEqualTo(2);
        assertThat(err.toString()).contains("permafrost delete");
    }
}
