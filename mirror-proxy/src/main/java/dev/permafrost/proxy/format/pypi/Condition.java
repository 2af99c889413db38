package dev.permafrost.proxy.format.pypi;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a rule of a policy may ask of a file. */
interface Condition {
    /** Names of projects, as {@code evil-*}; compared as PEP 503 normalises them. */
    String PROJECT = "project";
    /** Version specifiers, as {@code >=1.20,<2}; pre-releases count by their order. */
    String VERSIONS = "versions";
    /** {@code wheel}, {@code sdist}, {@code egg} or {@code other}. */
    String TYPE = "type";
    /** Platform tags of a wheel (PEP 425), as {@code manylinux*_x86_64}. */
    String PLATFORM = "platform";
    /** Python tags of a wheel or an egg, as {@code cp3*}. */
    String PYTHON = "python";
    /** Licences as the metadata tells them, or {@code unknown}. */
    String LICENCE = "licence";
    /** A number of bytes. */
    String LARGER_THAN = "larger-than";
    /** A number of bytes. */
    String SMALLER_THAN = "smaller-than";

    /** All of them. */
    List<String> NAMES = List.of(PROJECT, VERSIONS, TYPE, PLATFORM, PYTHON, LICENCE, LARGER_THAN, SMALLER_THAN);

    /** Whether a condition holds for a file. */
    enum Answer {
        YES,
        NO,
        /** What it asks about is not known, and will not be. */
        UNKNOWN,
        /** It is not known yet. */
        LATER
    }

    /** What is asked about a file. */
    interface Subject {
        ProjectName project();

        FileRecord file();

        /** Its licences; empty where they are not known yet, but can be. Blocks. */
        Optional<List<String>> licences();
    }

    /**
     * Asks. Of several tags that a wheel has, one must fit for a rule that allows, and all for one that denies: the file is for
     * the others too.
     */
    Answer of(Subject subject, boolean allows);

    /**
     * The condition of that name.
     *
     * @param values one of which must fit
     * @throws IllegalArgumentException whose message goes on after the value that is wrong
     */
    static Condition of(String name, List<String> values) {
        return switch (name) {
            case PROJECT -> {
                List<Glob> names = values.stream().map(Condition::name).toList();
                yield (subject, allows) -> when(fits(names, subject.project().value()));
            }
            case VERSIONS -> {
                List<Specifiers> wanted =
                        values.stream().map(Condition::specifiers).toList();
                yield (subject, allows) -> DistributionName.version(
                                subject.project(), subject.file().filename())
                        .flatMap(Version::inName)
                        .map(version -> when(wanted.stream().anyMatch(one -> one.contain(version, true))))
                        .orElse(Answer.UNKNOWN);
            }
            case TYPE -> {
                Set<String> types =
                        Set.copyOf(values.stream().map(Condition::type).toList());
                yield (subject, allows) ->
                        when(types.contains(typeOf(subject.file().filename())));
            }
            case PLATFORM -> {
                List<Glob> tags = values.stream().map(Condition::tag).toList();
                yield (subject, allows) -> ofTags(Tags.platforms(subject.file().filename()), tags, allows);
            }
            case PYTHON -> {
                List<Glob> tags = values.stream().map(Condition::tag).toList();
                yield (subject, allows) -> ofTags(Tags.pythons(subject.file().filename()), tags, allows);
            }
            case LICENCE -> {
                List<Glob> licences = values.stream().map(Condition::lower).toList();
                yield (subject, allows) -> subject.licences()
                        .map(all -> when(all.stream().anyMatch(one -> fits(licences, one.toLowerCase(Locale.ROOT)))))
                        .orElse(Answer.LATER);
            }
            case LARGER_THAN -> ofSize(values, size -> bound -> size > bound);
            case SMALLER_THAN -> ofSize(values, size -> bound -> size < bound);
            default -> throw new IllegalArgumentException("is not a condition; they are " + String.join(", ", NAMES));
        };
    }

