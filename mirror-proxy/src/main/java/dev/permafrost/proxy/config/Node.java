package dev.permafrost.proxy.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A value of the configuration before it has a meaning, and where it was written. */
sealed interface Node {
    /** Where it was written: file and line, or {@code --set}. */
    String origin();

    /** A key without a value. */
    record Blank(String origin) implements Node {}

    /** A text, a number, a truth: the text as written, without quotes. */
    record Scalar(String origin, String text) implements Node {}

    /** A list. */
    record Sequence(String origin, List<Node> items) implements Node {}

    /** Keys and values, in the order written; overrides are put in here. */
    record Mapping(String origin, LinkedHashMap<String, Node> entries) implements Node {
        Mapping(String origin) {
            this(origin, new LinkedHashMap<>());
        }

        Mapping(String origin, Map<String, ? extends Node> entries) {
            this(origin, new LinkedHashMap<>(entries));
        }
    }
}
