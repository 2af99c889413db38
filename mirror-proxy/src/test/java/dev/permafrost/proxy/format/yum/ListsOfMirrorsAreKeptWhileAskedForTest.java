package dev.permafrost.proxy.format.yum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.permafrost.proxy.repo.YumConfig.Kind;
import dev.permafrost.proxy.repo.YumConfig.Source;
import dev.permafrost.proxy.testing.SettableClock;
import dev.permafrost.store.MirrorStore;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lists of mirrors stay in the index as long as somebody asks for what they are of, and no longer. */
final class ListsOfMirrorsAreKeptWhileAskedForTest {
    private static final Duration LONG = KeptMirrors.KEPT.plusDays(1);

    @TempDir
    Path data;

    private final SettableClock clock = new SettableClock(Instant.parse("2026-01-01T00:00:00Z"));
    private MirrorStore store;
    private KeptMirrors kept;

    @BeforeEach
    void open() {
        store = MirrorStore.open(MirrorStore.Options.of(data));
        kept = new KeptMirrors("yum", store, clock);
    }

    @AfterEach
    void close() {
        store.close();
    }

    private static Source of(String release) {
        return new Source(Kind.METALINK, URI.create("https://lists.test/?repo=el-" + release));
    }

    private void put(String release) {
        kept.put(of(release), new KeptMirrors.Row(clock.instant(), new byte[] {1}));
    }

    private List<String> releases() {
        List<String> all = new ArrayList<>();
        store.view().catalog().docs("yum", "yum-mirrors", (key, head) -> all.add(key.replaceAll(".*el-", "")));
        return all;
    }

    @Test
    void oneThatNobodyAsksForGoes() {
        put("8");
        clock.advance(LONG);
        put("9");
        assertThat(releases()).containsExactly("9");
    }

    /** As while the server that has them is down: they are asked for, and none comes. */
    @Test
    void oneThatSomebodyAsksForStaysHoweverOldItIs() {
        Instant then = clock.instant();
        put("8");
        clock.advance(LONG.dividedBy(2));
        assertThat(Objects.requireNonNull(kept.find(of("8"))).at()).isEqualTo(then);
        clock.advance(LONG.dividedBy(2));
        put("9");
        assertThat(releases()).containsExactly("8", "9");
        assertThat(Objects.requireNonNull(kept.find(of("8"))).at()).isEqualTo(then);
    }

    @Test
    void ofManyThoseStayThatWereAskedForLast() {
        for (int i = 0; i < KeptMirrors.ROWS_MAX + 250; i++) {
            clock.advance(Duration.ofSeconds(1));
            put("r" + i);
        }
        assertThat(releases().size()).isBetween(KeptMirrors.ROWS_MAX, KeptMirrors.ROWS_MAX + 100);
        assertThat(releases()).contains("r" + (KeptMirrors.ROWS_MAX + 249)).doesNotContain("r0");
    }
}
