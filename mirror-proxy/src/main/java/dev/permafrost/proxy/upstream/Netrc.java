package dev.permafrost.proxy.upstream;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A netrc file, as curl and Python read it: {@code machine HOST login USER password PASSWORD}, on one line or several, and
 * {@code default} for all other hosts. Values may be in double quotes. Macros are passed over.
 */
final class Netrc {
    private final List<Entry> entries = new ArrayList<>();
    private final String text;
    private int at;

    /**
     * What is said of a host.
     *
     * @param host null for all that are not named
     */
    private record Entry(@Nullable String host, String user, String password) {}

    /** A user and a password. */
    record Account(String user, String password) {
        @Override
        public String toString() {
            return user + ":***";
        }
    }

    private Netrc(String text) {
        this.text = text.replace("\r\n", "\n");
    }

    /**
     * Reads a file's text.
     *
     * @throws IllegalArgumentException with a message that goes on after the file's name, and has nothing of its text
     */
    static Netrc parse(String text) {
        Netrc netrc = new Netrc(text);
        netrc.read();
        return netrc;
    }

    /** The account of a host: that of its own entry, the first of several, else the default one. */
    Optional<Account> account(String host) {
        return entries.stream()
                .filter(entry -> host.toLowerCase(Locale.ROOT).equals(entry.host))
                .findFirst()
                .or(() -> entries.stream().filter(entry -> entry.host == null).findFirst())
                .map(entry -> new Account(entry.user, entry.password));
    }

    private void read() {
        String word = next();
        while (word != null) {
            word = switch (word) {
                case "machine" -> entry(needed(word).toLowerCase(Locale.ROOT));
                case "default" -> entry(null);
                case "macdef" -> macro();
                default -> throw unexpected();
            };
        }
    }

    /** Reads what is said of a host; returns the word after it. */
    private @Nullable String entry(@Nullable String host) {
        String user = "";
        String password = "";
        String word = next();
        for (; word != null; word = next()) {
            switch (word) {
                case "login", "user" -> user = needed(word);
                case "password" -> password = needed(word);
                case "account" -> needed(word);
                default -> {
                    entries.add(new Entry(host, user, password));
                    return word;
                }
            }
        }
        entries.add(new Entry(host, user, password));
        return null;
    }

    /** A macro goes on to the next empty line. */
    private @Nullable String macro() {
        int end = text.indexOf("\n\n", at);
        at = end < 0 ? text.length() : end;
        return next();
    }

    private String needed(String keyword) {
        String value = value();
        if (value == null) {
            throw new IllegalArgumentException("ends behind '" + keyword + "'; is it cut off?");
        }
        return value;
    }

    /** The next keyword; a '#' in its place begins a comment. Null at the end. */
    private @Nullable String next() {
        while (true) {
            skipBlanks();
            if (at < text.length() && text.charAt(at) == '#') {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else {
                return value();
            }
        }
    }

    private @Nullable String value() {
        skipBlanks();
        if (at >= text.length()) {
            return null;
        }
        boolean quoted = text.charAt(at) == '"';
        StringBuilder value = new StringBuilder();
        for (at += quoted ? 1 : 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (quoted ? c == '"' : Character.isWhitespace(c)) {
                break;
            }
            if (c == '\\' && quoted && at + 1 < text.length()) {
                at++;
            }
            value.append(text.charAt(at));
        }
        if (quoted && at >= text.length()) {
            throw new IllegalArgumentException("has a '\"' that is not closed");
        }
        at += quoted ? 1 : 0;
        return value.toString();
    }

    private void skipBlanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private IllegalArgumentException unexpected() {
        long line = text.substring(0, at).chars().filter(c -> c == '\n').count() + 1;
        return new IllegalArgumentException("has in line " + line
                + " none of machine, default, login, password, account and macdef where one of them should be");
    }
}
