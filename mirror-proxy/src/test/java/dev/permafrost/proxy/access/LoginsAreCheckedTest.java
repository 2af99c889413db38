package dev.permafrost.proxy.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.Audience;
import dev.permafrost.proxy.repo.RepositoryAuth;
import dev.permafrost.proxy.repo.WatchedFile;
import dev.permafrost.proxy.testing.CapturedLog;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let through, how often a password is computed for it, and how long that is remembered. */
class LoginsAreCheckedTest {
    private static final String HOME = "192.0.2.1";

    @TempDir
    Path folder;

    private final AtomicLong now = new AtomicLong();
    private final Queue<Runnable> work = new ArrayDeque<>();
    private final List<Duration> delays = new ArrayList<>();
    private final AtomicInteger computed = new AtomicInteger();
    private final Memory memory = new Memory(Duration.ofMinutes(5), now::get);
    private final Throttle throttle = new Throttle(LoginConfig.defaults(), now::get);
    private final Checks checks = new Checks(
            work::add,
            (delay, task) -> {
                delays.add(delay);
                work.add(task);
            },
            2);
    private Path file = Path.of("");
    private @Nullable WatchedFile<Passwords> users;

    @BeforeEach
    void makeFile() throws IOException {
        file = Files.writeString(folder.resolve("users"), "alice:right\nbob:right\n");
        users = new WatchedFile<>(
                file, this::counted, passwords -> passwords.names().isEmpty());
    }

    /** Users whose passwords stand in the file, and are counted when they are compared. */
    private Passwords counted(Path from) {
        Map<String, PasswordHash> hashes = new HashMap<>();
        Lines.read(
                from,
                "",
                (name, password) -> hashes.put(name, new PasswordHash() {
                    @Override
                    public boolean matches(byte[] tried) {
                        computed.incrementAndGet();
                        return Arrays.equals(tried, password.getBytes(UTF_8));
                    }

                    @Override
                    public String kind() {
                        return "counted";
                    }
                }));
        return new Passwords(hashes);
    }

    @Test
    void aRightLoginIsComputedOnceInFiveMinutes() {
        Guard guard = guard(Audience.AUTHENTICATED);
        assertThat(judge(guard, "alice:right")).isEqualTo(new Verdict.Allowed("alice"));
        now.addAndGet(Duration.ofMinutes(5).toNanos() - 1);
        assertThat(guard.judge(Action.READ, basic("alice:right"), HOME)).isEqualTo(new Verdict.Allowed("alice"));
        assertThat(computed).hasValue(1);
        now.addAndGet(1);
        assertThat(guard.judge(Action.READ, basic("alice:right"), HOME)).isInstanceOf(Verdict.Pending.class);
    }

    @Test
    void aWrongLoginIsNotRemembered() {
        Guard guard = guard(Audience.AUTHENTICATED);
        assertThat(judge(guard, "alice:wrong")).isEqualTo(new Verdict.LoginNeeded());
        assertThat(judge(guard, "alice:wrong")).isEqualTo(new Verdict.LoginNeeded());
        assertThat(judge(guard, "alice:righ")).isEqualTo(new Verdict.LoginNeeded());
        assertThat(judge(guard, "bob:right")).isEqualTo(new Verdict.Allowed("bob"));
        assertThat(computed).hasValue(4);
    }

    @Test
    void aUserThatThereIsNotIsComputedForToo() {
        Guard guard = guard(Audience.AUTHENTICATED);
        assertThat(judge(guard, "nobody:right")).isEqualTo(new Verdict.LoginNeeded());
        assertThat(computed).hasValue(1);
        assertThat(judge(guard, "alice:wrong")).isEqualTo(new Verdict.LoginNeeded());
        assertThat(computed).hasValue(2);
    }

    @Test
    void whatIsNoLoginIsNotComputed() {
        Guard guard = guard(Audience.AUTHENTICATED);
        for (String field : new String[] {null, "", "Basic !", "Bearer x", "Basic " + "A".repeat(8192)}) {
            assertThat(guard.judge(Action.READ, field, HOME)).isEqualTo(new Verdict.LoginNeeded());
        }
        assertThat(computed).hasValue(0);
        assertThat(work).isEmpty();
    }

    @Test
    void theNamesDecideOverThoseWhoHaveLoggedIn() {
        Guard guard = new Guard(
                "pypi",
                new RepositoryAuth(file, null, Audience.of(Set.of("bob")), Audience.NOBODY),
                users,
                1,
                null,
                memory,
                throttle,
                checks);
        assertThat(judge(guard, "alice:right")).isEqualTo(new Verdict.Forbidden("alice"));
        assertThat(judge(guard, "alice:wrong")).isEqualTo(new Verdict.LoginNeeded());
        assertThat(judge(guard, "bob:right")).isEqualTo(new Verdict.Allowed("bob"));
        assertThat(guard.judge(Action.WRITE, basic("bob:right"), HOME)).isEqualTo(new Verdict.ForNobody());
        assertThat(guard.judge(Action.WRITE, null, HOME)).isEqualTo(new Verdict.ForNobody());
        assertThat(guard.needsLogin(Action.WRITE)).isFalse();
    }

