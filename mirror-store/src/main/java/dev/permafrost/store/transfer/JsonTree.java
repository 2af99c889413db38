package dev.permafrost.store.transfer;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A small JSON document, whole: maps, lists, texts, whole numbers as {@code Long}, truths. Its parser limits how much there can be. */
final class JsonTree {
    private JsonTree() {}

    /** Reads the value that the parser is at. */
    static Object read(JsonParser json) throws IOException {
        if (json.currentToken() == null) {
            throw new IOException("it ends early");
        }
        switch (json.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                while (json.nextToken() != null && !json.currentToken().isStructEnd()) {
                    String name = json.currentName();
                    json.nextToken();
                    if (map.put(name, read(json)) != null) {
                        throw new IOException("'" + name + "' is there twice");
                    }
                }
                return ended(json, map);
            }
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (json.nextToken() != null && !json.currentToken().isStructEnd()) {
                    list.add(read(json));
                }
                return ended(json, list);
            }
            case VALUE_STRING -> {
                return json.getText();
            }
            case VALUE_NUMBER_INT -> {
                return json.getLongValue();
            }
            case VALUE_TRUE, VALUE_FALSE -> {
                return json.getBooleanValue();
            }
            default -> throw new IOException("it has " + json.currentToken() + " where there can be none");
        }
    }

    private static Object ended(JsonParser json, Object value) throws IOException {
        if (json.currentToken() == null) {
            throw new IOException("it ends early");
        }
        return value;
    }
}
