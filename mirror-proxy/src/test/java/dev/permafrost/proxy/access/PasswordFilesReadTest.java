package dev.permafrost.proxy.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.permafrost.proxy.testing.Subprocess;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as htpasswd writes them are read; what is not safe in them is refused with the line and the remedy. */
class PasswordFilesReadTest {
    private static final String BCRYPT = "$2y$05$OpypiMsnOrmTcO3qHarH7OESMK7.WnT6LfnWeJpgVIUFy2nG1uGIi";
    private static final String APR1 = "$apr1$oEzPA9AN$dhOVFsb9AI7HtJR8p1l4M.";
    private static final List<String> PASSWORDS = List.of(
            "pw",
            "x",
            "fifteen-letters",
            "sixteen--letters",
            "seventeen-letters",
            "p\u00e4ssw\u00f6rd \u2603",
            "with:colon",
            "7".repeat(200));

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"$2y$", "$2a$", "$2b$"})
    void bcryptUnderEachOfItsNames(String name) throws IOException {
        Passwords passwords = read("alice:" + BCRYPT.replace("$2y$", name) + "\n");
        assertThat(passwords.accept(login("alice", "pw"))).isTrue();
        assertThat(passwords.accept(login("alice", "pW"))).isFalse();
        assertThat(passwords.accept(login("alice", ""))).isFalse();
        assertThat(passwords.accept(login("bob", "pw"))).isFalse();
        assertThat(passwords.weak()).isEmpty();
    }

    @Test
    void md5IsReadAndKnownToBeWeak() throws IOException {
        Passwords passwords = read("alice:" + APR1 + "\nbob:" + BCRYPT + "\n");
        assertThat(passwords.accept(login("alice", "pw"))).isTrue();
        assertThat(passwords.accept(login("alice", "pw2"))).isFalse();
        assertThat(passwords.weak()).containsExactly("alice");
    }

    @Test
    void commentsEmptyLinesAndFurtherFieldsPass() throws IOException {
        Passwords passwords = read("# who\r\n\r\nalice:" + BCRYPT + ":Alice, of the first floor\r\n  \n");
        assertThat(passwords.names()).containsExactly("alice");
        assertThat(passwords.accept(login("alice", "pw"))).isTrue();
        assertThat(read("").accept(login("alice", "pw"))).isFalse();
    }

    @Test
    void whatIsNotSafeIsRefusedWithEachLineAndTheRemedy() throws IOException {
        Path file = write("good:" + BCRYPT + "\nsha:{SHA}0DPiKuNIrrVmD8IUCuw1hQxNqZc=\n"
                + "plain:geheim1\ncrypt:rqXexS6ZhobKA\nsix:$6$salt$hash\nempty:\nnocolon\n"
                + "slow:" + BCRYPT.replace("$05$", "$15$") + "\ngood:" + BCRYPT + "\n__token__:" + BCRYPT + "\n");
        assertThatThrownBy(() -> Passwords.read(file))
                .isInstanceOf(StoreException.class)
                .satisfies(refused -> assertThat(Objects.requireNonNull(refused.getMessage())
                                .replace(file.toString(), "FILE")
                                .split("\n", -1))
                        .satisfiesExactly(
                                sha -> assertThat(sha)
                                        .startsWith("FILE:2: 'sha' has a password hashed by a single SHA-1 ({SHA})")
                                        .endsWith("htpasswd -B FILE NAME"),
                                plain -> assertThat(plain)
                                        .startsWith("FILE:3: 'plain' has a password in plain text")
                                        .endsWith("htpasswd -B FILE NAME")
                                        .doesNotContain("geheim"),
                                crypt -> assertThat(crypt)
                                        .startsWith("FILE:4: 'crypt' ")
                                        .contains("htpasswd -B"),
                                six -> assertThat(six)
                                        .startsWith("FILE:5: 'six' has a password hashed by $6$")
                                        .contains("htpasswd -B"),
                                empty -> assertThat(empty)
                                        .startsWith("FILE:6: 'empty' ")
                                        .contains("htpasswd -B"),
                                noColon -> assertThat(noColon)
                                        .startsWith("FILE:7: a line is a name")
                                        .contains("htpasswd -B"),
                                slow -> assertThat(slow)
                                        .startsWith("FILE:8: 'slow' has a bcrypt cost of 15")
                                        .contains("htpasswd -B -C 10"),
                                twice -> assertThat(twice).startsWith("FILE:9: 'good' is there twice"),
                                token -> assertThat(token).startsWith("FILE:10: '__token__' stands for tokens")));
    }

    @Test
    void whatIsTooLargeIsRefused() throws IOException {
        Path large = write("#".repeat((1 << 20) + 1));
        assertThatThrownBy(() -> Passwords.read(large)).hasMessageContaining(large + " is larger than 1MiB");
        StringBuilder many = new StringBuilder();
        for (int i = 0; i <= 10_000; i++) {
            many.append('u').append(i).append(':').append(BCRYPT).append('\n');
        }
        Path crowded = write(many.toString());
        assertThatThrownBy(() -> Passwords.read(crowded)).hasMessageContaining("has 10001 names; keep 10000 at most");
        assertThatThrownBy(() -> Passwords.read(folder.resolve("none"))).hasMessageContaining("is not there");
        Path binary = Files.write(folder.resolve("binary"), new byte[] {'a', ':', (byte) 0xFF});
        assertThatThrownBy(() -> Passwords.read(binary)).hasMessageContaining("is not UTF-8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-bB", "-bm"})
    void whatHtpasswdWritesIsRead(String options) throws IOException {
        assumeTrue(Subprocess.onPath("htpasswd").isPresent(), "no htpasswd here; install apache2-utils or httpd-tools");
        Path file = folder.resolve("users");
        List<String> users = new ArrayList<>();
        for (String password : PASSWORDS) {
            users.add("user" + users.size());
            Subprocess.command(
                            "htpasswd",
                            users.size() == 1 ? options + "c" : options,
                            file.toString(),
                            users.get(users.size() - 1),
                            password)
                    .env("LC_ALL", "C.UTF-8")
                    .run(Duration.ofSeconds(30))
                    .orFail();
        }
        Passwords passwords = Passwords.read(file);
        assertThat(passwords.names()).containsExactlyInAnyOrderElementsOf(users);
        for (int i = 0; i < users.size(); i++) {
            assertThat(passwords.accept(login(users.get(i), PASSWORDS.get(i))))
                    .as(PASSWORDS.get(i))
                    .isTrue();
            assertThat(passwords.accept(login(users.get(i), "!" + PASSWORDS.get(i))))
                    .as(PASSWORDS.get(i))
                    .isFalse();
        }
    }

    private Passwords read(String text) throws IOException {
        return Passwords.read(write(text));
    }

    private Path write(String text) throws IOException {
        return Files.writeString(Files.createTempFile(folder, "users", ""), text);
    }

    private static Credentials login(String user, String password) {
        return Objects.requireNonNull(Credentials.parse(
                "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8))));
    }
}
