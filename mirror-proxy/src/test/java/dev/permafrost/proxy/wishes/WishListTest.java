package dev.permafrost.proxy.wishes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.permafrost.proxy.testing.SettableClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What is wished is counted, and never more of it than there is room for. */
class WishListTest {
    private final SettableClock clock = new SettableClock(Instant.parse("2026-01-02T03:04:05.678Z"));
    private final WishList list = new WishList(clock);

    @Test
    void aWishHasItsTimesAndItsClients() {
        list.missing("pypi", "numpy", "10.0.0.1");
        clock.advance(Duration.ofHours(1));
        list.missing("pypi", "numpy", "10.0.0.2");
        list.missing("pypi", "numpy", "10.0.0.2");
        list.missing("pypi", "scipy", "10.0.0.2");
        assertThat(list.all())
                .containsExactly(
                        new Wish(
                                "pypi",
                                "numpy",
                                3,
                                Instant.parse("2026-01-02T03:04:05Z"),
                                Instant.parse("2026-01-02T04:04:05Z"),
                                2),
                        new Wish(
                                "pypi",
                                "scipy",
                                1,
                                Instant.parse("2026-01-02T04:04:05Z"),
                                Instant.parse("2026-01-02T04:04:05Z"),
                                1));
    }

    @Test
    void whatAnOperatorAddsWasAskedForByNobody() {
        list.add("yum", "bash-5.1");
        assertThat(list.all()).singleElement().satisfies(wish -> {
            assertThat(wish.times()).isZero();
            assertThat(wish.clients()).isZero();
        });
    }

    @Test
    void whoeverAsksForManyThingsPushesOutNothingThatOthersWantToo() {
        list.missing("pypi", "wanted", "10.0.0.1");
        list.missing("pypi", "wanted", "10.0.0.2");
        list.add("pypi", "added");
        list.missing("pypi", "the-first", "10.0.0.3");
        for (int i = 0; i < WishList.WISHES_MAX; i++) {
            list.missing("pypi", "no-such-" + i, "10.0.0.3");
        }
        assertThat(list.size()).isEqualTo(WishList.WISHES_MAX);
        assertThat(list.all())
                .extracting(Wish::what)
                .contains("wanted", "added", "no-such-" + (WishList.WISHES_MAX - 1))
                .doesNotContain("the-first", "no-such-0");
    }

    @Test
    void whatSeveralWantIsBoundedToo() {
        for (int i = 0; i < WishList.WISHES_MAX + 10; i++) {
            list.missing("pypi", "popular-" + i, "10.0.0.1");
            list.missing("pypi", "popular-" + i, "10.0.0.2");
        }
        assertThat(list.size()).isEqualTo(WishList.WISHES_MAX);
    }

    @Test
    void whatIsTooLongOrNoTextIsNoWish() {
        for (String none : new String[] {"", " ", "x".repeat(Wish.CHARS_MAX + 1), "a\nb", "a\u202eb", "\ud800"}) {
            list.missing("pypi", none, "10.0.0.1");
        }
        list.missing("pypi", "x".repeat(Wish.CHARS_MAX), "10.0.0.1");
        assertThat(list.size()).isEqualTo(1);
    }

    @Test
    void clientsAreCountedWellEnough() {
        for (int clients : new int[] {1, 2, 5, 20, 100, 400}) {
            Askers askers = Askers.NONE;
            for (int i = 0; i < clients; i++) {
                askers = askers.and("10.0." + i / 250 + "." + i % 250).and("10.0." + i / 250 + "." + i % 250);
            }
            assertThat(askers.count()).isCloseTo(clients, within(Math.round(clients * 0.15)));
            assertThat(Askers.parse(askers.text())).isEqualTo(askers);
        }
        Askers many = Askers.NONE;
        for (int i = 0; i < 100_000; i++) {
            many = many.and("2001:db8::" + Integer.toHexString(i));
        }
        assertThat(many.count()).isEqualTo(Askers.MAX);
        assertThat(Askers.parse("nonsense")).isEqualTo(Askers.NONE);
        assertThat(Askers.parse("g".repeat(64))).isEqualTo(Askers.NONE);
    }
}
