package dev.permafrost.proxy.format.pypi;

import dev.permafrost.proxy.repo.PolicyConfig;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which files are served: the first rule that fits one decides, and then it must be old enough. What is not known counts against a
 * file: a condition about it holds where the rule denies, and does not where it allows.
 */
public final class Policy {
    private static final Refusal BY_DEFAULT = new Refusal(
            "refused by the default of the policy", "no rule of the policy allows it, and its default is deny");

    private static final int YEAR_MAX = 9900;

    private final PolicyConfig config;
    private final List<Rule> rules;
    private final List<Glob> exempt;

    /** A rule: what it asks of the project's name, null for nothing, and of the file. */
    private record Rule(
            int number, boolean allows, @Nullable Condition project, List<Condition> others, String text) {
        boolean isOf(ProjectName name) {
            return project == null || project.of(new Named(name), allows) == Condition.Answer.YES;
        }

        Refusal refusal() {
            return new Refusal(
                    "refused by rule " + number + " of the policy",
                    "rule " + number + " of the policy refuses it: " + text);
        }
    }

    /** A project of which nothing but the name is asked. */
    private record Named(ProjectName project) implements Condition.Subject {
        @Override
        public FileRecord file() {
            throw new IllegalStateException("a condition about the name does not ask for the file");
        }

        @Override
        public Optional<List<String>> licences() {
            return Optional.empty();
        }
    }

    /**
     * What is decided of a file.
     *
     * @param refusal why it is not served, null where it is
     * @param until when it will be served; null where time does not change it
     * @param undecided whether it is served only as long as its licence is not known
     */
    record Verdict(@Nullable Refusal refusal, @Nullable Instant until, boolean undecided) {
        boolean served() {
            return refusal == null;
        }
    }

    /**
     * The policy that is configured.
     *
     * @throws IllegalArgumentException for what {@link #check} refuses
     */
    Policy(PolicyConfig config) {
        this.config = config;
        List<Rule> read = new ArrayList<>();
        for (PolicyConfig.Rule rule : config.rules()) {
            List<Condition> others = new ArrayList<>();
            Condition project = null;
            for (String name : Condition.NAMES) {
                List<String> values = rule.conditions().get(name);
                if (values == null) {
                    continue;
                }
                Condition condition = Condition.of(name, values);
                if (name.equals(Condition.PROJECT)) {
                    project = condition;
                } else {
                    others.add(condition);
                }
            }
            read.add(new Rule(read.size() + 1, rule.allows(), project, List.copyOf(others), rule.text()));
        }
        this.rules = List.copyOf(read);
        this.exempt = config.exempt().stream().map(Condition::name).toList();
    }

    /** The condition that asks for a project's name. */
    public static final String PROJECT = Condition.PROJECT;

    /** The names of what a rule may ask. */
    public static List<String> conditions() {
        return Condition.NAMES;
    }

    /** Whether a condition is a number of bytes, which is given to it as such. */
    public static boolean isSize(String condition) {
        return condition.equals(Condition.LARGER_THAN) || condition.equals(Condition.SMALLER_THAN);
    }

    /**
     * The value of a condition, if it can be one.
     *
     * @throws IllegalArgumentException whose message goes on after the value: what is wrong, and what to write
     */
    public static String check(String condition, String value) {
        var unused = Condition.of(condition, List.of(value));
        return value;
    }

    /** Why no file of a project is served, whatever it is; null where some may be. */
    @Nullable Refusal refuses(ProjectName project) {
        for (Rule rule : rules) {
            if (rule.isOf(project)) {
                if (rule.allows) {
                    return null;
                } else if (rule.others.isEmpty()) {
                    return rule.refusal();
                }
            }
        }
        return config.allowsByDefault() ? null : BY_DEFAULT;
    }

    /** Whether there are projects that are refused by their names alone. */
    boolean refusesNames() {
        return !config.allowsByDefault() || rules.stream().anyMatch(rule -> !rule.allows && rule.others.isEmpty());
    }

    /** Decides about a file. Blocks where a rule asks for its licence. */
    Verdict judge(Condition.Subject subject, Instant now) {
        boolean undecided = false;
        boolean allowed = config.allowsByDefault();
        Refusal refusal = BY_DEFAULT;
        for (Rule rule : rules) {
            if (!rule.isOf(subject.project())) {
                continue;
            }
            Condition.Answer answer = ask(rule, subject);
            undecided |= answer == Condition.Answer.LATER;
            // a rule that is about what is not known yet does not stand in the way for now
            if (answer == Condition.Answer.YES || (answer == Condition.Answer.LATER && rule.allows)) {
                allowed = rule.allows;
                refusal = rule.refusal();
                break;
            }
        }
        if (!allowed) {
            return new Verdict(refusal, null, false);
        }
        Verdict tooYoung = tooYoung(subject, now);
        return tooYoung == null ? new Verdict(null, null, undecided) : tooYoung;
    }

    private static Condition.Answer ask(Rule rule, Condition.Subject subject) {
        Condition.Answer all = Condition.Answer.YES;
        for (Condition condition : rule.others) {
            Condition.Answer answer = condition.of(subject, rule.allows);
            boolean holds = answer == Condition.Answer.YES || (answer == Condition.Answer.UNKNOWN && !rule.allows);
            if (answer == Condition.Answer.LATER) {
                all = answer;
            } else if (!holds) {
                return Condition.Answer.NO;
            }
        }
        return all;
    }

    private @Nullable Verdict tooYoung(Condition.Subject subject, Instant now) {
        Duration age = config.minimumAge();
        if (age.isZero() || Condition.fits(exempt, subject.project().value())) {
            return null;
        }
        Instant uploaded = instant(subject.file().uploadTime());
        if (uploaded == null) {
            return new Verdict(
                    new Refusal(
                            "refused by policy, its age is not known",
                            "the policy serves files from an age of " + written(age)
                                    + ", and upstream does not tell when this one was uploaded"),
                    null,
                    false);
        }
        Instant until = uploaded.plus(age);
        return until.isAfter(now)
                ? new Verdict(
                        new Refusal(
                                "refused by policy until " + until.truncatedTo(ChronoUnit.SECONDS),
                                "the policy serves files from an age of " + written(age) + ", this one, uploaded at "
                                        + uploaded + ", from " + until),
                        until,
                        false)
                : null;
    }

    private static @Nullable Instant instant(@Nullable String text) {
        try {
            OffsetDateTime time = text == null ? null : OffsetDateTime.parse(text);
            // no year that makes dates too long to add to, or to tell
            return time == null || time.getYear() > YEAR_MAX ? null : time.toInstant();
        } catch (DateTimeException e) {
            return null;
        }
    }

    private static String written(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds == 0 || seconds % 60 != 0) {
            return seconds + "s";
        }
        if (seconds % 3600 != 0) {
            return seconds / 60 + "m";
        }
        return seconds % 86_400 == 0 ? seconds / 86_400 + "d" : seconds / 3600 + "h";
    }
}
