package dev.permafrost.proxy.format.pypi;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Version specifiers, as in {@code >=1.20,!=1.21.*,<3}: what all of them allow (PEP 440 §Version specifiers). None at all allow any
 * version.
 */
final class Specifiers {
    private static final Pattern SPECIFIER =
            Pattern.compile("(===|~=|==|!=|<=|>=|<|>)\\s*([^\\s;)]*)", Pattern.CASE_INSENSITIVE);
    private static final String PREFIX = ".*";

    /** No specifier at all. */
    static final Specifiers NONE = new Specifiers(List.of());

    private final List<Specifier> all;

    private Specifiers(List<Specifier> all) {
        this.all = List.copyOf(all);
    }

    /**
     * One of them.
     *
     * @param text its version as written
     * @param version the same read, without {@code .*}; null where it is compared as a text
     */
    private record Specifier(
            String operator, String text, @Nullable Version version) {
        @Override
        public String toString() {
            return operator + text;
        }
    }

    /** Reads a list with commas in between; empty for what is none. */
    static Optional<Specifiers> parse(String text) {
        List<Specifier> all = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            if (!part.isBlank()) {
                Specifier specifier = specifier(part.strip());
                if (specifier == null) {
                    return Optional.empty();
                }
                all.add(specifier);
            }
        }
        return Optional.of(new Specifiers(all));
    }

    private static @Nullable Specifier specifier(String text) {
        Matcher parts = SPECIFIER.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        String operator = parts.group(1);
        String wanted = parts.group(2);
        if (operator.equals("===")) {
            return new Specifier(operator, wanted, null);
        }
        boolean equality = operator.equals("==") || operator.equals("!=");
        boolean prefix = equality && wanted.endsWith(PREFIX);
        Version version = Version.parse(prefix ? wanted.substring(0, wanted.length() - PREFIX.length()) : wanted)
                .orElse(null);
        boolean sound = version != null
                && (!prefix || version.isFinal())
                && (equality || !version.isLocal())
                && (!operator.equals("~=") || version.releaseLength() > 1);
        return sound ? new Specifier(operator, wanted, version) : null;
    }

    /**
     * Whether they allow that version, where a pre-release is allowed only if one of them names a pre-release, otherwise than with
     * {@code <}, {@code >} and {@code !=}.
     */
    boolean contain(Version version) {
        return contain(version, all.stream().anyMatch(Specifiers::namesPrerelease));
    }

    /** Whether they allow that version, pre-releases by their order like any other, or none of them. */
    boolean contain(Version version, boolean prereleases) {
        return (prereleases || !version.isPrerelease()) && all.stream().allMatch(one -> allows(one, version));
    }

    private static boolean namesPrerelease(Specifier specifier) {
        return switch (specifier.operator) {
            case "!=", "<", ">" -> false;
            case "===" ->
                Version.parse(specifier.text).filter(Version::isPrerelease).isPresent();
            default -> specifier.version != null && specifier.version.isPrerelease();
        };
    }

    private static boolean allows(Specifier specifier, Version version) {
        Version wanted = specifier.version;
        if (wanted == null) {
            return version.toString().equalsIgnoreCase(specifier.text);
        }
        return switch (specifier.operator) {
            case "==" -> equal(specifier, wanted, version);
            case "!=" -> !equal(specifier, wanted, version);
            case "~=" ->
                version.publicPart().compareTo(wanted) >= 0 && version.beginsAs(wanted, wanted.releaseLength() - 1);
            case "<=" -> version.publicPart().compareTo(wanted) <= 0;
            case ">=" -> version.publicPart().compareTo(wanted) >= 0;
            case "<" -> before(version, wanted);
            default -> after(version, wanted);
        };
    }

    private static boolean equal(Specifier specifier, Version wanted, Version version) {
        if (specifier.text.endsWith(PREFIX)) {
            return version.beginsAs(wanted, wanted.releaseLength());
        }
        return (wanted.isLocal() ? version : version.publicPart()).equals(wanted);
    }

    /** A pre-release of the version itself does not come before it, unless that is one too. */
    private static boolean before(Version version, Version wanted) {
        boolean itsOwn =
                !wanted.isPrerelease() && version.isPrerelease() && version.compareTo(wanted.firstPrerelease()) >= 0;
        return version.compareTo(wanted) < 0 && !itsOwn;
    }

    /** Nor does a post-release of the version itself come after it, unless that is one too, nor one with a local label. */
    private static boolean after(Version version, Version wanted) {
        boolean itsOwn = !wanted.isPostrelease()
                && version.isPostrelease()
                && version.beforePost().equals(wanted);
        boolean itself = version.isLocal() && version.publicPart().equals(wanted);
        return version.compareTo(wanted) > 0 && !itsOwn && !itself;
    }

    /** As they were written, without spaces. */
    @Override
    public String toString() {
        return all.stream().map(Specifier::toString).collect(Collectors.joining(","));
    }
}
