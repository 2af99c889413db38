package dev.permafrost.proxy.config;

import dev.permafrost.proxy.repo.Secret;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One map of the configuration while it is being read. Each key that is asked for becomes a known one; {@link #end}
 * reports those that nothing asked for. A value that can't be used is reported and then counts as not given, so that the
 * reading goes on to the next problem.
 */
final class Section {
    private final Problems problems;
    private final String origin;
    private final String path;
    private final Map<String, Node> entries;
    private final Set<String> known = new HashSet<>();

    private Section(Problems problems, String origin, String path, Map<String, Node> entries) {
        this.problems = problems;
        this.origin = origin;
        this.path = path;
        this.entries = entries;
    }

    /** The outermost section. */
    static Section root(Node.Mapping root, Problems problems) {
        return new Section(problems, root.origin(), "", root.entries());
    }

    /** The dotted path of one of its keys. */
    String path(String key) {
        return KeyPath.join(path, key);
    }

    /** Where the key, or else the section, was written. */
    String origin(String key) {
        Node node = entries.get(key);
        return node == null ? origin : node.origin();
    }

    /**
     * The value of a key.
     *
     * @param parser from the text as written; an IllegalArgumentException of its says what is wrong with it
     */
    <T> Optional<T> value(String key, Function<String, T> parser) {
        known.add(key);
        return scalar(entries.get(key), path(key), parser);
    }

    /** The value of a key that no message may show. */
    Optional<Secret> secret(String key) {
        known.add(key);
        Node node = entries.get(key);
        if (node == null || node instanceof Node.Blank) {
            return Optional.empty();
        }
        if (!(node instanceof Node.Scalar scalar)) {
            report(key, "must be a single value; write it in quotes");
            return Optional.empty();
        }
        try {
            return Optional.of(Secret.of(scalar.text()));
        } catch (IllegalArgumentException e) {
            report(key, String.valueOf(e.getMessage()));
            return Optional.empty();
        }
    }

    /** The values of a key that has a list, or one value, which is a list of one. */
    <T> Optional<List<T>> values(String key, Function<String, T> parser) {
        known.add(key);
        Node node = entries.get(key);
        if (!(node instanceof Node.Sequence sequence)) {
            return scalar(node, path(key), parser).map(List::of);
        }
        List<T> values = new ArrayList<>();
        for (int i = 0; i < sequence.items().size(); i++) {
            scalar(sequence.items().get(i), path(key) + "[" + i + "]", parser).ifPresent(values::add);
        }
        return Optional.of(values);
    }

    /**
     * The elements of a key that has a list, each a value or a section, or one of them, which is a list of one.
     *
     * @param reader from a section; what it reports counts as read
     */
    <T> Optional<List<T>> elements(String key, Function<String, T> parser, Function<Section, Optional<T>> reader) {
        known.add(key);
        Node node = entries.get(key);
        if (node == null || node instanceof Node.Blank) {
            return Optional.empty();
        }
        List<Node> items = node instanceof Node.Sequence sequence ? sequence.items() : List.of(node);
        List<T> elements = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            String at = node instanceof Node.Sequence ? path(key) + "[" + i + "]" : path(key);
            Node item = items.get(i);
            Optional<T> element;
            if (item instanceof Node.Mapping mapping) {
                Section section = new Section(problems, item.origin(), at, mapping.entries());
                element = reader.apply(section);
                section.end();
            } else {
                element = scalar(item, at, parser);
            }
            element.ifPresent(elements::add);
        }
        return Optional.of(elements);
    }

    /** The section of a key, without any key of its own where it is not given. */
    Section section(String key) {
        return section(key, Section::describe);
    }

    /** Such a section, of which no message shows what else was written in its place. */
    Section sectionWithSecrets(String key) {
        return section(key, node -> "a single value or a list");
    }

    private Section section(String key, Function<Node, String> described) {
        known.add(key);
        Node node = entries.get(key);
        if (node instanceof Node.Mapping mapping) {
            return new Section(problems, node.origin(), path(key), mapping.entries());
        }
        if (node != null && !(node instanceof Node.Blank)) {
            problems.add(node.origin(), path(key), "must be a section of keys, not " + described.apply(node));
        }
        return new Section(problems, origin(key), path(key), Map.of());
    }

    /** Whether the key is given. */
    boolean has(String key) {
        return entries.containsKey(key) && !(entries.get(key) instanceof Node.Blank);
    }

    /** Its keys, in the order written. */
    List<String> keys() {
        return List.copyOf(entries.keySet());
    }

    /** The sections of this one by key, in the order written. */
    Map<String, Section> sections() {
        Map<String, Section> sections = new LinkedHashMap<>();
        entries.keySet().forEach(key -> sections.put(key, section(key)));
        return sections;
    }

    /** Reports a problem of one of its keys. */
    void report(String key, String message) {
        problems.add(origin(key), path(key), message);
    }

    /** Reports a problem of the section itself. */
    void report(String message) {
        problems.add(origin, path, message);
    }

    /** Whether the key has a list with nothing in it. */
    boolean isEmptyList(String key) {
        return entries.get(key) instanceof Node.Sequence sequence
                && sequence.items().isEmpty();
    }

    /** Whether the key is there without a value. */
    boolean isBlank(String key) {
        return entries.get(key) instanceof Node.Blank;
    }

    /** Reports every key that nothing asked for. */
    void end() {
        entries.forEach((key, node) -> {
            if (!known.contains(key)) {
                String hint = Suggestion.of(key, path, known)
                        .map(suggestion -> "; did you mean " + suggestion + "?")
                        .orElse("; the keys here are "
                                + String.join(", ", known.stream().sorted().toList()));
                problems.add(node.origin(), path(key), "is not a key" + hint);
            }
        });
    }

    private <T> Optional<T> scalar(@Nullable Node node, String at, Function<String, T> parser) {
        if (node == null || node instanceof Node.Blank) {
            return Optional.empty();
        }
        if (!(node instanceof Node.Scalar scalar)) {
            problems.add(node.origin(), at, "must be a single value, not " + describe(node));
            return Optional.empty();
        }
        try {
            return Optional.of(parser.apply(scalar.text()));
        } catch (IllegalArgumentException e) {
            problems.add(node.origin(), at, Problems.quoted(scalar.text()) + " " + e.getMessage());
            return Optional.empty();
        }
    }

    private static String describe(Node node) {
        if (node instanceof Node.Scalar scalar) {
            return "the value " + Problems.quoted(scalar.text());
        }
        return node instanceof Node.Sequence ? "a list" : "a section of keys";
    }
}
