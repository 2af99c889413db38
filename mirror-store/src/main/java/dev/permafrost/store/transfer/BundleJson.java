package dev.permafrost.store.transfer;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.transfer.BundleManifest.Carried;
import dev.permafrost.store.transfer.BundleManifest.Totals;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code bundle.json}: how a {@link BundleManifest} is written and read. */
final class BundleJson {
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(8)
                    .maxStringLength(4096)
                    .maxNumberLength(20)
                    .build())
            .build();

    private BundleJson() {}

    static byte[] write(BundleManifest manifest) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeNumberField("format", BundleManifest.FORMAT);
            json.writeStringField("sender", manifest.sender());
            json.writeStringField("fingerprint", manifest.fingerprint());
            json.writeStringField("created-at", manifest.createdAt().toString());
            write(json, "snapshot", manifest.snapshot());
            if (manifest.base().isPresent()) {
                write(json, "base", manifest.base().get());
            }
            json.writeArrayFieldStart("repositories");
            for (String repository : manifest.repositories()) {
                json.writeString(repository);
            }
            json.writeEndArray();
            Totals totals = manifest.totals();
            json.writeNumberField("blobs", totals.blobs());
            json.writeNumberField("blob-bytes", totals.blobBytes());
            json.writeNumberField("blobs-removed", totals.blobsRemoved());
            json.writeNumberField("rows", totals.rows());
            json.writeNumberField("volumes", manifest.volumes());
            json.writeArrayFieldStart("files");
            for (Piece piece : manifest.pieces()) {
                write(json, piece);
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        out.write('\n');
        return out.toByteArray();
    }

    private static void write(JsonGenerator json, String name, Carried snapshot) throws IOException {
        json.writeObjectFieldStart(name);
        json.writeStringField("name", snapshot.id().name());
        json.writeStringField("manifest-sha256", snapshot.manifestSha256());
        json.writeEndObject();
    }

    private static void write(JsonGenerator json, Piece piece) throws IOException {
        json.writeStartObject();
        json.writeStringField("kind", piece.kind().label());
        json.writeStringField("path", piece.path());
        json.writeNumberField("volume", piece.volume());
        json.writeNumberField("bytes", piece.bytes());
        if (piece.kind() == PieceKind.PACK) {
            json.writeNumberField("head", piece.head());
        } else {
            json.writeStringField("sha256", piece.sha256());
        }
        json.writeEndObject();
    }

    /**
     * Reads a manifest whose signature has been checked. That its numbers fit each other is for {@link ManifestCheck} to say.
     *
     * @throws StoreException STORE_TOO_NEW if it is of a version that this program does not know; STORE_CORRUPT if it can't be read
     */
    static BundleManifest read(byte[] content) {
        try (JsonParser json = JSON.createParser(content)) {
            json.nextToken();
            Map<?, ?> all = map(JsonTree.read(json));
            if (json.nextToken() != null) {
                throw corrupt("something follows its end");
            }
            long format = number(all, "format");
            if (format > BundleManifest.FORMAT) {
                throw new StoreException(
                        FailureKind.STORE_TOO_NEW,
                        "the bundle is of format " + format + ", and this program knows up to "
                                + BundleManifest.FORMAT + "; import it with the program that wrote it, or a newer one:"
                                + " a bundle that was exported without --no-server has it in permafrost/");
            }
            if (format < 1) {
                throw corrupt("its format is " + format);
            }
            List<String> repositories = new ArrayList<>();
            for (Object repository : list(all, "repositories")) {
                repositories.add(text(repository, "repositories"));
            }
            List<Piece> pieces = new ArrayList<>();
            for (Object piece : list(all, "files")) {
                pieces.add(piece(map(piece)));
            }
            return new BundleManifest(
                    text(all.get("sender"), "sender"),
                    text(all.get("fingerprint"), "fingerprint"),
                    Instant.parse(text(all.get("created-at"), "created-at")),
                    carried(all.get("snapshot")),
                    all.containsKey("base") ? Optional.of(carried(all.get("base"))) : Optional.empty(),
                    repositories,
                    new Totals(
                            number(all, "blobs"),
                            number(all, "blob-bytes"),
                            number(all, "blobs-removed"),
                            number(all, "rows")),
                    small(all, "volumes"),
                    pieces);
        } catch (IOException | DateTimeException e) {
            throw new StoreException(
                    FailureKind.STORE_CORRUPT, BundleManifest.FILE_NAME + " can't be read: " + e.getMessage(), e);
        }
    }

    private static Piece piece(Map<?, ?> file) {
        PieceKind kind = PieceKind.of(text(file.get("kind"), "kind"));
        boolean pack = kind == PieceKind.PACK;
        return new Piece(
                kind,
                text(file.get("path"), "path"),
                small(file, "volume"),
                number(file, "bytes"),
                pack ? "" : text(file.get("sha256"), "sha256"),
                pack ? number(file, "head") : 0);
    }

    private static Carried carried(@Nullable Object value) {
        Map<?, ?> snapshot = map(value);
        String name = text(snapshot.get("name"), "name");
        if (!SnapshotId.isName(name)) {
            throw corrupt("'" + name + "' can't be a snapshot's name");
        }
        return new Carried(new SnapshotId(name), text(snapshot.get("manifest-sha256"), "manifest-sha256"));
    }

    private static Map<?, ?> map(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw corrupt("an object is missing");
    }

    private static List<?> list(Map<?, ?> all, String name) {
        if (all.get(name) instanceof List<?> list) {
            return list;
        }
        throw corrupt("it has no list '" + name + "'");
    }

    private static String text(@Nullable Object value, String name) {
        if (value instanceof String text) {
            return text;
        }
        throw corrupt("it has no text '" + name + "'");
    }

    private static long number(Map<?, ?> all, String name) {
        if (all.get(name) instanceof Long number && number >= 0) {
            return number;
        }
        throw corrupt("it has no number '" + name + "' from 0 on");
    }

    private static int small(Map<?, ?> all, String name) {
        long number = number(all, name);
        if (number > Integer.MAX_VALUE) {
            throw corrupt("its '" + name + "' is " + number);
        }
        return (int) number;
    }

    private static StoreException corrupt(String why) {
        return new StoreException(FailureKind.STORE_CORRUPT, BundleManifest.FILE_NAME + " can't be read: " + why);
    }
}