    @Test
    void whatAnyoneMayDoAsksNobodyForALogin() {
        Guard guard = new Guard(
                "pypi",
                new RepositoryAuth(file, null, Audience.ANYONE, Audience.AUTHENTICATED),
                users,
                1,
                null,
                memory,
                throttle,
                checks);
        assertThat(guard.judge(Action.READ, null, HOME)).isEqualTo(new Verdict.Allowed(null));
        assertThat(guard.judge(Action.READ, basic("alice:wrong"), HOME)).isEqualTo(new Verdict.Allowed(null));
        assertThat(guard.judge(Action.WRITE, null, HOME)).isEqualTo(new Verdict.LoginNeeded());
        assertThat(computed).hasValue(0);
    }

    @Test
    void aChangedFileEndsWhatIsRemembered() throws IOException {
        Guard guard = guard(Audience.AUTHENTICATED);
        judge(guard, "alice:right");
        change("alice:other\n");
        assertThat(Objects.requireNonNull(users).look()).isTrue();
        assertThat(judge(guard, "alice:right")).isEqualTo(new Verdict.LoginNeeded());
        assertThat(judge(guard, "bob:right")).isEqualTo(new Verdict.LoginNeeded());
        assertThat(judge(guard, "alice:other")).isEqualTo(new Verdict.Allowed("alice"));
    }

    @Test
    void aLoginThatIsBeingComputedWhileTheFileChangesIsNotRemembered() throws IOException {
        Guard guard = guard(Audience.AUTHENTICATED);
        Verdict begun = guard.judge(Action.READ, basic("alice:right"), HOME);
        change("alice:other\n");
        Objects.requireNonNull(users).look();
        assertThat(settled(begun)).isEqualTo(new Verdict.Allowed("alice"));
        assertThat(judge(guard, "alice:right")).isEqualTo(new Verdict.LoginNeeded());
    }

    @Test
    void aFileThatCannotBeReadLeavesWhatWasReadInUse() throws IOException {
        Guard guard = guard(Audience.AUTHENTICATED);
        try (CapturedLog log = CapturedLog.open()) {
            Files.delete(file);
            WatchedFile<Passwords> watched = Objects.requireNonNull(users);
            assertThat(watched.look()).isFalse();
            assertThat(watched.look()).isFalse();
            assertThat(judge(guard, "alice:right")).isEqualTo(new Verdict.Allowed("alice"));
            assertThat(log.messages().stream().filter(line -> line.contains("keeping what " + file + " said before")))
                    .hasSize(1);
            Files.writeString(file, "carol:new\n");
            assertThat(watched.look()).isTrue();
            assertThat(judge(guard, "carol:new")).isEqualTo(new Verdict.Allowed("carol"));
            assertThat(watched.look()).isFalse();
        }
    }

    @Test
    void theSamePasswordForAnotherFileIsAnotherLogin() {
        Guard one = guard(Audience.AUTHENTICATED);
        Guard other = new Guard(
                "other",
                new RepositoryAuth(file, null, Audience.AUTHENTICATED, Audience.NOBODY),
                new WatchedFile<>(
                        file,
                        path -> new Passwords(Map.of()),
                        passwords -> passwords.names().isEmpty()),
                2,
                null,
                memory,
                throttle,
                checks);
        assertThat(judge(one, "alice:right")).isEqualTo(new Verdict.Allowed("alice"));
        assertThat(judge(other, "alice:right")).isEqualTo(new Verdict.LoginNeeded());
    }

