package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.permafrost.proxy.access.LoginConfig;
import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.testing.Pips;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.proxy.testing.TinyWheel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real pips install from a guarded repository with a login, and say plainly what is wrong without one. */
class RealPipLogsInTest {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    /** In a URL, its colon and its ampersat are percent-encoded. */
    private static final String PASSWORD = "p:\u00e4@7";

    private static final String IN_URL = "p%3A%C3%A4%407";
    private static final AtomicInteger TARGETS = new AtomicInteger();

    @TempDir
    static Path folder;

    private static ScriptedUpstream upstream;
    private static RunningMirror mirror;

    @BeforeAll
    static void start() throws Exception {
        assumeFalse(Pips.all().isEmpty(), "no pip here");
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree()
                .add(TinyWheel.of("firn", "1.0").requires("ice"))
                .add(TinyWheel.of("ice", "2.0"))
                .serve(upstream);
        byte[] salt = "0123456789abcdef".getBytes(UTF_8);
        Path users = Files.writeString(
                folder.resolve("users"),
                "alice:" + OpenBSDBCrypt.generate("2y", PASSWORD.getBytes(UTF_8), salt, 5) + "\nbob:"
                        + OpenBSDBCrypt.generate("2y", "plain7".getBytes(UTF_8), salt, 5) + "\n");
        LoginConfig defaults = LoginConfig.defaults();
        mirror = RunningMirror.in(folder.resolve("data"))
                .from(upstream)
                .auth(new RepositoryAuth(users, null, Audience.AUTHENTICATED, Audience.NOBODY))
                // wrong logins are part of this test
                .logins(new LoginConfig(
                        defaults.remember(),
                        defaults.checksMax(),
                        1_000,
                        defaults.failuresWindow(),
                        defaults.lockout(),
                        defaults.lockoutMax(),
                        defaults.userDelayMax(),
                        defaults.reloadInterval()))
                .start();
    }

    @AfterAll
    static void stop() {
        if (mirror != null) {
            mirror.close();
            upstream.close();
        }
    }

    @Test
    void withTheLoginInTheUrl() {
        Pips.all().parallelStream().forEach(pip -> {
            Subprocess.Result installed =
                    install(pip, url("bob:plain7@"), "firn").orFail();
            assertThat(installed.out()).as("%s", pip).contains("Successfully installed", "firn-1.0", "ice-2.0");
            assertThat(installed.out() + installed.err()).doesNotContain("plain7");
        });
    }

    @Test
    void withAnAwkwardPasswordInTheUrl() {
        oldestAndNewest().parallelStream()
                .forEach(pip -> assertThat(install(pip, url("alice:" + IN_URL + "@"), "ice")
                                .orFail()
                                .out())
                        .as("%s", pip)
                        .contains("Successfully installed ice-2.0"));
    }

    @Test
    void withTheLoginInNetrc() throws Exception {
        Path home = Files.createDirectory(folder.resolve("home"));
        Path netrc = Files.writeString(home.resolve(".netrc"), "machine 127.0.0.1\nlogin bob\npassword plain7\n");
        Files.setPosixFilePermissions(netrc, PosixFilePermissions.fromString("rw-------"));
        oldestAndNewest().parallelStream()
                .forEach(pip -> assertThat(pip.target(target())
                                .startedBy(List.of("env", "HOME=" + home))
                                .install(url(""), TIMEOUT, "firn")
                                .orFail()
                                .out())
                        .as("%s", pip)
                        .contains("Successfully installed"));
    }

    @Test
    void withoutALoginOrWithAWrongOneNothingIsInstalled() {
        for (String login : List.of("", "bob:wrong@", "nobody:plain7@")) {
            oldestAndNewest().parallelStream().forEach(pip -> {
                Subprocess.Result refused = install(pip, url(login), "firn");
                String said = refused.out() + refused.err();
                assertThat(refused.exit()).as("%s", refused).isPositive();
                assertThat(said)
                        .as("%s", pip)
                        .containsAnyOf("401", "No matching distribution")
                        .doesNotContain("Traceback");
            });
        }
    }

    private static Subprocess.Result install(Pips.Pip pip, String index, String project) {
        return pip.target(target()).install(index, TIMEOUT, "--retries=1", project);
    }

    private static Path target() {
        return folder.resolve("target" + TARGETS.incrementAndGet());
    }

    private static String url(String login) {
        return "http://" + login + "127.0.0.1:" + mirror.port() + "/simple/";
    }

    private static List<Pips.Pip> oldestAndNewest() {
        List<Pips.Pip> both = new ArrayList<>();
        Pips.oldest().ifPresent(both::add);
        Pips.newest().filter(pip -> !both.contains(pip)).ifPresent(both::add);
        return both;
    }
}
