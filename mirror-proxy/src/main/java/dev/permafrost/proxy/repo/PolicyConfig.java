package dev.permafrost.proxy.repo;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Which of a repository's files are served. What the conditions of a rule may say is the format's own.
 *
 * @param rules the first one that fits a file decides; none
 * @param allowsByDefault whether a file that no rule fits is served; true
 * @param hides whether what is refused is answered with 404, as if it were not there, and not with 403; false
 * @param minimumAge how long ago a file must have been uploaded; 0, for no matter when
 * @param exempt patterns of the names of projects for whose files the minimum age does not count; none
 */
public record PolicyConfig(
        List<Rule> rules, boolean allowsByDefault, boolean hides, Duration minimumAge, List<String> exempt) {
    private static final PolicyConfig NONE = new PolicyConfig(List.of(), true, false, Duration.ZERO, List.of());

    /** Copies the lists. */
    public PolicyConfig {
        rules = List.copyOf(rules);
        exempt = List.copyOf(exempt);
    }

    /**
     * One rule.
     *
     * @param allows whether it allows what it fits, or else denies it
     * @param conditions by name; of a condition's values one must fit, and each condition must hold
     * @param text the rule as it was written, on one line
     */
    public record Rule(boolean allows, Map<String, List<String>> conditions, String text) {
        /** Copies the conditions. */
        public Rule {
            conditions = Map.copyOf(conditions);
        }
    }

    /** Everything is served. */
    public static PolicyConfig defaults() {
        return NONE;
    }

    /** Whether every file is served. */
    public boolean servesAll() {
        return rules.isEmpty() && allowsByDefault && minimumAge.isZero();
    }
}
