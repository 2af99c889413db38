package dev.permafrost.proxy.config;

import dev.permafrost.proxy.format.pypi.Policy;
import dev.permafrost.proxy.repo.PolicyConfig;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.function.Function;

/** Reads the policy of a repository, whose format says what the conditions of a rule may be. */
final class PolicyBinder {
    private static final int RULES_MAX = 1000;
    private static final long SIZE_MAX = 1L << 40;
    private static final Duration AGE_MAX = Duration.ofDays(3650);
    private static final String EXAMPLE = "write one such as deny: {project: \"evil-*\"}";

    private static final String NO_VALUE =
            "has no value that can be used, so that nothing would fit; write one, or remove it";

    private PolicyBinder() {}

    /** The policy, with defaults in place of whatever is not given, or is among the problems. */
    static PolicyConfig policy(Section section) {
        PolicyConfig defaults = PolicyConfig.defaults();
        List<PolicyConfig.Rule> rules = section.elements(
                        "rules",
                        text -> {
                            throw new IllegalArgumentException("is not a rule; " + EXAMPLE);
                        },
                        PolicyBinder::rule)
                .orElse(defaults.rules());
        if (rules.size() > RULES_MAX) {
            section.report("rules", "has " + rules.size() + "; write " + RULES_MAX + " at most");
        }
        PolicyConfig policy = new PolicyConfig(
                rules,
                section.value("default", PolicyBinder::allows).orElse(defaults.allowsByDefault()),
                section.value("refuse-with", PolicyBinder::hides).orElse(defaults.hides()),
                section.value("minimum-age", Values.duration(Duration.ZERO, AGE_MAX))
                        .orElse(defaults.minimumAge()),
                section.values("minimum-age-except", name -> Policy.check("project", name))
                        .orElse(defaults.exempt()));
        if (!policy.exempt().isEmpty() && policy.minimumAge().isZero()) {
            section.report(
                    "minimum-age-except",
                    "names exceptions, and there is no minimum-age; write one such as 7d, or remove this");
        }
        section.end();
        return policy;
    }

    private static boolean allows(String text) {
        return switch (text) {
            case "allow" -> true;
            case "deny" -> false;
            default -> throw new IllegalArgumentException("is neither allow nor deny; write one of the two");
        };
    }

    private static boolean hides(String text) {
        return switch (text) {
            case "403" -> false;
            case "404" -> true;
            default -> throw new IllegalArgumentException("is neither 403 nor 404; write one of the two");
        };
    }

    private static Optional<PolicyConfig.Rule> rule(Section section) {
        Section deny = section.section("deny");
        Section allow = section.section("allow");
        List<String> keys = section.keys();
        if (keys.contains("deny") == keys.contains("allow")) {
            section.report("must say one of allow and deny; " + EXAMPLE);
            return Optional.empty();
        }
        boolean allows = keys.contains("allow");
        Section chosen = allows ? allow : deny;
        Map<String, List<String>> conditions = new LinkedHashMap<>();
        StringJoiner text = new StringJoiner(", ", (allows ? "allow" : "deny") + ": {", "}");
        for (String name : Policy.conditions()) {
            if (chosen.isBlank(name)) {
                chosen.report(name, NO_VALUE);
            }
            chosen.values(name, parser(name)).ifPresent(values -> {
                if (values.isEmpty()) {
                    chosen.report(
                            name, "has no value that can be used, so that nothing would fit; write one, or remove it");
                }
                conditions.put(name, values.stream().map(Value::read).toList());
                text.add(name + ": " + written(values));
            });
        }
        chosen.end();
        if (chosen.keys().isEmpty()) {
            section.report("has no condition, and so fits every file; " + EXAMPLE + ", or default: "
                    + (allows ? "allow" : "deny") + " beside rules");
        }
        // without a condition there is a problem, which has been reported
        return conditions.isEmpty()
                ? Optional.empty()
                : Optional.of(new PolicyConfig.Rule(allows, conditions, text.toString()));
    }

    /** A value as it is written, and as the format takes it. */
    private record Value(String written, String read) {}

    private static Function<String, Value> parser(String condition) {
        return Policy.isSize(condition)
                ? text ->
                        new Value(text, Long.toString(Values.bytes(0, SIZE_MAX).apply(text)))
                : text -> new Value(text, Policy.check(condition, text));
    }

    private static String written(List<Value> values) {
        List<String> all = values.stream()
                .map(value ->
                        value.written().matches("[A-Za-z0-9._-]+") ? value.written() : '"' + value.written() + '"')
                .toList();
        return all.size() == 1 ? all.get(0) : all.toString();
    }
}
