package dev.permafrost.proxy.access;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;
import org.jspecify.annotations.Nullable;

/** A password hashed by bcrypt, as {@code htpasswd -B} writes it. Like all others it looks at the first 72 bytes only. */
final class Bcrypt implements PasswordHash {
    /** Beyond this a login would take seconds, and few of them all there is. */
    static final int COST_MAX = 14;

    private static final Pattern SYNTAX = Pattern.compile("\\$2[aby]\\$(?<cost>\\d\\d)\\$[./A-Za-z0-9]{53}");
    private static final int COST_MIN = 4;

    private final String hash;
    private final int cost;

    private Bcrypt(String hash, int cost) {
        this.hash = hash;
        this.cost = cost;
    }

    /**
     * Reads a hash; null where it is not one of bcrypt.
     *
     * @throws IllegalArgumentException where its cost is out of bounds, saying so
     */
    static @Nullable Bcrypt parse(String text) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        int cost = Integer.parseInt(matcher.group("cost"));
        if (cost < COST_MIN || cost > COST_MAX) {
            throw new IllegalArgumentException("has a bcrypt cost of " + cost + ", where " + COST_MIN + " to "
                    + COST_MAX + " is allowed; set the password again with: htpasswd -B -C 10");
        }
        return new Bcrypt(text, cost);
    }

    @Override
    public boolean matches(byte[] password) {
        return OpenBSDBCrypt.checkPassword(hash, password);
    }

    @Override
    public String kind() {
        return "bcrypt " + cost;
    }

    @Override
    public String toString() {
        return kind();
    }
}
