package dev.permafrost.proxy.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.Subprocess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What systemd itself says of the unit that is delivered. */
class ServiceUnitTest {
    private static final Path UNIT = Path.of("..", "deploy", "systemd", "permafrost.service");
    private static final Duration TIMEOUT = Duration.ofMinutes(1);
    /** In tenths; what a Java server can't do without, the network and its just-in-time compiler, is most of it. */
    private static final int EXPOSURE_MAX = 20;

    @TempDir
    Path folder;

    private Path unit;

    @BeforeEach
    void copy() throws Exception {
        assumeTrue(Subprocess.onPath("systemd-analyze").isPresent(), "no systemd-analyze here");
        // a program that is there, since verify looks for it
        unit = Files.writeString(
                folder.resolve("permafrost.service"),
                Files.readString(UNIT).replace("/opt/permafrost/bin/permafrost", "/bin/sh"));
    }

    @Test
    void everyLineIsUnderstood() {
        Subprocess.Result result =
                Subprocess.command("systemd-analyze", "verify", unit.toString()).run(TIMEOUT);
        assertThat(result.err()).doesNotContain("permafrost");
        assertThat(result.exit()).as(result.toString()).isZero();
    }

    @Test
    void aWrongLineWouldBeSeen() throws Exception {
        Files.writeString(unit, Files.readString(unit).replace("ProtectSystem=strict", "ProtectSytem=strict"));
        assertThat(Subprocess.command("systemd-analyze", "verify", unit.toString())
                        .run(TIMEOUT)
                        .err())
                .contains("permafrost.service");
    }

    @Test
    void littleIsLeftOpen() {
        assumeTrue(
                Subprocess.command("systemd-analyze", "--help")
                        .run(TIMEOUT)
                        .out()
                        .contains("--threshold"),
                "a systemd-analyze too old to judge a unit that does not run");
        Subprocess.Result result = Subprocess.command(
                        "systemd-analyze",
                        "security",
                        "--offline=yes",
                        "--no-pager",
                        "--threshold=" + EXPOSURE_MAX,
                        unit.toString())
                .run(TIMEOUT);
        assertThat(result.exit()).as(result.toString()).isZero();
    }
}
