package dev.permafrost.store;

import static dev.permafrost.store.Stores.bytes;
import static dev.permafrost.store.Stores.key;
import static dev.permafrost.store.Stores.put;
import static dev.permafrost.store.Stores.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.permafrost.store.blob.Expectation;
import dev.permafrost.store.index.Partial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Downloads that broke off: what is kept of them, for whom, and for how long. */
class SuspendedDownloadTest {
    @TempDir
    Path dir;

    @RegisterExtension
    final CheckedStores stores = new CheckedStores();

    private Path root = Path.of("");

    @BeforeEach
    void choose() {
        root = stores.checked(dir.resolve("store"));
    }

    private static void suspend(MirrorStore store, String name, String content) {
        Incoming incoming = store.begin(key(name), Set.of());
        incoming.staged().write(bytes(content));
        incoming.suspend("http://upstream/" + name, "\"v\"");
    }

    private static String commit(MirrorStore store, Incoming incoming, String rest) {
        incoming.staged().write(bytes(rest));
        incoming.commit(Expectation.NOTHING, "http://upstream/");
        return text(store, incoming.key().key());
    }

    private List<Path> staged() throws IOException {
        try (Stream<Path> files = Files.list(root.resolve("staging"))) {
            return files.toList();
        }
    }

    private static Partial row(MirrorStore store, String name) {
        return store.view().catalog().partial(key(name)).orElseThrow();
    }

    @Test
    void onlyOneGoesOnAtATime() {
        try (MirrorStore store = Stores.open(root)) {
            suspend(store, "a", "hel");
            Incoming first = store.resume(key("a"), Set.of()).orElseThrow();
            assertThat(store.resume(key("a"), Set.of())).isEmpty();
            Incoming other = store.begin(key("a"), Set.of());
            assertThat(commit(store, other, "another way")).isEqualTo("another way");
            assertThat(commit(store, first, "lo")).isEqualTo("hello");
            assertThat(store.resume(key("a"), Set.of())).isEmpty();
        }
    }

    @Test
    void whatIsNotedIsGoneOnWithAfterTheProcessWasKilled() throws IOException {
        Path copy = stores.checked(dir.resolve("killed"));
        try (MirrorStore store = Stores.open(root)) {
            Incoming incoming = store.begin(key("a"), Set.of());
            incoming.staged().write(bytes("hel"));
            incoming.note("http://upstream/a", "\"v\"");
            incoming.staged().write(bytes("l"));
            // as a process that is killed here would leave it
            copyTree(root, copy);
            assertThat(store.resume(key("a"), Set.of()))
                    .as("while it is being written")
                    .isEmpty();
            assertThat(commit(store, incoming, "o")).isEqualTo("hello");
            assertThat(store.view().catalog().partial(key("a")))
                    .as("once it is whole")
                    .isEmpty();
        }
        try (MirrorStore store = Stores.open(copy)) {
            Incoming resumed = store.resume(key("a"), Set.of()).orElseThrow();
            assertThat(resumed.staged().writtenBytes()).isEqualTo(3);
            assertThat(commit(store, resumed, "p me")).isEqualTo("help me");
        }
    }

    @Test
    void whatIsDiscardedAfterItWasNotedLeavesNothing() throws IOException {
        try (MirrorStore store = Stores.open(root)) {
            Incoming incoming = store.begin(key("a"), Set.of());
            incoming.staged().write(bytes("hel"));
            incoming.note("http://upstream/a", "\"v\"");
            incoming.discard();
            assertThat(store.view().catalog().partial(key("a"))).isEmpty();
            assertThat(staged()).isEmpty();
        }
    }

