package dev.permafrost.proxy.format.pypi;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a distribution says of itself in its METADATA (core metadata specification: fields as of an electronic mail, and a
 * description as its body). What breaks that form is passed over.
 */
final class MetadataFields {
    private static final String DESCRIPTION = "description";

    private final Map<String, List<String>> fields = new HashMap<>();

    /** Nothing is known. */
    static final MetadataFields NONE = new MetadataFields();

    private MetadataFields() {}

    /** Reads it. */
    static MetadataFields of(byte[] metadata) {
        MetadataFields read = new MetadataFields();
        String text = new String(metadata, UTF_8).replace("\r\n", "\n");
        int blank = text.startsWith("\n") ? 0 : text.indexOf("\n\n");
        String head = blank < 0 ? text : text.substring(0, blank);
        String body = blank < 0 ? "" : text.substring(blank).stripLeading();
        StringBuilder field = new StringBuilder();
        for (String line : head.split("\n", -1)) {
            boolean goesOn = line.startsWith(" ") || line.startsWith("\t");
            if (!goesOn) {
                read.field(field.toString());
                field.setLength(0);
            }
            field.append(goesOn ? "\n" : "").append(line);
        }
        read.field(field.toString());
        if (!body.isEmpty()) {
            read.fields.put(DESCRIPTION, List.of(body));
        }
        return read;
    }

    private void field(String text) {
        int colon = text.indexOf(':');
        if (colon > 0) {
            fields.computeIfAbsent(text.substring(0, colon).strip().toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(text.substring(colon + 1).strip());
        }
    }

    /** The first value of a field, whose name is written in lower case; null where it has none. */
    @Nullable String first(String name) {
        List<String> all = fields.get(name);
        return all == null ? null : all.get(0);
    }

    /** Every value of a field, whose name is written in lower case. */
    List<String> all(String name) {
        return fields.getOrDefault(name, List.of());
    }
}
