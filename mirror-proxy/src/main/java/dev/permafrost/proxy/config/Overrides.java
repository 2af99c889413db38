package dev.permafrost.proxy.config;

import java.util.List;
import java.util.Map;

/** Puts the values of {@code --set key=value} over those of the file. */
final class Overrides {
    static final String ORIGIN = "--set";

    private final Problems problems;

    Overrides(Problems problems) {
        this.problems = problems;
    }

    /** Applies one {@code key=value} to the tree. */
    void apply(String assignment, Node.Mapping root) {
        int equals = assignment.indexOf('=');
        List<String> keys = equals < 0
                ? List.of()
                : KeyPath.split(assignment.substring(0, equals).strip());
        if (keys.isEmpty()) {
            problems.add(
                    ORIGIN,
                    "",
                    Problems.quoted(assignment) + " is not key=value; write for example listen=127.0.0.1:8080");
            return;
        }
        Map<String, Node> entries = root.entries();
        String path = "";
        for (String key : keys.subList(0, keys.size() - 1)) {
            path = KeyPath.join(path, key);
            Node inner = entries.get(key);
            if (inner instanceof Node.Scalar || inner instanceof Node.Sequence) {
                problems.add(
                        ORIGIN,
                        path,
                        "has a value in " + inner.origin() + ", which is no section, so nothing can be set below it");
                return;
            }
            if (!(inner instanceof Node.Mapping)) {
                inner = new Node.Mapping(ORIGIN);
                entries.put(key, inner);
            }
            entries = ((Node.Mapping) inner).entries();
        }
        entries.put(keys.get(keys.size() - 1), value(assignment.substring(equals + 1)));
    }

    /** The value: a list, a map or a quoted text as YAML has them, or else the plain text itself. */
    private Node value(String text) {
        String value = text.strip();
        if (value.isEmpty()) {
            return new Node.Blank(ORIGIN);
        }
        boolean isYaml = value.matches("(?s)\\[.*]|\\{.*}|\".*\"|'.*'");
        return isYaml
                ? YamlReader.value(value, ORIGIN, problems).orElse(new Node.Blank(ORIGIN))
                : new Node.Scalar(ORIGIN, value);
    }
}
