package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.PlainText;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.Optional;

/**
 * A project's normalised name (PEP 503): lower-case ASCII letters and digits, with single dashes between them.
 *
 * @param value the name, 1 to {@value #CHARS_MAX} characters, safe in a URL, in HTML and as a key
 */
record ProjectName(String value) implements Comparable<ProjectName> {
    /** Longest name accepted, in characters. */
    static final int CHARS_MAX = 256;

    /**
     * Checks that the name is normalised.
     *
     * @throws IllegalArgumentException if it is not; {@link #parse} normalises
     */
    ProjectName {
        if (value.isEmpty() || !value.equals(normalised(value))) {
            throw new IllegalArgumentException("not a normalised project name: " + PlainText.quoted(value));
        }
    }

    /** The name behind any spelling of it; empty if it is no name by PEP 508 or is longer than the limit. */
    static Optional<ProjectName> parse(String spelling) {
        String value = normalised(spelling);
        return value.isEmpty() ? Optional.empty() : Optional.of(new ProjectName(value));
    }

    /**
     * The name behind what somebody asks for.
     *
     * @throws StoreException of kind BAD_REQUEST if it can't be one
     */
    static ProjectName asked(String spelling) {
        return parse(spelling)
                .orElseThrow(() -> new StoreException(
                        FailureKind.BAD_REQUEST,
                        PlainText.quoted(spelling)
                                + " can't be a project's name; write one such as numpy or numpy==1.20"));
    }

    /** PEP 503's {@code re.sub(r"[-_.]+", "-", name).lower()} of a valid name; "" for any other. */
    private static String normalised(String spelling) {
        int length = spelling.length();
        if (length == 0
                || length > CHARS_MAX
                || isSeparator(spelling.charAt(0))
                || isSeparator(spelling.charAt(length - 1))) {
            return "";
        }
        StringBuilder name = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            char c = spelling.charAt(i);
            if (isSeparator(c)) {
                if (!isSeparator(spelling.charAt(i - 1))) {
                    name.append('-');
                }
            } else if (c >= 'A' && c <= 'Z') {
                name.append((char) (c + ('a' - 'A')));
            } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
                name.append(c);
            } else {
                return "";
            }
        }
        return name.toString();
    }

    private static boolean isSeparator(char c) {
        return c == '-' || c == '_' || c == '.';
    }

    @Override
    public int compareTo(ProjectName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
