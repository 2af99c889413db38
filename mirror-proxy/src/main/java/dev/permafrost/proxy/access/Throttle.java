package dev.permafrost.proxy.access;

import dev.permafrost.proxy.address.Network;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Slows the guessing of passwords. An address with too many wrong logins has to wait, longer each time; a user with too many is
 * answered later, from wherever, but never refused: else anyone could lock anyone out.
 *
 * <p>Wrong logins fill a bucket that leaks as many in the window as it holds. What is remembered is bounded; the oldest is
 * forgotten first.
 */
final class Throttle {
    private static final Logger log = LoggerFactory.getLogger(Throttle.class);
    private static final int BUCKETS_MAX = 10_000;
    private static final int DOUBLINGS_MAX = 20;
    private static final Duration FIRST_DELAY = Duration.ofMillis(100);

    private final LoginConfig config;
    private final LongSupplier nanos;
    private final Map<String, Bucket> addresses = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, Bucket> users = new LinkedHashMap<>(16, 0.75f, true);

    /** The wrong logins of an address, or of a user. */
    private static final class Bucket {
        private double level;
        private long leakedAt;
        private int lockouts;
        private boolean locked;
        private long lockedUntil;
        /** Whom all of them were for; null where they were for several. */
        private @Nullable String only;

        Bucket(long now, String user) {
            leakedAt = now;
            only = user;
        }
    }

    Throttle(LoginConfig config, LongSupplier nanos) {
        this.config = config;
        this.nanos = nanos;
    }

    /** How many seconds that address has to wait before its next login counts; 0 for none. */
    synchronized int secondsToWait(String address) {
        Bucket bucket = addresses.get(network(address));
        if (bucket == null || !bucket.locked) {
            return 0;
        }
        long left = bucket.lockedUntil - nanos.getAsLong();
        return left <= 0 ? 0 : (int) Duration.ofNanos(left).plusMillis(999).toSeconds();
    }

    /** How long to delay the login of a user. */
    synchronized Duration delay(String user) {
        Bucket bucket = users.get(user);
        if (bucket == null) {
            return Duration.ZERO;
        }
        leak(bucket, nanos.getAsLong());
        int beyond = (int) Math.ceil(bucket.level) - config.failuresMax();
        return beyond < 0 ? Duration.ZERO : doubled(FIRST_DELAY, beyond, config.userDelayMax());
    }

    /** A login was wrong. */
    void failed(String address, String user) {
        Duration wait = count(address, user);
        if (!wait.isZero()) {
            log.warn(
                    "{} wrong logins came from {}: none counts for {} s (logins.failures-max)",
                    config.failuresMax(),
                    network(address),
                    wait.toSeconds());
        }
    }

    /** How long the address has to wait from now on; zero where that has not changed. */
    private synchronized Duration count(String address, String user) {
        Duration wait = Duration.ZERO;
        long now = nanos.getAsLong();
        Bucket from = fill(addresses, network(address), now, user);
        if (isFull(from) && !(from.locked && from.lockedUntil - now > 0)) {
            wait = doubled(config.lockout(), from.lockouts, config.lockoutMax());
            from.locked = true;
            from.lockedUntil = now + wait.toNanos();
            from.lockouts++;
            // nothing leaks while it waits, and each wrong login behind that makes it wait again
            from.leakedAt = from.lockedUntil;
        }
        from.level = Math.min(from.level, config.failuresMax());
        Bucket of = fill(users, user, now, user);
        of.level = Math.min(of.level, config.failuresMax() + DOUBLINGS_MAX);
        return wait;
    }

    /** A login was right: what went wrong before is forgiven, but not what an address had tried with other users' names. */
    synchronized void succeeded(String address, String user) {
        users.remove(user);
        String network = network(address);
        Bucket from = addresses.get(network);
        if (from != null && user.equals(from.only)) {
            addresses.remove(network);
        }
    }

    private boolean isFull(Bucket bucket) {
        return Math.ceil(bucket.level) >= config.failuresMax();
    }

    private Bucket fill(Map<String, Bucket> buckets, String key, long now, String user) {
        Bucket bucket = buckets.computeIfAbsent(key, absent -> new Bucket(now, user));
        leak(bucket, now);
        bucket.level++;
        if (!user.equals(bucket.only)) {
            bucket.only = null;
        }
        if (buckets.size() > BUCKETS_MAX) {
            Iterator<String> oldest = buckets.keySet().iterator();
            oldest.next();
            oldest.remove();
        }
        return bucket;
    }

    private void leak(Bucket bucket, long now) {
        long passed = now - bucket.leakedAt;
        if (passed <= 0) {
            return;
        }
        double perNano = config.failuresMax() / (double) config.failuresWindow().toNanos();
        bucket.level = Math.max(0, bucket.level - passed * perNano);
        bucket.leakedAt = now;
        if (bucket.level == 0) {
            bucket.lockouts = 0;
            bucket.locked = false;
        }
    }

    private static Duration doubled(Duration first, int times, Duration most) {
        Duration longer = first.multipliedBy(1L << Math.min(times, DOUBLINGS_MAX));
        return longer.compareTo(most) < 0 ? longer : most;
    }

    /** What counts as one address, in words; what is no address, such as a Unix socket, counts as it is. */
    static String network(String address) {
        Network network = Network.ofClient(address);
        return network == null ? address : network.toString();
    }
}
