package dev.permafrost.proxy.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.testing.CapturedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a repository's rules and files say makes its guard, and the operator is told what is wrong with them. */
class AccountsMakeGuardsTest {
    private static final String PW = "$2y$05$OpypiMsnOrmTcO3qHarH7OESMK7.WnT6LfnWeJpgVIUFy2nG1uGIi";
    private static final String HOME = "192.0.2.1";

    @TempDir
    Path folder;

    private Path file = Path.of("");

    @BeforeEach
    void nameFile() {
        file = folder.resolve("users");
    }

    @Test
    void aTokenIsKnownAtOnceByItsName() throws IOException {
        Path tokens = folder.resolve("tokens");
        String token = Tokens.issue(tokens, "ci");
        Files.writeString(file, "alice:" + PW + "\n");
        try (Accounts accounts = accounts(
                new RepositoryAuth(file, tokens, Audience.AUTHENTICATED, Audience.of(Set.of("ci", "alice"))))) {
            Guard guard = Objects.requireNonNull(accounts.guards().get("pypi"));
            assertThat(guard.judge(Action.WRITE, basic("__token__:" + token), HOME))
                    .isEqualTo(new Verdict.Allowed("ci"));
            assertThat(guard.judge(Action.WRITE, basic("__token__:" + token + "x"), HOME))
                    .isEqualTo(new Verdict.LoginNeeded());
            assertThat(guard.judge(Action.WRITE, basic("__token__:"), HOME)).isEqualTo(new Verdict.LoginNeeded());
            assertThat(judge(guard, "ci:" + token)).isEqualTo(new Verdict.LoginNeeded());
            assertThat(judge(guard, "alice:pw")).isEqualTo(new Verdict.Allowed("alice"));
            // revoked
            Files.writeString(tokens, "# none\n");
            accounts.look();
            accounts.look();
            assertThat(guard.judge(Action.WRITE, basic("__token__:" + token), HOME))
                    .isEqualTo(new Verdict.LoginNeeded());
        }
    }

    @Test
    void theOperatorIsToldOfWeakHashesOnceAndOfStrangers() throws IOException {
        Files.writeString(file, "alice:$apr1$oEzPA9AN$dhOVFsb9AI7HtJR8p1l4M.\n");
        try (CapturedLog log = CapturedLog.open();
                Accounts accounts = accounts(
                        new RepositoryAuth(file, null, Audience.of(Set.of("alice", "zoe")), Audience.NOBODY))) {
            Files.writeString(file, "alice:$apr1$oEzPA9AN$dhOVFsb9AI7HtJR8p1l4M.\nbob:" + PW + "\n");
            accounts.look();
            assertThat(log.messages().stream().filter(line -> line.contains("$apr1$")))
                    .containsExactly("the password of 'alice' in " + file
                            + " is hashed by MD5 ($apr1$), which is weak; set it again with: htpasswd -B " + file
                            + " alice");
            assertThat(log.messages().stream().filter(line -> line.contains("repositories.pypi.auth")))
                    .containsExactly(
                            "repositories.pypi.auth names 'zoe', who is in neither of its files: add the user or"
                                    + " token, or remove the name");
            assertThat(judge(Objects.requireNonNull(accounts.guards().get("pypi")), "alice:pw"))
                    .isEqualTo(new Verdict.Allowed("alice"));
        }
    }

    @Test
    void aFileThatCannotBeUsedStopsTheStart() throws IOException {
        Files.writeString(file, "alice:plain\n");
        assertThatThrownBy(() -> accounts(new RepositoryAuth(file, null, Audience.AUTHENTICATED, Audience.NOBODY)))
                .hasMessageContaining(file + ":1: 'alice'");
    }

    @Test
    void whatNobodyMayReadIsGuardedWithoutAnyLogin() {
        try (Accounts accounts = accounts(new RepositoryAuth(null, null, Audience.NOBODY, Audience.NOBODY))) {
            Guard guard = Objects.requireNonNull(accounts.guards().get("pypi"));
            assertThat(guard.judge(Action.READ, null, HOME)).isEqualTo(new Verdict.ForNobody());
            assertThat(guard.judge(Action.READ, basic("alice:right"), HOME)).isEqualTo(new Verdict.ForNobody());
        }
    }

    @Test
    void whoNeverAsksHasNoGuard() {
        try (Accounts accounts = accounts(RepositoryAuth.defaults())) {
            assertThat(accounts.guards()).isEmpty();
        }
    }

    /** Checks at once, on the caller's thread. */
    private static Accounts accounts(RepositoryAuth rules) {
        return new Accounts(
                Map.of("pypi", rules), LoginConfig.defaults(), Runnable::run, (delay, task) -> task.run(), () -> 0);
    }

    private static Verdict judge(Guard guard, String login) {
        Verdict verdict = guard.judge(Action.READ, basic(login), HOME);
        return verdict instanceof Verdict.Pending pending
                ? pending.verdict().toCompletableFuture().getNow(verdict)
                : verdict;
    }

    private static String basic(String login) {
        return "Basic " + Base64.getEncoder().encodeToString(login.getBytes(UTF_8));
    }
}