    /** The pattern of projects' names behind any spelling of it. */
    static Glob name(String text) {
        if (!Names.PATTERN.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "is not a pattern of projects' names; write one such as evil-*, of letters, digits, '-', '_', '.',"
                            + " '*' and '?'");
        }
        return new Glob(text.toLowerCase(Locale.ROOT).replaceAll("[-_.]+", "-"));
    }

    /** Whether one of them fits. */
    static boolean fits(List<Glob> patterns, String text) {
        for (Glob pattern : patterns) {
            if (pattern.fits(text)) {
                return true;
            }
        }
        return false;
    }

    /** The type of a file, in the words of {@link #TYPE}. */
    static String typeOf(String filename) {
        String lower = filename.toLowerCase(Locale.ROOT);
        return switch (DistributionName.packageType(filename)) {
            case "bdist_wheel" -> "wheel";
            case "bdist_egg" -> "egg";
            case "sdist" -> lower.endsWith(".deb") || lower.endsWith(".pyz") ? "other" : "sdist";
            default -> "other";
        };
    }

    private static Answer when(boolean holds) {
        return holds ? Answer.YES : Answer.NO;
    }

    private static Specifiers specifiers(String text) {
        return Specifiers.parse(text)
                .orElseThrow(() -> new IllegalArgumentException(
                        "is not a list of version specifiers; write one such as \">=1.20,<2\" or \"==1.*\""));
    }

    private static String type(String text) {
        return switch (text) {
            case "wheel", "sdist", "egg", "other" -> text;
            default -> throw new IllegalArgumentException("is not a type of file; write wheel, sdist, egg or other");
        };
    }

    private static Glob tag(String text) {
        if (!Names.TAG.matcher(text).matches()) {
            throw new IllegalArgumentException(
                    "is not a pattern of one tag; write one such as manylinux*_x86_64, win_amd64, cp3* or py3");
        }
        return lower(text);
    }

    private static Glob lower(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException("is no pattern; write one such as *Affero*, or unknown");
        }
        return new Glob(text.toLowerCase(Locale.ROOT));
    }

    private static Answer ofTags(@Nullable List<String> tags, List<Glob> patterns, boolean allows) {
        if (tags == null) {
            return Answer.UNKNOWN;
        }
        Predicate<String> fits = tag -> fits(patterns, tag);
        return when(
                allows
                        ? tags.stream().anyMatch(fits)
                        : !tags.isEmpty() && tags.stream().allMatch(fits));
    }

    /** A comparison of one size with another. */
    @FunctionalInterface
    interface Comparison {
        Predicate<Long> with(long size);
    }

    private static Condition ofSize(List<String> values, Comparison comparison) {
        List<Long> bounds = values.stream().map(Long::valueOf).toList();
        return (subject, allows) -> {
            long size = subject.file().sizeBytes();
            return size < 0 ? Answer.UNKNOWN : when(bounds.stream().anyMatch(comparison.with(size)));
        };
    }

    /** What patterns look like. */
    final class Names {
        private static final Pattern PATTERN = Pattern.compile("[A-Za-z0-9._*?-]{1,256}");
        private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_*?]{1,100}");

        private Names() {}
    }

    /** The tags in the name of a file (PEP 425, PEP 427). */
    final class Tags {
        private Tags() {}

        /** Those of a wheel; none of other files; null for a wheel whose name tells none. */
        static @Nullable List<String> platforms(String filename) {
            return filename.toLowerCase(Locale.ROOT).endsWith(".whl") ? ofWheel(filename, 1) : List.of();
        }

        /** Those of a wheel or an egg. */
        static @Nullable List<String> pythons(String filename) {
            String lower = filename.toLowerCase(Locale.ROOT);
            if (lower.endsWith(".whl")) {
                return ofWheel(filename, 3);
            }
            if (!lower.endsWith(".egg")) {
                return List.of();
            }
            String[] parts =
                    lower.substring(0, lower.length() - ".egg".length()).split("-", -1);
            return Arrays.stream(parts)
                    .filter(part -> part.matches("py[0-9.]+"))
                    .limit(1)
                    .toList();
        }

        private static @Nullable List<String> ofWheel(String filename, int fromEnd) {
            String lower = filename.toLowerCase(Locale.ROOT);
            String[] parts =
                    lower.substring(0, lower.length() - ".whl".length()).split("-", -1);
            return parts.length < 5 ? null : List.of(parts[parts.length - fromEnd].split("\\.", -1));
        }
    }
}
