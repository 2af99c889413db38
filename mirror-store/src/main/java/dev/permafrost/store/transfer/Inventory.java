package dev.permafrost.store.transfer;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.permafrost.store.blob.Failures;
import dev.permafrost.store.blob.FileOps;
import dev.permafrost.store.model.FailureKind;
import dev.permafrost.store.model.SnapshotId;
import dev.permafrost.store.model.StoreException;
import dev.permafrost.store.snapshot.SnapshotManifest;
import dev.permafrost.store.transfer.BundleManifest.Carried;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which snapshots a store has: a small JSON file that is carried back to where bundles come from, so that no more is sent than is new. It
 * is not signed: the worst that a false one can do is a bundle that is refused.
 */
public final class Inventory {
    private static final int FORMAT = 1;
    private static final int BYTES_MAX = 8 << 20;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(4)
                    .maxStringLength(4096)
                    .maxNumberLength(20)
                    .build())
            .build();

    private Inventory() {}

    /** That of the store in a folder. Blocks. */
    public static byte[] of(Path store) {
        ReceivedSnapshots snapshots = new ReceivedSnapshots(store, FileOps.system());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.useDefaultPrettyPrinter();
            json.writeStartObject();
            json.writeNumberField("format", FORMAT);
            json.writeArrayFieldStart("snapshots");
            for (SnapshotManifest manifest : snapshots.list()) {
                Carried snapshot = snapshots.find(manifest.id()).orElseThrow();
                json.writeStartObject();
                json.writeStringField("name", manifest.id().name());
                json.writeStringField("created-at", manifest.createdAt().toString());
                json.writeStringField("manifest-sha256", snapshot.manifestSha256());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        out.write('\n');
        return out.toByteArray();
    }

    /**
     * The newest snapshot of a store that another has too, and that is not the one which is to be sent. Blocks.
     *
     * @param file the other's inventory
     * @return empty where they have none in common, so that all must be sent
     * @throws StoreException BAD_REQUEST if that is no inventory
     */
    public static Optional<SnapshotId> base(Path store, Path file, SnapshotId sent) {
        Set<Carried> there = read(file);
        ReceivedSnapshots here = new ReceivedSnapshots(store, FileOps.system());
        List<SnapshotManifest> all = new ArrayList<>(here.list());
        for (int i = all.size() - 1; i >= 0; i--) {
            SnapshotId id = all.get(i).id();
            if (!id.equals(sent) && here.find(id).filter(there::contains).isPresent()) {
                return Optional.of(id);
            }
        }
        return Optional.empty();
    }

    private static Set<Carried> read(Path file) {
        Set<Carried> snapshots = new HashSet<>();
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(BYTES_MAX + 1);
            if (content.length > BYTES_MAX) {
                throw noInventory(file, "it has more than " + BYTES_MAX + " bytes");
            }
            try (JsonParser json = JSON.createParser(content)) {
                json.nextToken();
                if (!(JsonTree.read(json) instanceof Map<?, ?> all)
                        || !(all.get("snapshots") instanceof List<?> list)) {
                    throw noInventory(file, "it lists no snapshots");
                }
                if (!(all.get("format") instanceof Long format) || format > FORMAT) {
                    throw noInventory(
                            file, "its format is " + all.get("format") + ", and this program knows " + FORMAT);
                }
                for (Object one : list) {
                    if (one instanceof Map<?, ?> snapshot
                            && snapshot.get("name") instanceof String name
                            && SnapshotId.isName(name)
                            && snapshot.get("manifest-sha256") instanceof String sha256) {
                        snapshots.add(new Carried(new SnapshotId(name), sha256));
                    }
                }
            }
            return snapshots;
        } catch (JacksonException e) {
            throw noInventory(file, String.valueOf(e.getOriginalMessage()));
        } catch (IOException e) {
            throw Failures.of("reading", file, e);
        }
    }

    private static StoreException noInventory(Path file, String why) {
        return new StoreException(
                FailureKind.BAD_REQUEST,
                file + " is no inventory: " + why + "; have the receiving site write one with: permafrost inventory");
    }
}
