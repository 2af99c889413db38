package dev.permafrost.proxy.format.pypi;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A version of a distribution, read and ordered as PEP 440 says. Its numbers may have any length: they are kept as digits, without
 * zeros in front. Equal are versions that differ in zeros at the end of the release only, as {@code 1} and {@code 1.0}.
 */
final class Version implements Comparable<Version> {
    private static final Pattern PEP_440 = Pattern.compile(
            "\\s*v?(?:(?<epoch>[0-9]+)!)?(?<release>[0-9]+(?:\\.[0-9]+)*)"
                    + "(?:[-_.]?(?<phase>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<pre>[0-9]*))?"
                    + "(?:-(?<implicit>[0-9]+)|[-_.]?(?<after>post|rev|r)[-_.]?(?<post>[0-9]*))?"
                    + "(?:[-_.]?(?<dev>dev)[-_.]?(?<devNumber>[0-9]*))?"
                    + "(?:\\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\\s*",
            Pattern.CASE_INSENSITIVE);

    /** Longest text that is read; the longest version on PyPI has some 60 characters. */
    private static final int CHARS_MAX = 1024;

    /** Shorter digits are a smaller number, where no zeros stand in front. */
    private static final Comparator<String> BY_NUMBER =
            Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder());

    private final String epoch;
    private final List<String> release;
    /** {@code a}, {@code b} or {@code rc}; null where it is no pre-release of that kind. */
    private final @Nullable String phase;

    private final String pre;
    private final @Nullable String post;
    private final @Nullable String dev;
    private final List<String> local;

    private Version(Matcher parts) {
        epoch = number(parts.group("epoch"));
        release = Arrays.stream(parts.group("release").split("\\.", -1))
                .map(Version::number)
                .toList();
        phase = phase(parts.group("phase"));
        pre = number(parts.group("pre"));
        String implicit = parts.group("implicit");
        post = implicit != null ? number(implicit) : parts.group("after") == null ? null : number(parts.group("post"));
        dev = parts.group("dev") == null ? null : number(parts.group("devNumber"));
        String labels = parts.group("local");
        local = labels == null
                ? List.of()
                : Arrays.stream(labels.toLowerCase(Locale.ROOT).split("[-_.]", -1))
                        .map(label -> isNumber(label) ? number(label) : label)
                        .toList();
    }

    private Version(
            String epoch,
            List<String> release,
            @Nullable String phase,
            String pre,
            @Nullable String post,
            @Nullable String dev,
            List<String> local) {
        this.epoch = epoch;
        this.release = release;
        this.phase = phase;
        this.pre = pre;
        this.post = post;
        this.dev = dev;
        this.local = local;
    }

    /** Reads a version in any spelling that PEP 440 allows; empty for what is none. */
    static Optional<Version> parse(String text) {
        if (text.length() > CHARS_MAX) {
            return Optional.empty();
        }
        Matcher parts = PEP_440.matcher(text);
        return parts.matches() ? Optional.of(new Version(parts)) : Optional.empty();
    }

    /**
     * A key that is equal for equal versions, as for {@code v1.0-Beta_2} and {@code 1b2}, however the names of files spell them; of
     * what is no version, the text itself.
     */
    static String key(String text) {
        return inName(text)
                .map(version -> version.text(version.significant()))
                .orElseGet(() -> text.strip().toLowerCase(Locale.ROOT));
    }

    /** Reads a version as the names of files spell it: in that of a wheel an underscore may stand for any dash. */
    static Optional<Version> inName(String text) {
        return parse(text).or(() -> parse(text.replace('_', '-')));
    }

    /** The same texts, older versions before newer; what is no version comes first, by its text. */
    static List<String> sorted(Collection<String> texts) {
        record Read(Optional<Version> version, String text) {}
        return texts.stream()
                .map(text -> new Read(inName(text), text))
                .sorted(Comparator.comparing(
                                (Read read) -> read.version().orElse(null),
                                Comparator.nullsFirst(Comparator.naturalOrder()))
                        .thenComparing(Read::text))
                .map(Read::text)
                .toList();
    }

    /** Whether it is an alpha, a beta, a release candidate or a development release. */
    boolean isPrerelease() {
        return phase != null || dev != null;
    }

    /** Whether it is a post-release. */
    boolean isPostrelease() {
        return post != null;
    }

    /** Whether it has a local label, as {@code 1.0+ubuntu} has. */
    boolean isLocal() {
        return !local.isEmpty();
    }

    /** How many numbers its release has: three for {@code 1.2.3rc4}. */
    int releaseLength() {
        return release.size();
    }

    /** Whether it is a release and nothing else, as {@code 1!2.3} is. */
    boolean isFinal() {
        return phase == null && post == null && dev == null && local.isEmpty();
    }

    /** The same without its local label. */
    Version publicPart() {
        return local.isEmpty() ? this : new Version(epoch, release, phase, pre, post, dev, List.of());
    }

    /** What a post-release comes after: {@code 1.0a1} for {@code 1.0a1.post2.dev3}. */
    Version beforePost() {
        return new Version(epoch, release, phase, pre, null, null, List.of());
    }

    /** The oldest version that is called a pre-release of this one: {@code 1.0.dev0} for {@code 1.0}. */
    Version firstPrerelease() {
        return new Version(epoch, release, phase, pre, post, "0", List.of());
    }

    /** Whether its epoch is that of the other, and its release begins with the first so many numbers of the other's. */
    boolean beginsAs(Version other, int length) {
        for (int i = 0; i < length; i++) {
            String number = i < release.size() ? release.get(i) : "0";
            if (!number.equals(other.release.get(i))) {
                return false;
            }
        }
        return epoch.equals(other.epoch);
    }

    @Override
    public int compareTo(Version other) {
        int order = BY_NUMBER.compare(epoch, other.epoch);
        order = order != 0 ? order : compare(significant(), other.significant(), BY_NUMBER);
        order = order != 0 ? order : Integer.compare(stage(), other.stage());
        order = order != 0 || phase == null || other.phase == null ? order : phase.compareTo(other.phase);
        order = order != 0 ? order : BY_NUMBER.compare(pre, other.pre);
        order = order != 0 ? order : Comparator.nullsFirst(BY_NUMBER).compare(post, other.post);
        order = order != 0 ? order : Comparator.nullsLast(BY_NUMBER).compare(dev, other.dev);
        return order != 0 ? order : compare(local, other.local, Version::compareLabels);
    }

    /** A development release of the release itself comes before its pre-releases, and those before it. */
    private int stage() {
        if (phase != null) {
            return 1;
        }
        return post == null && dev != null ? 0 : 2;
    }

    private static int compare(List<String> ours, List<String> others, Comparator<String> order) {
        int common = Math.min(ours.size(), others.size());
        for (int i = 0; i < common; i++) {
            int result = order.compare(ours.get(i), others.get(i));
            if (result != 0) {
                return result;
            }
        }
        return Integer.compare(ours.size(), others.size());
    }

    /** Words come before numbers. */
    private static int compareLabels(String ours, String others) {
        boolean number = isNumber(ours);
        if (number != isNumber(others)) {
            return number ? 1 : -1;
        }
        return number ? BY_NUMBER.compare(ours, others) : ours.compareTo(others);
    }

    /** The release without zeros at its end. */
    private List<String> significant() {
        int end = release.size();
        while (end > 1 && release.get(end - 1).equals("0")) {
            end--;
        }
        return release.subList(0, end);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Version version && compareTo(version) == 0;
    }

    @Override
    public int hashCode() {
        return text(significant()).hashCode();
    }

    /** The normal spelling. */
    @Override
    public String toString() {
        return text(release);
    }

    private String text(List<String> numbers) {
        StringBuilder text = new StringBuilder();
        if (!epoch.equals("0")) {
            text.append(epoch).append('!');
        }
        text.append(String.join(".", numbers));
        if (phase != null) {
            text.append(phase).append(pre);
        }
        if (post != null) {
            text.append(".post").append(post);
        }
        if (dev != null) {
            text.append(".dev").append(dev);
        }
        if (!local.isEmpty()) {
            text.append('+').append(String.join(".", local));
        }
        return text.toString();
    }

    private static @Nullable String phase(@Nullable String word) {
        return word == null
                ? null
                : switch (word.toLowerCase(Locale.ROOT)) {
                    case "a", "alpha" -> "a";
                    case "b", "beta" -> "b";
                    default -> "rc";
                };
    }

    private static boolean isNumber(String label) {
        return label.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** The digits without zeros in front; 0 for none. */
    private static String number(@Nullable String digits) {
        int zeros = 0;
        while (digits != null && zeros < digits.length() && digits.charAt(zeros) == '0') {
            zeros++;
        }
        return digits == null || zeros == digits.length() ? "0" : digits.substring(zeros);
    }
}
