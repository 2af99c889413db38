package dev.permafrost.proxy.format.pypi;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.permafrost.proxy.fetch.Scrutiny;
import dev.permafrost.proxy.hosted.RefusedUploadException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Small files that belong to a distribution, whose names are its own with something behind it. */
final class Companions {
    /** A detached OpenPGP signature (PEP 503). */
    static final String SIGNATURE = ".asc";
    /** The attestations of a distribution (PEP 740). */
    static final String PROVENANCE = ".provenance";

    static final List<String> SUFFIXES = List.of(Sidecars.SUFFIX, SIGNATURE, PROVENANCE);

    /** Stands for the URL of attestations of which we are the origin. */
    static final String OURS = "ours";

    /** The media type of attestations (Warehouse's Integrity API). */
    static final String PROVENANCE_TYPE = "application/vnd.pypi.integrity.v1+json";

    private static final int ATTESTATIONS_CHARS_MAX = 1 << 20;
    private static final String NO_ATTESTATIONS =
            "the field attestations is not one JSON array of at most " + ATTESTATIONS_CHARS_MAX + " characters";
    private static final JsonFactory FACTORY = new JsonFactory();

    private static final long PROVENANCE_BYTES_MAX = 10 << 20;

    /** What upstream's attestations must be: one JSON object. */
    static final Scrutiny ATTESTATIONS = new Scrutiny() {
        @Override
        public long bytesMax() {
            return PROVENANCE_BYTES_MAX;
        }

        @Override
        public boolean isOfType(@Nullable String contentType) {
            String type = contentType == null ? "" : contentType.split(";", 2)[0].strip();
            return type.equalsIgnoreCase(PROVENANCE_TYPE) || type.equalsIgnoreCase("application/json");
        }

        @Override
        public void read(InputStream bytes) throws IOException {
            try (JsonParser in = FACTORY.createParser(bytes)) {
                if (in.nextToken() != JsonToken.START_OBJECT) {
                    throw new IOException("it is no JSON object");
                }
                in.skipChildren();
                if (in.nextToken() != null) {
                    throw new IOException("there is something behind its JSON");
                }
            }
        }
    };

    private Companions() {}

    /** What a name, path or key has behind that of its distribution; "" for a distribution's own. */
    static String suffix(String name) {
        for (String suffix : SUFFIXES) {
            if (name.endsWith(suffix)) {
                return suffix;
            }
        }
        return "";
    }

    /**
     * A provenance object with these attestations, from a publisher whom nobody vouches for.
     *
     * @param attestations a JSON array
     * @throws RefusedUploadException if it is none, or there is something behind it
     */
    static byte[] provenance(String attestations) throws RefusedUploadException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        // read and written again: what is put into another text as it is can say anything in its place
        try (JsonParser in = FACTORY.createParser(attestations);
                JsonGenerator json = FACTORY.createGenerator(out)) {
            json.writeStartObject();
            json.writeNumberField("version", 1);
            json.writeArrayFieldStart("attestation_bundles");
            json.writeStartObject();
            json.writeObjectFieldStart("publisher");
            json.writeStringField("kind", "upload");
            json.writeEndObject();
            json.writeFieldName("attestations");
            if (attestations.length() > ATTESTATIONS_CHARS_MAX || in.nextToken() != JsonToken.START_ARRAY) {
                throw new RefusedUploadException(NO_ATTESTATIONS);
            }
            json.copyCurrentStructure(in);
            if (in.nextToken() != null) {
                throw new RefusedUploadException(NO_ATTESTATIONS);
            }
            json.writeEndObject();
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new RefusedUploadException(NO_ATTESTATIONS);
        }
        return out.toByteArray();
    }
}
