package dev.permafrost.proxy.admin;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.StoreException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The lines of the control socket, each a JSON object: a request {@code {"verb", "arguments"}}; then any number of
 * {@code {"progress", "done", "total"}}; then one of {@code {"result"}} and {@code {"error": {"kind", "message"}}}.
 */
final class ControlMessages {
    private static final int DEPTH_MAX = 32;
    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(DEPTH_MAX)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT = new TypeReference<>() {};

    private ControlMessages() {}

    /** What is asked: a verb and its arguments. */
    record Request(String verb, Map<String, String> arguments) {}

    /** What is answered. */
    sealed interface Answer {
        /** How far it is. */
        record Progress(String text, long done, long total) implements Answer {}

        /** It is done. */
        record Result(Map<String, Object> values) implements Answer {}

        /** It failed. */
        record Failure(FailureKind kind, String message) implements Answer {}
    }

    /** The values as one JSON object over several lines. */
    static String pretty(Map<String, Object> values) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(values);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts, numbers, lists and maps can always be written", e);
        }
    }

    static String write(Request request) {
        return line(Map.of("verb", request.verb(), "arguments", request.arguments()));
    }

    static String progress(String text, long done, long total) {
        return line(Map.of("progress", text, "done", done, "total", total));
    }

    static String result(Map<String, Object> values) {
        return line(Map.of("result", values));
    }

    static String failure(FailureKind kind, String message) {
        return line(Map.of("error", Map.of("kind", kind.name(), "message", message)));
    }

    /**
     * Reads a request.
     *
     * @throws StoreException of kind BAD_REQUEST for a line that is none
     */
    static Request request(String line) {
        JsonNode request = object(line, FailureKind.BAD_REQUEST);
        JsonNode verb = request.path("verb");
        JsonNode arguments = request.path("arguments");
        Map<String, String> texts = new LinkedHashMap<>();
        boolean isSound = verb.isTextual() && (arguments.isObject() || arguments.isMissingNode());
        for (Map.Entry<String, JsonNode> argument : arguments.properties()) {
            isSound &= argument.getValue().isTextual() || argument.getValue().isBoolean();
            texts.put(argument.getKey(), argument.getValue().asText());
        }
        if (!isSound) {
            throw new StoreException(
                    FailureKind.BAD_REQUEST,
                    "the control socket takes lines of the form {\"verb\": \"status\", \"arguments\": {\"name\": \"value\"}}");
        }
        return new Request(verb.textValue(), texts);
    }

    /**
     * Reads an answer.
     *
     * @throws StoreException of kind INTERNAL for a line that is none
     */
    static Answer answer(String line) {
        JsonNode answer = object(line, FailureKind.INTERNAL);
        JsonNode error = answer.path("error");
        if (answer.path("progress").isTextual()) {
            return new Answer.Progress(
                    answer.path("progress").textValue(),
                    answer.path("done").asLong(),
                    answer.path("total").asLong());
        } else if (answer.path("result").isObject()) {
            return new Answer.Result(JSON.convertValue(answer.path("result"), OBJECT));
        } else if (error.path("message").isTextual()) {
            return new Answer.Failure(
                    kind(error.path("kind").asText()), error.path("message").textValue());
        }
        throw new StoreException(
                FailureKind.INTERNAL, "the server's answer can't be understood; is it of another version?");
    }

    private static FailureKind kind(String name) {
        for (FailureKind kind : FailureKind.values()) {
            if (kind.name().equals(name)) {
                return kind;
            }
        }
        return FailureKind.INTERNAL;
    }

    private static JsonNode object(String line, FailureKind kind) {
        try {
            JsonNode node = JSON.readTree(line);
            if (node != null && node.isObject()) {
                return node;
            }
        } catch (JsonProcessingException e) {
            throw new StoreException(kind, "a line on the control socket is not JSON: " + e.getOriginalMessage(), e);
        }
        throw new StoreException(kind, "a line on the control socket is not a JSON object");
    }

    private static String line(Map<String, ?> object) {
        try {
            return JSON.writeValueAsString(object) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not to be written as JSON: " + e.getOriginalMessage(), e);
        }
    }
}
