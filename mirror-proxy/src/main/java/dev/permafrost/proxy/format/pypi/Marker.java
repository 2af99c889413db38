package dev.permafrost.proxy.format.pypi;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Says for which environments something holds, as in {@code python_version < "3.8" and extra == "test"} (PEP 508 §Environment markers). */
final class Marker {
    private static final String EXTRA = "extra";
    private static final String FULL_VERSION = "python_full_version";

    /** Those whose values are versions; all others are texts. */
    private static final Set<String> VERSIONS =
            Set.of("implementation_version", "platform_release", FULL_VERSION, "python_version");

    private final Group root;

    /** Of what was read. */
    Marker(Group root) {
        this.root = root;
    }

    /** A comparison, or several in parentheses. */
    sealed interface Node permits Comparison, Group {}

    /** A side of a comparison: a text, or the name of a variable. */
    record Term(String value, boolean isVariable) {
        @Override
        public String toString() {
            return isVariable ? value : '"' + value + '"';
        }
    }

    /** Two sides and what is between them. */
    record Comparison(Term left, String operator, Term right) implements Node {
        /** One in which the name of an extra has its normal spelling (PEP 685). */
        static Comparison of(Term left, String operator, Term right) {
            if (isExtra(left)) {
                return new Comparison(left, operator, normal(right));
            }
            return isExtra(right)
                    ? new Comparison(normal(left), operator, right)
                    : new Comparison(left, operator, right);
        }

        private static boolean isExtra(Term term) {
            return term.isVariable && term.value.equals(EXTRA);
        }

        private static Term normal(Term term) {
            return new Term(normalised(term.value), false);
        }

        @Override
        public String toString() {
            return left + " " + operator + " " + right;
        }
    }

    /**
     * One or more, with {@code and} or {@code or} in between.
     *
     * @param ors whether it is {@code or}; one fewer than nodes
     */
    record Group(List<Node> nodes, List<Boolean> ors) implements Node {
        /** Copies the lists. */
        Group {
            nodes = List.copyOf(nodes);
            ors = List.copyOf(ors);
        }
    }

    /** Reads one; empty for what is none. */
    static Optional<Marker> parse(String text) {
        return RequirementScanner.read(text, RequirementScanner::marker);
    }

    /**
     * Whether it holds.
     *
     * @param environment the values of variables, by the names that PEP 508 has for them; {@code extra} is empty if not given
     * @return empty where a variable is compared that has no value, or what is compared has no order
     */
    Optional<Boolean> evaluate(Map<String, String> environment) {
        return Optional.ofNullable(evaluate(root, environment));
    }

    /** Null where it is undefined; every part counts, whatever the others say. */
    private static @Nullable Boolean evaluate(Node node, Map<String, String> environment) {
        if (node instanceof Comparison comparison) {
            return evaluate(comparison, environment);
        }
        Group group = (Group) node;
        boolean any = false;
        boolean all = true;
        boolean undefined = false;
        for (int i = 0; i < group.nodes.size(); i++) {
            if (i > 0 && group.ors.get(i - 1)) {
                any |= all;
                all = true;
            }
            Boolean holds = evaluate(group.nodes.get(i), environment);
            undefined |= holds == null;
            all &= Boolean.TRUE.equals(holds);
        }
        return undefined ? null : any || all;
    }

    private static @Nullable Boolean evaluate(Comparison comparison, Map<String, String> environment) {
        boolean variableFirst = comparison.left.isVariable;
        String variable = variableFirst ? comparison.left.value : comparison.right.value;
        String value = value(variable, environment);
        if (value == null) {
            return null;
        }
        String left = variableFirst ? value : comparison.left.value;
        String right = variableFirst ? comparison.right.value : value;
        return VERSIONS.contains(variable)
                ? versions(left, comparison.operator, right)
                : texts(left, comparison.operator, right);
    }

    private static @Nullable String value(String variable, Map<String, String> environment) {
        String value = environment.get(variable);
        if (variable.equals(EXTRA)) {
            return value == null ? "" : normalised(value);
        }
        // as CPython calls itself between two releases, which is no version
        return value != null && variable.equals(FULL_VERSION) && value.endsWith("+") ? value + "local" : value;
    }

    /** As versions, if there is such a specifier; else as texts. */
    private static @Nullable Boolean versions(String left, String operator, String right) {
        if (operator.equals("===")) {
            return left.equalsIgnoreCase(right.strip());
        }
        Specifiers specifier = operator.endsWith("in") || right.isBlank() || right.indexOf(',') >= 0
                ? null
                : Specifiers.parse(operator + right).orElse(null);
        if (specifier == null) {
            return texts(left, operator, right);
        }
        return Version.parse(left)
                .filter(version -> specifier.contain(version, true))
                .isPresent();
    }

    private static @Nullable Boolean texts(String left, String operator, String right) {
        return switch (operator) {
            case "in" -> right.contains(left);
            case "not in" -> !right.contains(left);
            case "==", "<=", ">=" -> left.equals(right);
            case "!=" -> !left.equals(right);
            // texts have no order
            case "<", ">" -> false;
            default -> null;
        };
    }

    private static String normalised(String name) {
        return name.replaceAll("[-_.]+", "-").toLowerCase(Locale.ROOT);
    }

    /** As it was written, with single spaces, double quotes, and no more parentheses than are needed. */
    @Override
    public String toString() {
        return text(root, true);
    }

    private static String text(Node node, boolean first) {
        if (!(node instanceof Group group)) {
            return node.toString();
        }
        if (group.nodes.size() == 1) {
            return text(group.nodes.get(0), true);
        }
        List<String> words = new ArrayList<>();
        for (int i = 0; i < group.nodes.size(); i++) {
            if (i > 0) {
                words.add(group.ors.get(i - 1) ? "or" : "and");
            }
            words.add(text(group.nodes.get(i), false));
        }
        String all = String.join(" ", words);
        return first ? all : "(" + all + ")";
    }
}
