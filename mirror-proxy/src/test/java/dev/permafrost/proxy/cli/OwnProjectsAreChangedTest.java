package dev.permafrost.proxy.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.TinyWheel;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator publishes, yanks and deletes, with a server running and without. */
final class OwnProjectsAreChangedTest {
    private static final TinyWheel OLD = TinyWheel.of("firn", "1.0");
    private static final TinyWheel NEW = TinyWheel.of("firn", "2.0");

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private Path data = Path.of("");
    private Path wheels = Path.of("");
    private Path config = Path.of("");

    @BeforeEach
    void makeWheels() throws Exception {
        data = folder.resolve("data");
        config = Files.writeString(
                folder.resolve("permafrost.yaml"),
                "{data: data, repositories: {pypi: {default: true}, mirrored: {upstream: 'http://127.0.0.1:9/simple/'}}}");
        wheels = folder.resolve("wheels");
        Files.createDirectories(wheels.resolve("deeper"));
        Files.write(wheels.resolve(OLD.filename()), OLD.bytes());
        Files.write(wheels.resolve("deeper").resolve(NEW.filename()), NEW.bytes());
        Files.writeString(wheels.resolve(NEW.filename() + ".asc"), "a signature of nothing here");
        Files.writeString(wheels.resolve("index.html"), "what pip downloads left");
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        String[] all = new String[arguments.length + 2];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        all[arguments.length] = "--config";
        all[arguments.length + 1] = config.toString();
        return Main.line()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all);
    }

    private int publish() {
        return run("publish", "pypi", wheels.toString());
    }

    @Test
    void withAServerRunningItIsSeenAtOnce() {
        try (RunningMirror mirror = RunningMirror.in(data).start()) {
            assertThat(mirror.get("/simple/firn/").status()).isEqualTo(404);
            assertThat(publish()).as(err.toString()).isZero();
            assertThat(out.toString()).contains("Published: 2 files are in pypi");
            assertThat(mirror.get("/simple/firn/").body().text()).contains(OLD.filename(), NEW.filename());
            assertThat(run("yank", "pypi", "Firn==2", "--reason", "it melts")).isZero();
            assertThat(out.toString()).contains("firn 2 is yanked: " + NEW.filename());
            assertThat(mirror.get("/simple/firn/").body().text()).contains("data-yanked=\"it melts\"");
            assertThat(run("yank", "pypi", "firn==2.0", "--undo")).isZero();
            assertThat(mirror.get("/simple/firn/").body().text()).doesNotContain("data-yanked");
            assertThat(run("delete", "pypi", "firn==2.0")).isZero();
            assertThat(mirror.get("/simple/firn/").body().text())
                    .contains(OLD.filename())
                    .doesNotContain(NEW.filename());
        }
    }

    @Test
    void withoutAServerItIsThereWhenOneStarts() {
        RunningMirror.in(data).start().close();
        assertThat(publish()).as(err.toString()).isZero();
        assertThat(out.toString()).contains("2 files are in pypi, 0 of them as they were");
        assertThat(publish()).as("again").isZero();
        assertThat(out.toString()).contains("2 files are in pypi, 2 of them as they were");
        try (RunningMirror mirror = RunningMirror.in(data).offline().start()) {
            assertThat(mirror.get("/simple/firn/").body().text()).contains(OLD.filename(), NEW.filename());
        }
        assertThat(run("delete", "pypi", "firn==1.0")).isZero();
        try (RunningMirror mirror = RunningMirror.in(data).offline().start()) {
            assertThat(mirror.get("/simple/firn/").body().text())
                    .contains(NEW.filename())
                    .doesNotContain(OLD.filename());
        }
    }

    @Test
    void whatWasDeletedComesBackAndWhatWasTakenByAnotherIsStillRefused() throws Exception {
        RunningMirror.in(data).start().close();
        assertThat(publish()).as(err.toString()).isZero();
        assertThat(run("delete", "pypi", "firn==1.0")).isZero();
        assertThat(publish()).isZero();
        assertThat(out.toString()).contains("2 files are in pypi, 1 of them as they were");
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.write(other.resolve(OLD.filename()), OLD.padded(10, 1).bytes());
        for (int i = 0; i < 2; i++) {
            assertThat(run("publish", "pypi", other.toString())).isEqualTo(1);
            assertThat(out.toString()).contains("refused " + OLD.filename() + ": File already exists");
        }
        assertThat(run("delete", "pypi", "firn==1.0")).isZero();
        assertThat(run("publish", "pypi", other.toString())).isZero();
    }

    @Test
    void linkedFilesAreNotCopied() throws Exception {
        RunningMirror.in(data).start().close();
        Path broken = Files.write(wheels.resolve("ice-1.0-py3-none-any.whl"), "no wheel".getBytes(UTF_8));
        assertThat(run("publish", "pypi", wheels.toString(), "--link")).isEqualTo(1);
        assertThat(Files.getAttribute(wheels.resolve(OLD.filename()), "unix:nlink"))
                .isEqualTo(2);
        assertThat(Files.getAttribute(broken, "unix:nlink")).as("refused").isEqualTo(1);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(broken)))
                .contains("w");
        assertThat(run("publish", "pypi", wheels.toString(), "--link")).isEqualTo(1);
        assertThat(out.toString()).contains("2 files are in pypi, 2 of them as they were", "refused ice-1.0");
    }

    @Test
    void whatIsNoDistributionIsNamedAndTheRestIsTaken() throws Exception {
        RunningMirror.in(data).start().close();
        Files.write(wheels.resolve("ice-1.0-py3-none-any.whl"), "no wheel".getBytes(UTF_8));
        Files.writeString(wheels.resolve("notes.txt"), "x");
        assertThat(publish()).isEqualTo(1);
        assertThat(out.toString())
                .contains("Published: 2 files", "refused ice-1.0-py3-none-any.whl: ", "refused notes.txt: ");
    }

    @Test
    void misuseIsSaid() {
        RunningMirror.in(data).start().close();
        assertThat(run("publish", "mirrored", wheels.toString())).isEqualTo(2);
        assertThat(err.toString())
                .contains("there is no repository 'mirrored' whose files are its own; there are: pypi");
        assertThat(run("yank", "pypi", "firn")).isEqualTo(2);
        assertThat(err.toString()).contains("write NAME==VERSION");
        assertThat(run("delete", "pypi", "firn==1.0")).isNotZero();
        assertThat(err.toString()).contains("there is no firn '1.0' in pypi");
        assertThat(run("publish", "pypi", folder.resolve("nowhere").toString())).isEqualTo(2);
        assertThat(err.toString()).contains("nowhere").doesNotContain("\tat ");
    }
}
