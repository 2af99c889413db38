package dev.permafrost.proxy.format.pypi;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.permafrost.proxy.repo.PlainText;
import java.io.CharConversionException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a project's page in JSON (PEP 691, with the keys of PEP 700, 714, 740 and 792). Unknown keys are passed over; a
 * value of the wrong type counts as not given, except where nothing is left of the page without it.
 */
final class JsonIndexReader implements IndexReader {
    private static final int DEPTH_MAX = 64;
    private static final int STRING_CHARS_MAX = 64 << 10;
    private static final int KEY_CHARS_MAX = 1024;

    /** Reads what strangers send, within limits. */
    static final JsonFactory FACTORY = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX)
                    .maxStringLength(STRING_CHARS_MAX)
                    .maxNameLength(KEY_CHARS_MAX)
                    .build())
            .build();

    @Override
    public Result read(InputStream body, IndexSource source, IndexLimits limits) throws IOException {
        PageCollector collector = new PageCollector(source, IndexFormat.JSON, limits);
        LinkResolver links = new LinkResolver(source.base());
        try (JsonParser json = FACTORY.createParser(new CappedInputStream(body, source, limits))) {
            page(json, source, links, collector);
        } catch (JsonProcessingException e) {
            throw IndexFault.invalid(source, "its JSON is broken, " + PlainText.quoted(e.getOriginalMessage()), e);
        } catch (CharConversionException e) {
            throw IndexFault.invalid(source, "its JSON is not in a Unicode encoding", e);
        }
        return collector.finish();
    }

    private static void page(JsonParser json, IndexSource source, LinkResolver links, PageCollector collector)
            throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw IndexFault.invalid(source, "its JSON is no object", null);
        }
        boolean filesSeen = false;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            json.nextToken();
            switch (key) {
                case "meta" -> meta(json, collector);
                case "name" -> name(string(json), source);
                case "versions" -> versions(json, collector);
                case "project-status" -> status(json, collector);
                case "files" -> {
                    filesSeen = true;
                    files(json, source, links, collector);
                }
                default -> json.skipChildren();
            }
        }
        if (!filesSeen) {
            throw IndexFault.invalid(source, "its JSON has no key 'files'", null);
        }
        if (json.nextToken() != null) {
            throw IndexFault.invalid(source, "something follows its JSON", null);
        }
    }

    private static void meta(JsonParser json, PageCollector collector) throws IOException {
        if (!json.isExpectedStartObjectToken()) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            json.nextToken();
            switch (key) {
                case "api-version" -> {
                    String version = string(json);
                    if (version != null) {
                        collector.apiVersion(version);
                    }
                }
                case "_last-serial" -> collector.lastSerial(number(json));
                default -> json.skipChildren();
            }
        }
    }

    /** Refuses a page that says it is another project's: it would be kept under the wrong name. */
    private static void name(@Nullable String name, IndexSource source) {
        if (name != null
                && ProjectName.parse(name)
                        .filter(n -> !n.equals(source.project()))
                        .isPresent()) {
            throw IndexFault.invalid(source, "it is the page of " + PlainText.quoted(name), null);
        }
    }

    private static void versions(JsonParser json, PageCollector collector) throws IOException {
        if (!json.isExpectedStartArrayToken()) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            String version = string(json);
            if (version != null) {
                collector.version(version);
            }
        }
    }

    private static void status(JsonParser json, PageCollector collector) throws IOException {
        if (!json.isExpectedStartObjectToken()) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            json.nextToken();
            String value = string(json);
            if (value != null && key.equals("status")) {
                collector.status(value);
            } else if (value != null && key.equals("reason")) {
                collector.statusReason(value);
            }
        }
    }

    private static void files(JsonParser json, IndexSource source, LinkResolver links, PageCollector collector)
            throws IOException {
        if (!json.isExpectedStartArrayToken()) {
            throw IndexFault.invalid(source, "its 'files' is no array", null);
        }
        while (json.nextToken() != JsonToken.END_ARRAY) {
            if (!json.isExpectedStartObjectToken()) {
                throw IndexFault.invalid(source, "an element of its 'files' is no object", null);
            }
            collector.add(file(json, links));
        }
    }

    private static PageCollector.Draft file(JsonParser json, LinkResolver links) throws IOException {
        PageCollector.Draft draft = new PageCollector.Draft();
        boolean coreMetadataSeen = false;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            json.nextToken();
            switch (key) {
                case "filename" -> draft.filename = string(json);
                case "url" -> {
                    String url = string(json);
                    draft.link = url == null ? null : links.resolve(url);
                }
                case "hashes" -> hashes(json, draft.hashes);
                case "requires-python" -> draft.requiresPython = string(json);
                case "yanked" -> draft.yanked = yanked(json);
                case "size" -> draft.sizeBytes = number(json);
                case "upload-time" -> draft.uploadTime = string(json);
                case "core-metadata" -> {
                    coreMetadataSeen = true;
                    draft.coreMetadata = coreMetadata(json);
                }
                case "dist-info-metadata" -> {
                    // PEP 714: the older key counts only in the absence of the newer one.
                    Map<String, String> coreMetadata = coreMetadata(json);
                    draft.coreMetadata = coreMetadataSeen ? draft.coreMetadata : coreMetadata;
                }
                case "gpg-sig" -> draft.gpgSig = truth(json);
                case "provenance" -> {
                    // PEP 740 wants it absolute; pages that are good under any host have it relative
                    String url = string(json);
                    draft.provenance = url == null || url.isEmpty()
                            ? null
                            : links.resolve(url).url();
                }
                default -> json.skipChildren();
            }
        }
        return draft;
    }

    private static void hashes(JsonParser json, Map<String, String> hashes) throws IOException {
        if (!json.isExpectedStartObjectToken()) {
            json.skipChildren();
            return;
        }
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String key = json.currentName();
            json.nextToken();
            String value = string(json);
            if (value != null) {
                hashes.put(key, value);
            }
        }
    }

    private static @Nullable Map<String, String> coreMetadata(JsonParser json) throws IOException {
        if (json.isExpectedStartObjectToken()) {
            Map<String, String> hashes = new HashMap<>(2);
            hashes(json, hashes);
            return hashes;
        }
        return Boolean.TRUE.equals(truth(json)) ? Map.of() : null;
    }

    /** PEP 691: a truthy value means yanked, a string is the reason; so an empty string means not yanked. */
    private static @Nullable String yanked(JsonParser json) throws IOException {
        if (Boolean.TRUE.equals(truth(json))) {
            return "";
        }
        String reason = string(json);
        return reason == null || reason.isEmpty() ? null : reason;
    }

    /** The text, null if it is none. */
    static @Nullable String string(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_STRING) {
            return json.getText();
        }
        json.skipChildren();
        return null;
    }

    /** The number, -1 if it is none that fits or is negative. */
    static long number(JsonParser json) throws IOException {
        if (json.currentToken() == JsonToken.VALUE_NUMBER_INT
                && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            return Math.max(json.getLongValue(), -1);
        }
        json.skipChildren();
        return -1;
    }

    private static @Nullable Boolean truth(JsonParser json) throws IOException {
        return switch (json.currentToken()) {
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            default -> {
                json.skipChildren();
                yield null;
            }
        };
    }
}
