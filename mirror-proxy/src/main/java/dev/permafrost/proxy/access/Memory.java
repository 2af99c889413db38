package dev.permafrost.proxy.access;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Logins that were right a short while ago, by a hash under a key that only this process has and that ends with it: neither a
 * password nor anything that one could be guessed from is kept.
 */
final class Memory {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int LOGINS_MAX = 10_000;

    private final ThreadLocal<Mac> macs;
    private final Cache<Key, String> users;

    /** A login to one reading of one file. */
    record Key(long a, long b, long c, long d) {}

    Memory(Duration ttl, Ticker ticker) {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        // looking one up reads files of the JDK's, the first time, and takes locks: an event loop gets a copy
        Mac keyed = mac(new SecretKeySpec(secret, ALGORITHM));
        this.macs = ThreadLocal.withInitial(() -> copy(keyed));
        this.users = Caffeine.newBuilder()
                .maximumSize(LOGINS_MAX)
                .expireAfterWrite(ttl)
                .ticker(ticker)
                .executor(Runnable::run)
                .build();
    }

    private static Mac mac(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    private static Mac copy(Mac keyed) {
        try {
            return (Mac) keyed.clone();
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's own can be copied", e);
        }
    }

    /** What a login is known by, of that reading of the file of that number. */
    Key key(int file, int generation, Credentials login) {
        Mac mac = macs.get();
        for (int shift = 24; shift >= 0; shift -= 8) {
            mac.update((byte) (file >> shift));
        }
        for (int shift = 24; shift >= 0; shift -= 8) {
            mac.update((byte) (generation >> shift));
        }
        ByteBuffer hash = ByteBuffer.wrap(mac.doFinal(login.both()));
        return new Key(hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
    }

    /** Who that is; null where it is not remembered. */
    @Nullable String user(Key key) {
        return users.getIfPresent(key);
    }

    /** Remembers a login that was right. */
    void remember(Key key, String user) {
        users.put(key, user);
    }
}
