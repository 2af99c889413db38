package dev.permafrost.store.snapshot;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** {@code manifest.json}: a flat object whose {@code format} says how to read the rest. */
final class ManifestJson {
    private static final int FORMAT = 1;
    private static final long MANIFEST_BYTES_MAX = 1 << 20;
    private static final JsonFactory JSON = new JsonFactory();

    private ManifestJson() {}

    static byte[] write(SnapshotManifest manifest) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeNumberField("format", FORMAT);
            json.writeStringField("name", manifest.id().name());
            json.writeStringField("created-at", manifest.createdAt().toString());
            json.writeNumberField("entries", manifest.entries());
            json.writeNumberField("blobs", manifest.blobs());
            json.writeNumberField("blob-bytes", manifest.blobBytes());
            json.writeNumberField("unproved", manifest.unproved());
            json.writeStringField("blobs-lst-sha256", manifest.blobListSha256());
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        out.write('\n');
        return out.toByteArray();
    }

    static SnapshotManifest read(Path file) {
        Map<String, String> fields = new HashMap<>();
        try {
            if (Files.size(file) > MANIFEST_BYTES_MAX) {
                throw corrupt(file, "it is larger than " + MANIFEST_BYTES_MAX + " bytes");
            }
            try (JsonParser json = JSON.createParser(Files.readAllBytes(file))) {
                readFlat(json, fields);
            }
            int format = Integer.parseInt(field(fields, "format", file));
            if (format > FORMAT) {
                throw new StoreException(
                        FailureKind.STORE_TOO_NEW,
                        file + " has format " + format + ", and this program knows up to " + FORMAT
                                + "; use the program that wrote it, or a newer one");
            }
            String name = field(fields, "name", file);
            if (!SnapshotId.isName(name)) {
                throw corrupt(file, "'" + name + "' can't be a snapshot's name");
            }
            return new SnapshotManifest(
                    new SnapshotId(name),
                    Instant.parse(field(fields, "created-at", file)),
                    Long.parseLong(field(fields, "entries", file)),
                    Long.parseLong(field(fields, "blobs", file)),
                    Long.parseLong(field(fields, "blob-bytes", file)),
                    Long.parseLong(field(fields, "unproved", file)),
                    field(fields, "blobs-lst-sha256", file));
        } catch (NoSuchFileException e) {
            throw new StoreException(FailureKind.STORE_MISSING, "there is no " + file, e);
        } catch (IOException | NumberFormatException | DateTimeException e) {
            throw corrupt(file, String.valueOf(e.getMessage()));
        }
    }

    private static void readFlat(JsonParser json, Map<String, String> fields) throws IOException {
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new IOException("it is not a JSON object");
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            if (value == null) {
                break;
            }
            if (value.isStructStart()) {
                json.skipChildren();
            } else {
                fields.put(name, json.getText());
            }
        }
        if (json.currentToken() != JsonToken.END_OBJECT) {
            throw new IOException("it ends early");
        }
    }

    private static String field(Map<String, String> fields, String name, Path file) {
        String value = fields.get(name);
        if (value == null) {
            throw corrupt(file, "it lacks '" + name + "'");
        }
        return value;
    }

    private static StoreException corrupt(Path file, String why) {
        return new StoreException(FailureKind.STORE_CORRUPT, file + " can't be read: " + why);
    }
}
