package dev.permafrost.proxy.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An address that guesses waits longer each time; a user who is guessed at is slowed and never locked out. */
class GuessingIsSlowedTest {
    private static final String ATTACKER = "203.0.113.5";

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000_000_000);
    private final Throttle throttle = new Throttle(LoginConfig.defaults(), now::get);

    @Test
    void tenWrongLoginsAndTheAddressWaits() {
        fail(9, ATTACKER, "alice");
        assertThat(throttle.secondsToWait(ATTACKER)).isZero();
        fail(1, ATTACKER, "alice");
        assertThat(throttle.secondsToWait(ATTACKER)).isEqualTo(30);
        assertThat(throttle.secondsToWait("203.0.113.6")).isZero();
        pass(Duration.ofSeconds(29));
        assertThat(throttle.secondsToWait(ATTACKER)).isEqualTo(1);
        pass(Duration.ofSeconds(1));
        assertThat(throttle.secondsToWait(ATTACKER)).isZero();
    }

    @Test
    void eachWaitIsTwiceTheOneBeforeUpToTheMost() {
        fail(10, ATTACKER, "alice");
        for (int expected : new int[] {30, 60, 120, 240, 480, 900, 900}) {
            assertThat(throttle.secondsToWait(ATTACKER)).isEqualTo(expected);
            pass(Duration.ofSeconds(expected));
            fail(1, ATTACKER, "alice");
        }
    }

    @Test
    void oneThatGoesOnMeanwhileDoesNotWaitLongerForIt() {
        fail(25, ATTACKER, "alice");
        assertThat(throttle.secondsToWait(ATTACKER)).isEqualTo(30);
    }

    @Test
    void quietIsForgiven() {
        fail(10, ATTACKER, "alice");
        pass(Duration.ofSeconds(30).plusMinutes(5));
        fail(9, ATTACKER, "alice");
        assertThat(throttle.secondsToWait(ATTACKER)).isZero();
        fail(1, ATTACKER, "alice");
        assertThat(throttle.secondsToWait(ATTACKER)).isEqualTo(30);
    }

    @Test
    void aWrongLoginNowAndThenIsNothing() {
        for (int i = 0; i < 100; i++) {
            fail(1, ATTACKER, "alice");
            pass(Duration.ofSeconds(31));
            assertThat(throttle.secondsToWait(ATTACKER)).isZero();
        }
    }

    @Test
    void aRightLoginForgivesWhatWentWrongForThatUserOnly() {
        fail(9, ATTACKER, "alice");
        throttle.succeeded(ATTACKER, "alice");
        fail(9, ATTACKER, "alice");
        assertThat(throttle.secondsToWait(ATTACKER)).isZero();

        // nine guesses at others and one login of one's own, again and again
        fail(9, "203.0.113.9", "bob");
        throttle.succeeded("203.0.113.9", "mallory");
        fail(1, "203.0.113.9", "bob");
        assertThat(throttle.secondsToWait("203.0.113.9")).isEqualTo(30);
    }

    @Test
    void aUserIsDelayedFromWhereverAndNeverRefused() {
        for (int i = 0; i < 9; i++) {
            fail(1, "203.0.113." + i, "alice");
        }
        assertThat(throttle.delay("alice")).isZero();
        fail(1, "203.0.113.9", "alice");
        assertThat(throttle.delay("alice")).isEqualTo(Duration.ofMillis(100));
        fail(1, "203.0.113.10", "alice");
        assertThat(throttle.delay("alice")).isEqualTo(Duration.ofMillis(200));
        for (int i = 0; i < 200; i++) {
            fail(1, "198.51.100." + i, "alice");
        }
        assertThat(throttle.delay("alice")).isEqualTo(Duration.ofSeconds(2));
        assertThat(throttle.delay("bob")).isZero();
        assertThat(throttle.secondsToWait("192.0.2.1")).isZero();
        throttle.succeeded("192.0.2.1", "alice");
        assertThat(throttle.delay("alice")).isZero();
    }

    @Test
    void whatIsRememberedEnds() {
        for (int i = 0; i < 10_001; i++) {
            fail(i == 0 ? 10 : 1, "10.0." + i / 256 + "." + i % 256, "user" + i);
        }
        assertThat(throttle.secondsToWait("10.0.0.0")).isZero();
        assertThat(throttle.delay("user0")).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "203.0.113.5, 203.0.113.5",
        "2001:db8:1:2:3:4:5:6, 2001:db8:1:2::/64",
        "2001:db8:1:2::7, 2001:db8:1:2::/64",
        "2001:0DB8:0001:0002:0:0:0:9%eth0, 2001:db8:1:2::/64",
        "2001:db8::1, 2001:db8::/64",
        "1::2:3:4:5:6:7, 1:0:2:3::/64",
        "::2:3:4:5:6:7:8, 0:2:3:4::/64",
        "0:0:0:0:0:0:0:1, ::1",
        "::1, ::1",
        "::ffff:192.0.2.1, 192.0.2.1",
        "::, ::"
    })
    void anIpv6NetworkCountsAsOneAddress(String address, String network) {
        assertThat(Throttle.network(address)).isEqualTo(network);
    }

    @Test
    void whatIsNoAddressIsTakenAsItIs() {
        for (String odd : new String[] {"", "unix", ":", ":::", "a:b", "1:2:3:4:5:6:7:8:9:10"}) {
            assertThat(Throttle.network(odd)).isNotNull();
        }
    }

    private void fail(int times, String address, String user) {
        for (int i = 0; i < times; i++) {
            throttle.failed(address, user);
        }
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }
}
