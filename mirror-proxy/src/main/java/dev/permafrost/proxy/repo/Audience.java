package dev.permafrost.proxy.repo;

import java.util.Set;

/**
 * Whom a repository lets do something.
 *
 * @param kind which of the simple answers, or that names are listed
 * @param names of users and tokens, where they are listed; else empty
 */
public record Audience(Kind kind, Set<String> names) {
    /** The kinds of answer. */
    public enum Kind {
        /** Everybody, without being asked for a login. */
        ANYONE,
        /** Whoever has logged in. */
        AUTHENTICATED,
        /** Those whose names are listed. */
        NAMED,
        /** Nobody at all. */
        NOBODY
    }

    /** Everybody. */
    public static final Audience ANYONE = new Audience(Kind.ANYONE, Set.of());
    /** Whoever has logged in. */
    public static final Audience AUTHENTICATED = new Audience(Kind.AUTHENTICATED, Set.of());
    /** Nobody. */
    public static final Audience NOBODY = new Audience(Kind.NOBODY, Set.of());

    /** Copies the set. */
    public Audience {
        names = Set.copyOf(names);
    }

    /** Those of these names. */
    public static Audience of(Set<String> names) {
        return new Audience(Kind.NAMED, names);
    }

    /** Whether it makes a difference who asks. */
    public boolean needsLogin() {
        return kind == Kind.AUTHENTICATED || kind == Kind.NAMED;
    }

    /** Whether somebody who has logged in under that name is among them. */
    public boolean has(String name) {
        return kind == Kind.NAMED ? names.contains(name) : kind != Kind.NOBODY;
    }
}