    @Test
    void whatIsNotedCanBeSuspendedToo() {
        try (MirrorStore store = Stores.open(root)) {
            Incoming incoming = store.begin(key("a"), Set.of());
            incoming.staged().write(bytes("hel"));
            incoming.note("http://upstream/a", "\"v\"");
            incoming.staged().write(bytes("l"));
            incoming.suspend("http://upstream/a", "\"v\"");
            Incoming resumed = store.resume(key("a"), Set.of()).orElseThrow();
            assertThat(resumed.staged().writtenBytes()).isEqualTo(4);
            assertThat(commit(store, resumed, "o")).isEqualTo("hello");
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    @Test
    void discardingAfterSuspendingKeepsWhatWasSuspended() {
        try (MirrorStore store = Stores.open(root)) {
            suspend(store, "a", "hel");
            Incoming again = store.resume(key("a"), Set.of()).orElseThrow();
            again.staged().write(bytes("l"));
            again.suspend("http://upstream/a", "\"v\"");
            again.discard();
            assertThatThrownBy(() -> again.commit(Expectation.NOTHING, "")).isInstanceOf(IllegalStateException.class);
            assertThat(row(store, "a").offsetBytes()).isEqualTo(4);
            assertThat(commit(store, store.resume(key("a"), Set.of()).orElseThrow(), "o"))
                    .isEqualTo("hello");
        }
    }

    @Test
    void aLaterSuspensionReplacesTheEarlierAndItsFile() throws IOException {
        try (MirrorStore store = Stores.open(root)) {
            suspend(store, "a", "first");
            suspend(store, "a", "second, longer");
            assertThat(staged()).hasSize(1);
            assertThat(row(store, "a").offsetBytes()).isEqualTo(14);
        }
    }

    @Test
    void aCommitFromTheStartForgetsWhatWasSuspended() throws IOException {
        try (MirrorStore store = Stores.open(root)) {
            suspend(store, "a", "first");
            put(store, "a", "whole");
            assertThat(staged()).isEmpty();
            assertThat(store.resume(key("a"), Set.of())).isEmpty();
        }
    }

    @Test
    void bytesBeyondTheOffsetAreCutOff() throws IOException {
        try (MirrorStore store = Stores.open(root)) {
            suspend(store, "a", "hel");
            Files.writeString(staged().get(0), "XXXX", StandardOpenOption.APPEND);
            assertThat(commit(store, store.resume(key("a"), Set.of()).orElseThrow(), "lo"))
                    .isEqualTo("hello");
        }
    }

    @Test
    void aFileThatIsShorterOrGoneIsForgotten() throws IOException {
        try (MirrorStore store = Stores.open(root)) {
            suspend(store, "a", "hel");
            Files.writeString(staged().get(0), "he", StandardOpenOption.TRUNCATE_EXISTING);
            assertThat(store.resume(key("a"), Set.of())).isEmpty();
            assertThat(staged()).isEmpty();
            suspend(store, "b", "hel");
            Files.delete(staged().get(0));
            assertThat(store.resume(key("b"), Set.of())).isEmpty();
            assertThat(store.status().suspended()).isZero();
        }
    }

    @Test
    void aCrashBetweenFileAndRowLeavesNeither() throws IOException {
        try (MirrorStore store = Stores.open(root)) {
            suspend(store, "file-without-row", "hel");
            suspend(store, "row-without-file", "hello");
            Path gone = root.resolve("staging")
                    .resolve(row(store, "row-without-file").staged());
            Files.copy(gone, root.resolve("staging/3f0e5d1c-no-row"));
            Files.delete(gone);
        }
        try (MirrorStore store = Stores.open(root)) {
            assertThat(store.status().suspended()).isEqualTo(1);
            assertThat(staged()).hasSize(1);
        }
    }

    @Test
    void afterADayNothingIsKept() throws IOException {
        Clock now = Clock.systemUTC();
        try (MirrorStore store = Stores.open(root)) {
            suspend(store, "a", "hel");
            suspend(store, "b", "hel");
        }
        Clock later = Clock.offset(now, Duration.ofHours(25));
        MirrorStore.Options tomorrow = MirrorStore.Options.of(root).withClock(later);
        Clock[] clock = {now};
        Clock moving = new Clock() {
            @Override
            public ZoneId getZone() {
                return clock[0].getZone();
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return clock[0].withZone(zone);
            }

            @Override
            public Instant instant() {
                return clock[0].instant();
            }
        };
        try (MirrorStore store = MirrorStore.open(MirrorStore.Options.of(root).withClock(moving))) {
            clock[0] = later;
            assertThat(store.resume(key("a"), Set.of())).isEmpty();
            assertThat(staged()).hasSize(1);
        }
        MirrorStore.open(tomorrow).close();
        assertThat(staged()).isEmpty();
    }

    @Test
    void wrongBytesForgetWhatWasSuspended() throws IOException {
        try (MirrorStore store = Stores.open(root)) {
            suspend(store, "a", "hel");
            Incoming again = store.resume(key("a"), Set.of()).orElseThrow();
            assertThatThrownBy(() -> again.commit(new Expectation(9, Map.of()), ""))
                    .hasMessageContaining("expected 9");
            again.discard();
            assertThat(staged()).isEmpty();
            assertThat(store.status().suspended()).isZero();
        }
    }
}
