package dev.permafrost.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.access.LoginConfig;
import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.proxy.testing.IndexFile;
import dev.permafrost.proxy.testing.RawHttp;
import dev.permafrost.proxy.testing.RunningMirror;
import dev.permafrost.proxy.testing.ScriptedUpstream;
import dev.permafrost.proxy.testing.SimpleIndexTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server goes on judging logins rightly while files change, while somebody guesses, and while a crowd comes at once. */
class GuardsWithstandChangesAndCrowdsTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final IndexFile FILE = IndexFile.of("demo", "demo-1.0.tar.gz", "1.0", new byte[1_000]);
    private static final String PAGE = "/simple/demo/";

    @TempDir
    static Path folder;

    private static ScriptedUpstream upstream;
    private CapturedLog log;

    @BeforeAll
    static void start() {
        upstream = ScriptedUpstream.start();
        new SimpleIndexTree().add(FILE).serve(upstream);
    }

    @AfterAll
    static void stop() {
        upstream.close();
    }

    @BeforeEach
    void capture() {
        log = CapturedLog.open();
    }

    @AfterEach
    void quiet() {
        assertThat(log.withStackTrace()).isEmpty();
        log.close();
    }

    @Test
    void aChangedFileCountsAndWhatWasRememberedDoesNot() throws Exception {
        Path users = Files.writeString(folder.resolve("changing"), line("alice", "one"));
        try (RunningMirror changing = RunningMirror.in(folder.resolve("data-changing"))
                .from(upstream)
                .auth(new RepositoryAuth(users, null, Audience.AUTHENTICATED, Audience.NOBODY))
                .logins(logins(10, Duration.ofMillis(100)))
                .start()) {
            assertThat(changing.get(PAGE, basic("alice:one")).status()).isEqualTo(200);
            assertThat(changing.get(PAGE, basic("alice:one")).status()).isEqualTo(200);
            Files.writeString(users, line("alice", "two"));
            log.await(SOON, users.toString(), "has changed and counts from now on");
            assertThat(changing.get(PAGE, basic("alice:one")).status()).isEqualTo(401);
            assertThat(changing.get(PAGE, basic("alice:two")).status()).isEqualTo(200);
            Files.writeString(users, "alice:two\n");
            log.await(SOON, "keeping what " + users + " said before", ":1: 'alice' has a password in plain text");
            assertThat(changing.get(PAGE, basic("alice:two")).status()).isEqualTo(200);
            assertThat(post(changing).status()).isEqualTo(405);
        }
    }

    @Test
    void anAddressThatGuessesIsToldToWait() throws Exception {
        Path users = Files.writeString(folder.resolve("guessed"), line("alice", "one") + line("bob", "two"));
        try (RunningMirror guessed = RunningMirror.in(folder.resolve("data-guessed"))
                .from(upstream)
                .auth(new RepositoryAuth(users, null, Audience.AUTHENTICATED, Audience.NOBODY))
                .logins(logins(3, Duration.ofMinutes(1), Duration.ofSeconds(5)))
                .start()) {
            assertThat(guessed.get(PAGE, basic("alice:one")).status()).isEqualTo(200);
            for (int i = 0; i < 3; i++) {
                assertThat(guessed.get(PAGE, basic("bob:guess" + i)).status()).isEqualTo(401);
            }
            RawHttp.Response refused = guessed.get(PAGE, basic("bob:two"));
            assertThat(refused.status()).isEqualTo(429);
            assertThat(Integer.parseInt(String.valueOf(refused.header("Retry-After"))))
                    .isBetween(1, 60);
            assertThat(refused.header("Cache-Control")).isEqualTo("no-store");
            assertThat(guessed.get(PAGE, basic("alice:one")).status()).isEqualTo(200);
        }
    }

    @Test
    void hundredsAtOnceWithOneLoginAreAllAnswered() throws Exception {
        Path users = Files.writeString(folder.resolve("crowd"), line("alice", "one"));
        try (RunningMirror crowded = RunningMirror.in(folder.resolve("data-crowd"))
                .from(upstream)
                .auth(new RepositoryAuth(users, null, Audience.AUTHENTICATED, Audience.NOBODY))
                .start()) {
            List<RawHttp> clients = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                clients.add(crowded.connect().request("GET", PAGE, basic("alice:one")));
            }
            // some leave before their answer
            clients.subList(0, 20).forEach(RawHttp::reset);
            clients.subList(20, 200).forEach(client -> {
                assertThat(client.read().status()).isEqualTo(200);
                client.close();
            });
        }
    }

    @Test
    void oneAddressDoesNotKeepThePoolBusy() throws Exception {
        byte[] salt = "0123456789abcdef".getBytes(ISO_8859_1);
        Path users = Files.writeString(
                folder.resolve("slow"),
                "alice:" + OpenBSDBCrypt.generate("2y", "one".getBytes(UTF_8), salt, 12) + "\n");
        try (RunningMirror busy = RunningMirror.in(folder.resolve("data-busy"))
                .from(upstream)
                .auth(new RepositoryAuth(users, null, Audience.AUTHENTICATED, Audience.NOBODY))
                .logins(logins(1_000, Duration.ofSeconds(5)))
                .start()) {
            assertThat(busy.get(PAGE, basic("alice:one")).status()).isEqualTo(200);
            List<RawHttp> clients = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                clients.add(busy.connect().request("GET", PAGE, basic("alice:guess" + i)));
            }
            // one that is remembered waits for none of them
            assertThat(busy.get(PAGE, basic("alice:one")).status()).isEqualTo(200);
            int refused = 0;
            for (RawHttp client : clients) {
                RawHttp.Response answer = client.read();
                assertThat(answer.status()).isIn(401, 503);
                if (answer.status() == 503) {
                    assertThat(answer.header("Retry-After")).isEqualTo("1");
                    refused++;
                }
                client.close();
            }
            assertThat(refused).isBetween(1, 44);
        }
    }

    @Test
    void passwordsInTheClearAreWarnedOfBeyondLoopback() throws Exception {
        assertThat(log.messages()).noneMatch(line -> line.contains("can be read on their way"));
        Path users = Files.writeString(folder.resolve("plain"), line("alice", "one"));
        try (RunningMirror plain = RunningMirror.in(folder.resolve("data-plain"))
                .from(upstream)
                .listenAt("0.0.0.0")
                .auth(new RepositoryAuth(users, null, Audience.AUTHENTICATED, Audience.NOBODY))
                .start()) {
            assertThat(log.messages())
                    .anyMatch(line -> line.startsWith("passwords for pypi can be read on their way to 0.0.0.0:0")
                            && line.contains("tls: auto"));
            assertThat(plain.get(PAGE).status()).isEqualTo(401);
        }
    }

    private static LoginConfig logins(int failuresMax, Duration reload) {
        return logins(failuresMax, Duration.ofSeconds(2), reload);
    }

    private static LoginConfig logins(int failuresMax, Duration lockout, Duration reload) {
        LoginConfig defaults = LoginConfig.defaults();
        return new LoginConfig(
                defaults.remember(),
                defaults.checksMax(),
                failuresMax,
                defaults.failuresWindow(),
                lockout,
                defaults.lockoutMax(),
                defaults.userDelayMax(),
                reload);
    }

    private static RawHttp.Response post(RunningMirror to) {
        try (RawHttp client = to.connect()) {
            return client.request("POST", "/", "X: y").read();
        }
    }

    /** A line of htpasswd's, by the cheapest bcrypt that there is. */
    private static String line(String user, String password) {
        byte[] salt = user.repeat(16).substring(0, 16).toLowerCase(Locale.ROOT).getBytes(ISO_8859_1);
        return user + ":" + OpenBSDBCrypt.generate("2y", password.getBytes(UTF_8), salt, 4) + "\n";
    }

    private static String basic(String login) {
        return "Authorization: Basic " + Base64.getEncoder().encodeToString(login.getBytes(UTF_8));
    }
}