    @Test
    void thoseWhoComeTogetherWithOneLoginShareIt() {
        Guard guard = guard(Audience.AUTHENTICATED);
        List<Verdict> verdicts = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            verdicts.add(guard.judge(Action.READ, basic("alice:right"), HOME));
        }
        verdicts.forEach(verdict -> assertThat(settled(verdict)).isEqualTo(new Verdict.Allowed("alice")));
        assertThat(computed).hasValue(1);
    }

    @Test
    void theQueueEndsAndOneAddressHasAPartOfIt() {
        Guard guard = guard(Audience.AUTHENTICATED);
        List<Verdict> ofOne = new ArrayList<>();
        for (int i = 0; i < 17; i++) {
            ofOne.add(guard.judge(Action.READ, basic("alice:guess" + i), "203.0.113.1"));
        }
        assertThat(settledAtOnce(ofOne.get(16))).isEqualTo(new Verdict.Busy());
        List<Verdict> ofMany = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            ofMany.add(guard.judge(Action.READ, basic("user" + i + ":guess"), "198.51.100." + i));
        }
        assertThat(settledAtOnce(guard.judge(Action.READ, basic("bob:right"), HOME)))
                .isEqualTo(new Verdict.Busy());
        assertThat(work).as("at once").hasSize(2);
        // after ten the address has to wait, and its other six are not computed
        assertThat(Collections.frequency(settled(ofOne.subList(0, 16)), new Verdict.LoginNeeded()))
                .isEqualTo(10);
        assertThat(Collections.frequency(settled(ofOne.subList(0, 16)), new Verdict.Busy()))
                .isEqualTo(6);
        ofMany.forEach(verdict -> assertThat(settled(verdict)).isEqualTo(new Verdict.LoginNeeded()));
        assertThat(computed).hasValue(60);
        assertThat(judge(guard, "bob:right")).isEqualTo(new Verdict.Allowed("bob"));
    }

    @Test
    void anAddressThatGuessesWaitsAndARememberedLoginFromThereDoesNot() {
        Guard guard = guard(Audience.AUTHENTICATED);
        judge(guard, "alice:right");
        for (int i = 0; i < 10; i++) {
            assertThat(judge(guard, "bob:guess" + i)).isEqualTo(new Verdict.LoginNeeded());
        }
        assertThat(guard.judge(Action.READ, basic("bob:right"), HOME)).isEqualTo(new Verdict.Throttled(30));
        assertThat(guard.judge(Action.READ, null, HOME)).isEqualTo(new Verdict.LoginNeeded());
        assertThat(guard.judge(Action.READ, basic("alice:right"), HOME)).isEqualTo(new Verdict.Allowed("alice"));
        assertThat(computed).hasValue(11);

        // bob himself, from elsewhere: later, and let through
        Verdict verdict = guard.judge(Action.READ, basic("bob:right"), "192.0.2.77");
        assertThat(delays).containsExactly(Duration.ofMillis(100));
        assertThat(settled(verdict)).isEqualTo(new Verdict.Allowed("bob"));
        now.addAndGet(Duration.ofSeconds(30).toNanos());
        assertThat(guard.judge(Action.READ, basic("bob:right"), HOME)).isEqualTo(new Verdict.Allowed("bob"));
    }

    @Test
    void aPoolThatTakesNothingMeansBusy() {
        Executor full = task -> {
            throw new StoreException(FailureKind.OVERLOADED, "full");
        };
        Checks none = new Checks(full, (delay, task) -> task.run(), 2);
        Guard guard = new Guard(
                "pypi",
                new RepositoryAuth(file, null, Audience.AUTHENTICATED, Audience.NOBODY),
                users,
                1,
                null,
                memory,
                throttle,
                none);
        for (int i = 0; i < 100; i++) {
            assertThat(settledAtOnce(guard.judge(Action.READ, basic("alice:right"), HOME)))
                    .isEqualTo(new Verdict.Busy());
        }
    }

    @Test
    void whoQueuesWhileThePoolTurnsTheFirstAwayIsAnsweredToo() {
        List<Verdict> second = new ArrayList<>();
        Guard[] guard = new Guard[1];
        Executor full = task -> {
            if (second.isEmpty()) {
                second.add(guard[0].judge(Action.READ, basic("bob:right"), "192.0.2.2"));
            }
            throw new StoreException(FailureKind.OVERLOADED, "full");
        };
        guard[0] = guard(new Checks(full, (delay, task) -> task.run(), 1));
        assertThat(settledAtOnce(guard[0].judge(Action.READ, basic("alice:right"), HOME)))
                .isEqualTo(new Verdict.Busy());
        assertThat(second)
                .singleElement()
                .satisfies(verdict -> assertThat(settledAtOnce(verdict)).isEqualTo(new Verdict.Busy()));
    }

    @Test
    void aCheckThatBreaksIsAnsweredAndTheNextOneIsComputed() {
        AtomicInteger calls = new AtomicInteger();
        users = new WatchedFile<>(
                file,
                path -> new Passwords(Map.of("alice", new PasswordHash() {
                    @Override
                    public boolean matches(byte[] tried) {
                        if (calls.getAndIncrement() == 0) {
                            throw new StackOverflowError("as told");
                        }
                        return false;
                    }

                    @Override
                    public String kind() {
                        return "broken";
                    }
                })),
                passwords -> passwords.names().isEmpty());
        Guard guard = guard(new Checks(work::add, (delay, task) -> task.run(), 1));
        Verdict first = guard.judge(Action.READ, basic("alice:right"), HOME);
        Verdict next = guard.judge(Action.READ, basic("nobody:right"), HOME);
        assertThat(settled(first)).isEqualTo(new Verdict.Busy());
        assertThat(settledAtOnce(next)).isEqualTo(new Verdict.LoginNeeded());
    }

    @Test
    void guessesThatWereQueuedWhenTheirAddressIsLockedAreNotComputed() {
        Guard guard = guard(Audience.AUTHENTICATED);
        List<Verdict> guesses = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            // each from another address of one site
            guesses.add(
                    guard.judge(Action.READ, basic("user" + i + ":guess"), "2001:db8:1:2::" + Integer.toHexString(i)));
        }
        for (Verdict busy : guesses.subList(16, 64)) {
            assertThat(settledAtOnce(busy)).isEqualTo(new Verdict.Busy());
        }
        assertThat(Collections.frequency(settled(guesses), new Verdict.LoginNeeded()))
                .isEqualTo(10);
        assertThat(Collections.frequency(settled(guesses), new Verdict.Busy())).isEqualTo(54);
        assertThat(computed).hasValue(10);
        assertThat(guard.judge(Action.READ, basic("alice:right"), "2001:db8:1:2::ffff"))
                .isEqualTo(new Verdict.Throttled(30));
        assertThat(judge(guard, "alice:right")).isEqualTo(new Verdict.Allowed("alice"));
    }

    @Test
    void aFileThatIsWrittenWhileItIsReadCountsWhenItIsDone() throws IOException {
        AtomicInteger writes = new AtomicInteger();
        WatchedFile<String> watched = new WatchedFile<>(
                file,
                path -> {
                    try {
                        String text = Files.readString(path);
                        if (writes.getAndDecrement() > 0) {
                            Files.writeString(path, text + "more\n");
                        }
                        return text;
                    } catch (IOException e) {
                        throw new StoreException(FailureKind.BAD_REQUEST, "unreadable", e);
                    }
                },
                String::isEmpty);
        writes.set(1);
        Files.writeString(file, "half\n");
        assertThat(watched.look()).isFalse();
        assertThat(watched.now().value()).startsWith("alice");
        assertThat(watched.now().generation()).isZero();
        assertThat(watched.look()).isTrue();
        assertThat(watched.now().value()).isEqualTo("half\nmore\n");
        assertThat(watched.look()).isFalse();
    }

    /** As htpasswd does it: the file is empty for a moment. */
    @Test
    void aFileThatIsEmptyCountsOnlyIfItStaysSo() throws IOException {
        Guard guard = guard(Audience.AUTHENTICATED);
        WatchedFile<Passwords> watched = Objects.requireNonNull(users);
        try (CapturedLog log = CapturedLog.open()) {
            Files.writeString(file, "");
            assertThat(watched.look()).isFalse();
            assertThat(judge(guard, "alice:right")).isEqualTo(new Verdict.Allowed("alice"));
            Files.writeString(file, "carol:new\n");
            assertThat(watched.look()).isTrue();
            assertThat(judge(guard, "carol:new")).isEqualTo(new Verdict.Allowed("carol"));

            Files.writeString(file, "# nobody any more\n");
            assertThat(watched.look()).isFalse();
            assertThat(watched.look()).isTrue();
            assertThat(judge(guard, "carol:new")).isEqualTo(new Verdict.LoginNeeded());
            assertThat(log.messages().stream().filter(line -> line.contains("it has no entries any more")))
                    .hasSize(2);
        }
    }

    private Guard guard(Audience read) {
        return new Guard(
                "pypi",
                new RepositoryAuth(file, null, read, Audience.NOBODY),
                users,
                1,
                null,
                memory,
                throttle,
                checks);
    }

    private Guard guard(Checks by) {
        return new Guard(
                "pypi",
                new RepositoryAuth(file, null, Audience.AUTHENTICATED, Audience.NOBODY),
                users,
                1,
                null,
                memory,
                throttle,
                by);
    }

    private void change(String text) throws IOException {
        Files.writeString(file, text);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(1)));
    }

    private Verdict judge(Guard guard, String login) {
        return settled(guard.judge(Action.READ, basic(login), HOME));
    }

    private List<Verdict> settled(List<Verdict> verdicts) {
        return verdicts.stream().map(this::settled).toList();
    }

    private Verdict settled(Verdict verdict) {
        while (!work.isEmpty()) {
            work.remove().run();
        }
        return settledAtOnce(verdict);
    }

    private static Verdict settledAtOnce(Verdict verdict) {
        return verdict instanceof Verdict.Pending pending
                ? pending.verdict().toCompletableFuture().getNow(verdict)
                : verdict;
    }

    private static String basic(String login) {
        return "Basic " + Base64.getEncoder().encodeToString(login.getBytes(UTF_8));
    }
}
