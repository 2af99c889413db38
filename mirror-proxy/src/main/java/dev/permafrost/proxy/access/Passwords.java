package dev.permafrost.proxy.access;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The users of one htpasswd file. */
final class Passwords {
    private static final String REMEDY = "write it with: htpasswd -B FILE NAME";

    private final Map<String, PasswordHash> byUser;
    /** Tried for a user that there isn't, so that it takes as long as for most that there are; null without any user. */
    private final @Nullable PasswordHash decoy;

    Passwords(Map<String, PasswordHash> byUser) {
        this.byUser = Map.copyOf(byUser);
        Map<String, Integer> counts = new HashMap<>();
        byUser.values().forEach(hash -> counts.merge(hash.kind(), 1, Integer::sum));
        this.decoy = byUser.values().stream()
                .max((a, b) -> Integer.compare(count(counts, a), count(counts, b)))
                .orElse(null);
    }

    private static int count(Map<String, Integer> counts, PasswordHash hash) {
        return counts.getOrDefault(hash.kind(), 0);
    }

    /**
     * Reads a file. Blocks.
     *
     * @throws dev.permafrost.store.model.StoreException BAD_REQUEST with every line that can't be used, and why
     */
    static Passwords read(Path file) {
        Map<String, PasswordHash> byUser = new LinkedHashMap<>();
        Lines.read(file, REMEDY, (name, rest) -> {
            int more = rest.indexOf(':');
            PasswordHash hash = hash(more < 0 ? rest : rest.substring(0, more));
            if (name.equals(Credentials.TOKEN_USER)) {
                throw new IllegalArgumentException("stands for tokens and can't be a user; choose another name");
            }
            if (byUser.putIfAbsent(name, hash) != null) {
                throw new IllegalArgumentException("is there twice; keep one of the two");
            }
        });
        return new Passwords(byUser);
    }

    private static PasswordHash hash(String text) {
        PasswordHash bcrypt = Bcrypt.parse(text);
        if (bcrypt != null) {
            return bcrypt;
        }
        PasswordHash apr1 = Apr1.parse(text);
        if (apr1 != null) {
            return apr1;
        }
        throw new IllegalArgumentException("has a password " + described(text)
                + ", which is not safe enough or not known here; set it again with: htpasswd -B FILE NAME");
    }

    /** What a hash looks like, without a character of what might be a password. */
    private static String described(String text) {
        if (text.startsWith("{SHA}")) {
            return "hashed by a single SHA-1 ({SHA})";
        }
        if (text.matches("\\$[0-9a-z]{1,8}\\$.*")) {
            return "hashed by " + text.substring(0, text.indexOf('$', 1) + 1) + "…";
        }
        return text.isEmpty() ? "that is empty" : "in plain text, or hashed by crypt";
    }

    /** Whether that user has that password. Takes equally long whether or not there is such a user. */
    boolean accept(Credentials login) {
        PasswordHash hash = byUser.get(login.user());
        PasswordHash tried = hash == null ? decoy : hash;
        boolean matches = tried != null && tried.matches(login.password());
        return hash != null && matches;
    }

    /** The users' names. */
    Set<String> names() {
        return byUser.keySet();
    }

    /** Those whose passwords are hashed by MD5. */
    Set<String> weak() {
        Set<String> weak = new LinkedHashSet<>();
        byUser.forEach((name, hash) -> {
            if (hash instanceof Apr1) {
                weak.add(name);
            }
        });
        return weak;
    }
}
